import type { Frame } from '../panel/views.ts';
import { signOut } from '../panel/frame.ts';
import { html, type Part } from '../parts/html.ts';
import { documentPage, noticeOf, type NavItem } from '../parts/layout.ts';
import { speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';

const NAV: readonly NavItem[] = [
  { path: paths.console.fleet, key: 'nav.fleet' },
  { path: paths.console.updates, key: 'nav.updates' },
  { path: paths.console.requests, key: 'nav.requests' },
  { path: paths.console.dropped, key: 'nav.dropped' },
];

export interface ConsolePage {
  readonly title: string;
  readonly body: Part;
  readonly current?: string;
}

export function consoleDocument(view: Frame, page: ConsolePage): string {
  const t = speak(view.language);
  const base = view.base ?? '';
  const inside = view.account !== undefined;
  return documentPage({
    language: view.language,
    title: `${page.title} · ${t('console.brand')}`,
    brand: t('console.brand'),
    body: html`<h1>${page.title}</h1>
      ${noticeOf(view)}${page.body}`,
    width: inside ? 'wide' : 'narrow',
    script: true,
    base,
    ...(inside
      ? { nav: NAV, brandPath: base + paths.console.fleet, headerEnd: signOut(view, paths.console.logout) }
      : {}),
    ...(page.current !== undefined ? { current: page.current } : {}),
    ...(view.languageLinks ? { languageLinks: view.languageLinks } : {}),
  });
}
