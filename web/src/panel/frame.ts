import type { Frame } from './views.ts';
import { html, type Html, type Part } from '../parts/html.ts';
import { documentPage, noticeOf, type NavItem } from '../parts/layout.ts';
import { speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';

/** What all pages of the panel share. Before login it names neither product nor maker nor version. */

const NAV: readonly NavItem[] = [
  { path: paths.panel.home, key: 'nav.home' },
  { path: paths.panel.privacy, key: 'nav.privacy' },
  { path: paths.panel.safety, key: 'nav.safety' },
  { path: paths.panel.security, key: 'nav.security' },
];

export interface PanelPage {
  readonly title: string;
  readonly body: Part;
  readonly current?: string;
  readonly brand?: string;
  readonly heading?: false;
  /** false: no navigation, though someone has signed in */
  readonly nav?: boolean;
}

export function panelDocument(view: Frame, page: PanelPage): string {
  const t = speak(view.language);
  const inside = view.account !== undefined;
  return documentPage({
    language: view.language,
    title: page.title,
    brand: page.brand ?? view.deviceName ?? t('panel.brand'),
    body: html`${page.heading !== false && html`<h1>${page.title}</h1>`}${noticeOf(view)}${page.body}`,
    script: true,
    ...(inside ? { headerEnd: signOut(view) } : {}),
    ...(inside && page.nav !== false ? { nav: NAV, brandPath: (view.base ?? '') + paths.panel.home } : {}),
    ...(page.current !== undefined ? { current: page.current } : {}),
    ...(view.base !== undefined ? { base: view.base } : {}),
    ...(view.languageLinks ? { languageLinks: view.languageLinks } : {}),
  });
}

/** A form, not a link: leaving a session is a change. */
export function signOut(view: Frame, path: string = paths.panel.logout): Html {
  const t = speak(view.language);
  return html`<form method="post" action="${(view.base ?? '') + path}" class="sign-out">
    <input type="hidden" name="_csrf" value="${view.csrf}" />
    <span class="who">${view.account?.name}</span> <button type="submit" class="quiet">${t('frame.sign-out')}</button>
  </form>`;
}
