import type { SecondStepView } from './views.ts';
import { html, type Part } from '../parts/html.ts';
import { postForm, textField } from '../parts/form.ts';
import { span } from '../parts/format.ts';
import { mark } from '../parts/marks.ts';
import { speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { panelDocument } from './frame.ts';
import { passkeyForm } from './passkey.ts';

const ERRORS = 'second_error';

/** After the password: a code of the app, a passkey, or a code from paper. Nothing of the product stands here yet. */
export function secondStepPage(view: SecondStepView): string {
  const t = speak(view.language);
  return panelDocument(view, {
    title: t('second.title'),
    body: html`<p class="lead">${t('second.lead')}</p>
      ${trouble(view)}${view.code && codeForm(view)}${
        view.passkey !== undefined &&
        passkeyForm(view, {
          path: paths.panel.second,
          does: 'get',
          options: view.passkey,
          submit: t('second.passkey'),
          kind: view.code ? 'quiet' : 'primary',
        })
      }
      ${view.passkeysAt !== undefined && html`<p class="hint">${t('second.passkey.elsewhere', { address: view.passkeysAt })}</p>`}
      <details class="more">
        <summary>${t('second.recovery')}</summary>
        ${form(view, 'recovery', t('second.recovery.code'), t('second.recovery.hint'), t('second.recovery.submit'))}
      </details>
      <p class="aside">${t('second.lost')}</p>
      <p><a href="${(view.base ?? '') + paths.panel.login}">${t('second.again')}</a></p>`,
  });
}

function trouble(view: SecondStepView): Part {
  const t = speak(view.language);
  if (!view.failed && view.waitSeconds === undefined) return false;
  return html`<div class="notice bad" role="alert" id="${ERRORS}">
    ${mark('bad')}
    <p>
      ${
        view.waitSeconds === undefined
          ? t('second.failed')
          : t('login.wait', { span: span(view.language, view.waitSeconds) })
      }
    </p>
  </div>`;
}

function codeForm(view: SecondStepView): Part {
  const t = speak(view.language);
  return form(view, 'code', t('second.code'), t('second.code.hint'), t('login.submit'));
}

function form(view: SecondStepView, id: 'code' | 'recovery', label: string, hint: string, submit: string): Part {
  const wrong = view.failed || view.waitSeconds !== undefined;
  return postForm({
    path: (view.base ?? '') + paths.panel.second,
    csrf: view.csrf,
    submit,
    kind: id === 'code' ? 'primary' : 'quiet',
    body: textField({
      id,
      name: 'code',
      label,
      hint,
      autocomplete: id === 'code' ? 'one-time-code' : 'off',
      maximumLength: id === 'code' ? 12 : 40,
      ...(id === 'code' ? { keyboard: 'numeric', focus: true } : {}),
      errorId: wrong && (id === 'code' || !view.code) ? ERRORS : undefined,
    }),
  });
}
