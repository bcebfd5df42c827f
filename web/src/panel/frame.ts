import type { Frame } from './views.ts';
import { html, type Html, type Part } from '../parts/html.ts';
import { documentPage, noticeOf, type NavItem } from '../parts/layout.ts';
import { postForm } from '../parts/form.ts';
import { instant } from '../parts/format.ts';
import { mark } from '../parts/marks.ts';
import { speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { quarantined } from './safety/quarantine.ts';
import { tampered } from './safety/tamper.ts';

/** What all pages of the panel share. Before login it names neither product nor maker nor version. */

const NAV: readonly NavItem[] = [
  { path: paths.panel.home, key: 'nav.home' },
  { path: paths.panel.privacy, key: 'nav.privacy' },
  { path: paths.panel.people, key: 'nav.people' },
  { path: paths.panel.updates, key: 'nav.updates' },
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
    body: html`${page.heading !== false && html`<h1>${page.title}</h1>`}${tampered(view)}${quarantined(view)}${erasing(view)}${managed(view)}${updateDue(view, page.current)}${noticeOf(view)}${page.body}`,
    script: true,
    ...(inside ? { headerEnd: signOut(view) } : {}),
    ...(inside && page.nav !== false
      ? { nav: NAV.filter(({ path }) => may(view, path)), brandPath: (view.base ?? '') + paths.panel.home }
      : {}),
    ...(page.current !== undefined ? { current: page.current } : {}),
    ...(view.base !== undefined ? { base: view.base } : {}),
    ...(view.languageLinks ? { languageLinks: view.languageLinks } : {}),
  });
}

/** While somebody outside may act on the device, no page is without it, nor without the way to end it. */
function managed(view: Frame): Part {
  if (!view.managed || !view.account) return false;
  const t = speak(view.language);
  const { until, used } = view.managed;
  return html`<section class="notice info" aria-label="${t('remote.title')}">
    ${mark('info')}
    <div>
      <p>${t('remote.on')} ${t('remote.until')} ${instant(view.language, until)}.</p>
      <p>${used === undefined ? t('remote.unused') : html`${t('remote.used')} ${instant(view.language, used)}.`}</p>
      ${
        may(view, paths.panel.remote) &&
        postForm({
          path: (view.base ?? '') + paths.panel.remote,
          csrf: view.csrf,
          submit: t('remote.end'),
          body: html`<input type="hidden" name="remote" value="off" />`,
        })
      }
    </div>
  </section>`;
}

/** Who is about to lose data, or lives with it, sees so on every page, and how to keep it. */
// EN 303 645 5.11-2: pressed by somebody else, it can still be taken back by whose data it is
function erasing(view: Frame): Part {
  if (!view.erasing || !view.account) return false;
  const t = speak(view.language);
  const { until, household, id } = view.erasing;
  return html`<section class="notice bad" aria-label="${t('mine.erasing.title')}">
    ${mark('bad')}
    <div>
      <p>
        ${t(household ? 'mine.erasing.household' : 'mine.erasing.own')} ${t('mine.until')}
        ${instant(view.language, until)}.
      </p>
      ${id !== undefined && may(view, paths.panel.keepMine) && keepForm(view, id)}
    </div>
  </section>`;
}

export const keepForm = (view: Frame, id: string): Html =>
  postForm({
    path: (view.base ?? '') + paths.panel.keepMine,
    csrf: view.csrf,
    submit: speak(view.language)('mine.keep'),
    body: html`<input type="hidden" name="id" value="${id}" />`,
  });

/** Everybody who signs in is told, on every page but the one that says more. */
// EN 303 645 5.3-11, G044 6.3.11: seen without looking for it
function updateDue(view: Frame, current: string | undefined): Part {
  if (!view.update || !view.account || current === paths.panel.updates) return false;
  const t = speak(view.language);
  const { version, kind } = view.update;
  return html`<section class="notice ${kind === 'security' ? 'bad' : 'info'}" aria-label="${t('updates.title')}">
    ${mark(kind === 'security' ? 'bad' : 'info')}
    <p>
      ${t(`updates.due.${kind}`, { version })}
      ${may(view, paths.panel.updates) && html`<a href="${(view.base ?? '') + paths.panel.updates}">${t('updates.due.more')}</a>`}
    </p>
  </section>`;
}

/** Who may not go there is not shown the way. */
export const may = (view: Frame, path: string): boolean => view.may?.includes(path) ?? true;

/** A form, not a link: leaving a session is a change. */
export function signOut(view: Frame, path: string = paths.panel.logout): Html {
  const t = speak(view.language);
  return html`<form method="post" action="${(view.base ?? '') + path}" class="sign-out">
    <input type="hidden" name="_csrf" value="${view.csrf}" />
    <span class="who">${view.account?.name}</span> <button type="submit" class="quiet">${t('frame.sign-out')}</button>
  </form>`;
}
