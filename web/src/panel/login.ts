import type { AnotherSessionView, ErrorView, LoginView } from './views.ts';
import { html, type Part } from '../parts/html.ts';
import { passwordField, postForm, textField } from '../parts/form.ts';
import { instant, span } from '../parts/format.ts';
import { documentPage, noticeOf } from '../parts/layout.ts';
import { mark } from '../parts/marks.ts';
import { message, speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { panelDocument } from './frame.ts';

// EN 303 645 5.6-2, G044 6.6.2: nothing of model, version, serial number or maker stands here before login.
export function loginPage(view: LoginView): string {
  const t = speak(view.language);
  return panelDocument(view, {
    title: t('login.title'),
    body: html`${loginTrouble(view)}${loginForm(view, (view.base ?? '') + paths.panel.login)}
      <p class="aside">
        ${
          view.recovery
            ? html`<a href="${(view.base ?? '') + view.recovery.page}">${t('login.forgotten')}</a>`
            : t('login.lost')
        }
      </p>`,
  });
}

/** What is known of the last try: never whether the name or the password was wrong. */
export function loginTrouble(view: LoginView): Part {
  const t = speak(view.language);
  if (view.waitSeconds !== undefined) {
    return html`<div class="notice bad" role="alert" id="login_error">
      ${mark('bad')}
      <p>${t('login.wait', { span: span(view.language, view.waitSeconds) })}</p>
    </div>`;
  }
  if (view.failed) {
    return html`<div class="notice bad" role="alert" id="login_error">
      ${mark('bad')}
      <div>
        <p>${t('login.failed')}</p>
        ${whatHelps(view)}
      </div>
    </div>`;
  }
  return false;
}

/** The same for every refusal, so that it tells nothing of the one at hand. */
function whatHelps({ language, help, recovery }: LoginView): Part {
  if (!help) return false;
  const t = speak(language);
  const lines = [
    t('login.help.check'),
    t('login.help.wait', { span: span(language, help.longestSeconds) }),
    t('login.help.known'),
    ...(recovery ? [t('login.help.press', { span: span(language, recovery.minutes * 60) })] : []),
  ];
  return html`<ul>
    ${lines.map((line) => html`<li>${line}</li>`)}
  </ul>`;
}

export function loginForm(view: LoginView, path: string): Part {
  const t = speak(view.language);
  const errorId = view.failed || view.waitSeconds !== undefined ? 'login_error' : undefined;
  return postForm({
    path,
    csrf: view.csrf,
    submit: t('login.submit'),
    body: [
      textField({
        id: 'user',
        name: 'user',
        label: t('login.user'),
        autocomplete: 'username',
        maximumLength: 64,
        errorId,
        focus: true,
      }),
      passwordField({
        id: 'password',
        name: 'password',
        label: t('login.password'),
        language: view.language,
        autocomplete: 'current-password',
        maximumLength: 256,
        errorId,
      }),
    ],
  });
}

/** Who comes second decides: neither session ends without a word. */
// G045 AU-1-7: the offer to end the session of the administrator who is signed in
export function anotherSessionPage(view: AnotherSessionView): string {
  const t = speak(view.language);
  const { path, field, end, keep } = view.answer;
  const button = (value: string, submit: string, kind: 'primary' | 'quiet'): Part =>
    postForm({
      path: (view.base ?? '') + path,
      csrf: view.csrf,
      submit,
      kind,
      body: html`<input type="hidden" name="${field}" value="${value}" />`,
    });
  return panelDocument(view, {
    title: t('another.title'),
    nav: false,
    body: html`<p class="lead">${t('another.lead')}</p>
      <p>${t('another.since')} ${instant(view.language, view.since)}</p>
      <p>${t('another.end.text')}</p>
      ${button(end, t('another.end'), 'primary')}${button(keep, t('another.keep'), 'quiet')}
      <p class="aside">${t('another.not-you')}</p>`,
  });
}

/**
 * For every refusal and fault alike, of the panel, the console and the public site: what happened in words, never a
 * trace or a version. It stands alone, without navigation, because nothing is known of who asks.
 */
export function errorPage(view: ErrorView): string {
  const t = speak(view.language);
  const { language, base } = view;
  const title = view.status === 404 ? 'error.title.404' : 'error.title';
  return documentPage({
    language,
    title: t(title),
    ...(base !== undefined ? { base } : {}),
    body: html`<h1>${t(title)}</h1>
      ${noticeOf(view)}
      <p class="lead">${message(language, view.key)}</p>
      <p>
        <a href="${base || paths.panel.home}">${t(view.key === 'error.sign-in' ? 'error.to-login' : 'error.back')}</a>
      </p>
      <p class="aside">${t('error.status', { status: String(view.status) })}</p>`,
  });
}
