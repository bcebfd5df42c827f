import type { ForgottenView } from './views.ts';
import { html } from '../parts/html.ts';
import { passwordField, postForm } from '../parts/form.ts';
import { span } from '../parts/format.ts';
import { refusals } from '../parts/layout.ts';
import { speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { panelDocument } from './frame.ts';
import { newPasswordFields } from './setup.ts';

const ERRORS = 'forgotten_errors';

/** What to do at the device itself, and once that is done, the form for it. */
// TS 103 645 4.1-1, EN 303 645 5.12-1, G044 6.12.1: the owner comes in again without losing what is on the device
export function forgottenPage(view: ForgottenView): string {
  const t = speak(view.language);
  const path = (view.base ?? '') + paths.panel.forgotten;
  const time = span(view.language, view.minutes * 60);
  const errorId = view.refused.length > 0 ? ERRORS : undefined;
  const wrongLabel = view.refused.includes('refused.wrong-label-password');
  const form = postForm({
    path,
    csrf: view.csrf,
    submit: t('forgotten.submit'),
    body: [
      passwordField({
        id: 'label-password',
        name: 'labelPassword',
        label: t('forgotten.label'),
        language: view.language,
        autocomplete: 'off',
        maximumLength: 256,
        errorId: wrongLabel ? errorId : undefined,
        focus: view.refused.length === 0 || wrongLabel,
      }),
      newPasswordFields(view, wrongLabel ? [] : view.refused, wrongLabel ? undefined : errorId),
    ],
  });
  return panelDocument(view, {
    title: t('forgotten.title'),
    body: html`<p class="lead">${t('forgotten.lead')}</p>
      ${refusals(view.language, view.refused, ERRORS)}
      <ol>
        <li>${t('forgotten.press', { span: time })}</li>
        <li>${t('forgotten.read')}</li>
        <li>${t('forgotten.choose')}</li>
      </ol>
      ${view.pressed ? form : html`<p><a class="button" href="${path}">${t('forgotten.pressed')}</a></p>`}
      <p class="aside">${t('forgotten.reset')}</p>
      <p><a href="${(view.base ?? '') + paths.panel.login}">${t('error.to-login')}</a></p>`,
  });
}
