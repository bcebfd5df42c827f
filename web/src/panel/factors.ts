import type { NewCodeView, NewPasskeyView, RecoveryCodesView } from './views.ts';
import { html, type Html } from '../parts/html.ts';
import { postForm, textField } from '../parts/form.ts';
import { refusals } from '../parts/layout.ts';
import { mark } from '../parts/marks.ts';
import { speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { picture } from '../parts/picture.ts';
import { panelDocument } from './frame.ts';
import { passkeyForm } from './passkey.ts';

/** The pages on which a second step is finished: the app's secret, the passkey's touch, the codes for paper. */

const ERRORS = 'factor_errors';

export function newCodePage(view: NewCodeView): string {
  const t = speak(view.language);
  return panelDocument(view, {
    title: t('code.title'),
    body: view.asked
      ? html`<p class="lead">${t('code.lead')}</p>
          ${refusals(view.language, view.refused, ERRORS)}
          <ol>
            <li>${t('code.1')}</li>
            <li>${t('code.2')} ${picture(view.asked.picture, t('code.picture'))}</li>
            <li>
              ${t('code.3')} <code class="secret">${view.asked.secret}</code><br />
              ${t('code.once')}
            </li>
            <li>${t('code.4')}</li>
          </ol>
          ${postForm({
            path: (view.base ?? '') + paths.panel.confirmCode,
            csrf: view.csrf,
            submit: t('code.confirm'),
            body: textField({
              id: 'code',
              name: 'code',
              label: t('second.code'),
              hint: t('second.code.hint'),
              autocomplete: 'one-time-code',
              keyboard: 'numeric',
              maximumLength: 12,
              errorId: view.refused?.length ? ERRORS : undefined,
              focus: Boolean(view.refused?.length),
            }),
          })}
          ${back(view)}`
      : expired(view),
  });
}

export function newPasskeyPage(view: NewPasskeyView): string {
  const t = speak(view.language);
  return panelDocument(view, {
    title: t('passkey.title'),
    body: view.asked
      ? html`<p class="lead">${t('passkey.lead', { name: view.asked.name })}</p>
          ${passkeyForm(view, {
            path: paths.panel.confirmPasskey,
            does: 'create',
            options: view.asked.options,
            submit: t('passkey.confirm'),
          })}
          ${back(view)}`
      : expired(view),
  });
}

/** Shown once, in the answer that made them. */
export function recoveryCodesPage(view: RecoveryCodesView): string {
  const t = speak(view.language);
  return panelDocument(view, {
    title: t('recovery.title'),
    body: html`<p class="lead">${t('recovery.lead')}</p>
      <div class="notice info">
        ${mark('info')}
        <p>${t('recovery.once')}</p>
      </div>
      <ol class="codes">
        ${view.codes.map((code) => html`<li><code>${code}</code></li>`)}
      </ol>
      <p>${t('recovery.how')}</p>
      <p class="act">
        <a class="button primary" href="${(view.base ?? '') + paths.panel.security}">${t('recovery.done')}</a>
      </p>`,
  });
}

const expired = (view: NewCodeView | NewPasskeyView): Html => {
  const t = speak(view.language);
  return html`<p class="lead">${t('factor.expired')}</p>
    ${back(view)}`;
};
const back = (view: NewCodeView | NewPasskeyView): Html =>
  html`<p><a href="${(view.base ?? '') + paths.panel.security}">${speak(view.language)('factor.back')}</a></p>`;
