import type { AccountDeviceName, AccountFrame } from './views.ts';
import { signOut } from '../panel/frame.ts';
import { passwordField } from '../parts/form.ts';
import { plain, span } from '../parts/format.ts';
import { html, type Html, type Part } from '../parts/html.ts';
import { documentPage, noticeOf, type NavItem } from '../parts/layout.ts';
import { mark } from '../parts/marks.ts';
import { speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';

/** What all pages of an account share. */

const NAV: readonly NavItem[] = [
  { path: paths.account.data, key: 'account.nav.data' },
  { path: paths.account.consents, key: 'account.nav.consents' },
  { path: paths.account.erasures, key: 'account.nav.erasures' },
  { path: paths.account.looked, key: 'account.nav.looked' },
];

export interface AccountPage {
  readonly title: string;
  readonly lead?: string;
  readonly body: Part;
  readonly current?: string;
}

export function accountDocument(view: AccountFrame, page: AccountPage): string {
  const base = view.base ?? '';
  const isInside = view.account !== undefined;
  return documentPage({
    language: view.language,
    title: `${page.title} · ${view.maker}`,
    brand: view.maker,
    body: html`<h1>${page.title}</h1>
      ${noticeOf(view)}${page.lead !== undefined && html`<p class="lead">${page.lead}</p>`}${page.body}`,
    script: true,
    base,
    ...(isInside
      ? { nav: NAV, brandPath: base + paths.account.data, headerEnd: signOut(view, paths.account.logout) }
      : {}),
    ...(page.current !== undefined ? { current: page.current } : {}),
    ...(view.languageLinks ? { languageLinks: view.languageLinks } : {}),
  });
}

export const deviceName = (view: AccountFrame, device: AccountDeviceName): string =>
  speak(view.language)('account.device', { product: plain(view.language, device.product), serial: device.serial });

/** what was wrong with the last try */
export const ERROR = 'code_error';

/** What is known of the last code: never whether there is such an account. */
export function codeTrouble(view: AccountFrame & { readonly failed: boolean; readonly waitSeconds?: number }): Part {
  const t = speak(view.language);
  if (view.waitSeconds === undefined && !view.failed) return false;
  return html`<div class="notice bad" role="alert" id="${ERROR}">
    ${mark('bad')}
    <div>
      ${
        view.waitSeconds === undefined
          ? html`<p>${t('account.code.failed')}</p>
              <p>${t('account.code.check')}</p>`
          : html`<p>${t('account.code.wait', { span: span(view.language, view.waitSeconds) })}</p>`
      }
    </div>
  </div>`;
}

export const codeField = (
  view: AccountFrame & { readonly failed: boolean; readonly waitSeconds?: number },
  label: string,
  focus = false,
): Html => {
  const isAmiss = view.failed || view.waitSeconds !== undefined;
  return passwordField({
    id: 'code',
    name: 'code',
    label,
    hint: speak(view.language)('account.code.hint'),
    language: view.language,
    autocomplete: 'current-password',
    // nine groups of four, and room for how people space them
    maximumLength: 100,
    errorId: isAmiss ? ERROR : undefined,
    focus: focus || isAmiss,
  });
};
