import type { Language } from '@hearthward/standards';
import type { Frame } from '../panel/views.ts';
import { html, raw, type Html, type Part } from './html.ts';
import { isMessageKey, languages, message, speak, type MessageKey } from './message.ts';
import { paths } from './paths.ts';
import { mark } from './marks.ts';

/** The one frame of all pages: skip link, header, navigation, what just happened, content, footer. */

export interface NavItem {
  readonly path: string;
  readonly key: MessageKey;
}
export interface DocumentParts {
  readonly language: Language;
  readonly title: string;
  readonly body: Part;
  /** the name at the top; before login it says nothing of product or maker */
  readonly brand?: string;
  readonly brandPath?: string;
  readonly nav?: readonly NavItem[];
  readonly current?: string;
  readonly base?: string;
  readonly languageLinks?: Readonly<Record<string, string>>;
  readonly head?: Part;
  readonly headerEnd?: Part;
  readonly footer?: Part;
  readonly script?: boolean;
  readonly width?: 'narrow' | 'wide';
}

/** A whole HTML document; no inline style or script, so it lives under `default-src 'self'`. */
export function documentPage(parts: DocumentParts): string {
  const { language, base = '' } = parts;
  const t = speak(language);
  return html`<!doctype html>
    <html lang="${language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${parts.title}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${base + paths.stylesheet}" />
        ${parts.head}${parts.script && html`<script src="${base + paths.script}" defer></script>`}
      </head>
      <body class="${parts.width ?? 'narrow'}">
        <a class="skip" href="#main_content">${t('frame.skip')}</a>
        ${
          parts.brand !== undefined &&
          html`<header class="top">
            <div class="bar">${brand(parts.brand, parts.brandPath)}${parts.headerEnd}</div>
            ${parts.nav && navigation(parts)}
          </header>`
        }
        <main id="main_content" tabindex="-1">${parts.body}</main>
        <footer class="bottom">${parts.footer}${languageSwitch(language, parts.languageLinks)}</footer>
      </body>
    </html> `.toString();
}

const brand = (name: string, path: string | undefined): Html =>
  path === undefined ? html`<p class="brand">${name}</p>` : html`<p class="brand"><a href="${path}">${name}</a></p>`;

function navigation(parts: DocumentParts): Html {
  const t = speak(parts.language);
  const items = (parts.nav ?? []).map(
    ({ path, key }) =>
      html`<li>
        <a href="${(parts.base ?? '') + path}" ${path === parts.current && raw` aria-current="page"`}>${t(key)}</a>
      </li>`,
  );
  return html`<nav class="main" aria-label="${t('frame.navigation')}">
    <ul>
      ${items}
    </ul>
  </nav>`;
}

function languageSwitch(language: Language, links: Readonly<Record<string, string>> | undefined): Part {
  const others = languages.filter(({ id }) => id !== language && links?.[id] !== undefined);
  return others.map(
    ({ id, name }) => html`<p class="language"><a href="${links?.[id]}" hreflang="${id}" lang="${id}">${name}</a></p>`,
  );
}

/** by which an input says that what just happened is about it */
export const NOTICE_ID = 'just_happened';

/** What just happened, once, at the top; announced to screen readers. */
export function noticeOf(view: Frame): Part {
  if (!view.notice) return false;
  const { kind, key, values } = view.notice;
  return html`<div class="notice ${kind}" role="${kind === 'bad' ? 'alert' : 'status'}" id="${NOTICE_ID}">
    ${mark(kind)}
    <p>${message(view.language, key, values)}</p>
  </div>`;
}

/** Message keys from outside as a list of errors; the summary takes the focus so that it is read first. */
export function refusals(language: Language, keys: readonly string[] | undefined, id: string): Part {
  if (!keys?.length) return false;
  const t = speak(language);
  return html`<div class="notice bad" role="alert" id="${id}">
    ${mark('bad')}
    <div>
      <p>${t('form.refused')}</p>
      <ul>
        ${keys.map((key) => html`<li>${message(language, isMessageKey(key) ? key : 'refused.other')}</li>`)}
      </ul>
    </div>
  </div>`;
}
