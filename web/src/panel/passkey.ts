import type { Frame } from './views.ts';
import { html, type Html } from '../parts/html.ts';
import { speak } from '../parts/message.ts';

/** A form that the browser's own passkey dialogue fills in. Only a script can ask for it: without one the words below it stay. */
export function passkeyForm(
  view: Frame,
  form: {
    readonly path: string;
    readonly does: 'create' | 'get';
    /** what the browser is asked, as JSON (WebAuthn level 3) */
    readonly options: string;
    readonly submit: string;
    readonly kind?: 'primary' | 'quiet';
  },
): Html {
  const t = speak(view.language);
  return html`<form
      method="post"
      action="${(view.base ?? '') + form.path}"
      class="stack"
      data-passkey="${form.does}"
      data-options="${form.options}"
      data-failed="${t('passkey.failed')}"
      data-known="${t('refused.passkey-known')}"
      hidden
    >
      <input type="hidden" name="_csrf" value="${view.csrf}" />
      <input type="hidden" name="passkey" value="" />
      <p class="act"><button type="submit" class="${form.kind ?? 'primary'}">${form.submit}</button></p>
      <p class="hint" role="status"></p>
    </form>
    <p class="hint">${t('passkey.needs')}</p>`;
}
