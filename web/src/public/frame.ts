import { translated, type Declaration } from '@hearthward/product';
import type { PublicPage, PublicView } from './views.ts';
import { facts } from '../parts/facts.ts';
import { plain, words } from '../parts/format.ts';
import { html, raw, type Html, type Part } from '../parts/html.ts';
import { documentPage } from '../parts/layout.ts';
import { languages, speak } from '../parts/message.ts';

/** What all public pages share: the product's name, its other pages, the other language, the machine-readable twin. */

/** Order of the navigation. */
export const PUBLIC_PAGES: readonly PublicPage[] = [
  'product',
  'support',
  'privacy',
  'deletion',
  'setup',
  'setup-check',
  'password-change',
  'disclosure',
  'replacement',
];

const DECLARED: Readonly<Record<Exclude<PublicPage, 'product'>, keyof Declaration['userInformation']>> = {
  support: 'support',
  disclosure: 'disclosurePolicy',
  privacy: 'privacy',
  deletion: 'deletion',
  setup: 'setup',
  'setup-check': 'setupCheck',
  'password-change': 'passwordChange',
  replacement: 'replacement',
};

/** Where a page is: as the caller says, else as declared, else there is none and no link is shown. */
export function addressOf(view: PublicView, page: PublicPage): string | undefined {
  const given = view.links[page];
  if (given !== undefined || page === 'product') return given;
  return view.declaration.userInformation[DECLARED[page]];
}

export function linkTo(view: PublicView, page: PublicPage): Part {
  const address = addressOf(view, page);
  return address !== undefined && html`<a href="${address}">${speak(view.language)(`page.${page}`)}</a>`;
}

export function publicDocument(view: PublicView, page: PublicPage, lead: Part, body: Part, own?: string): string {
  const t = speak(view.language);
  const name = plain(view.language, view.declaration.product.name);
  const title = own ?? (page === 'product' ? name : t(`page.${page}`));
  const json = view.links['json'];
  const home = addressOf(view, 'product');
  const alternates = languages
    .filter(({ id }) => view.links[id] !== undefined)
    .map(({ id }) => html`<link rel="alternate" hreflang="${id}" href="${view.links[id]}" />`);
  return documentPage({
    language: view.language,
    title: page === 'product' ? name : `${title} · ${name}`,
    brand: view.declaration.manufacturer.name,
    ...(home !== undefined ? { brandPath: home } : {}),
    languageLinks: view.links,
    head: [alternates, json !== undefined && html`<link rel="alternate" type="application/json" href="${json}" />`],
    body: html`<p class="kicker">${page === 'product' ? t('public.kicker') : name}</p>
      <h1>${title}</h1>
      ${lead !== false && html`<p class="lead">${lead}</p>`}${body}`,
    footer: html`${otherPages(view, page)}${json !== undefined && html`<p><a href="${json}" type="application/json">${t('public.json')}</a></p>`}
      <p>${t('public.model', { model: view.declaration.product.model.designation })}</p>`,
  });
}

function otherPages(view: PublicView, current: PublicPage): Part {
  const t = speak(view.language);
  const items = PUBLIC_PAGES.map((page) => ({ page, address: addressOf(view, page) }))
    .filter(({ address }) => address !== undefined)
    .map(
      ({ page, address }) =>
        html`<li><a href="${address}" ${page === current && raw` aria-current="page"`}>${t(`page.${page}`)}</a></li>`,
    );
  return (
    items.length > 1 &&
    html`<nav class="list" aria-label="${t('public.pages')}">
      <ul>
        ${items}
      </ul>
    </nav>`
  );
}

/** Every declared item in an element of its own that carries its id; a second table's item of the same id is prefixed. */
export function itemMaker(): (table: string, id: string, name: Part, rows: Parameters<typeof facts>[0]) => Html {
  const taken = new Set<string>();
  return (table, id, name, rows) => {
    const own = taken.has(id) ? `${table}-${id}` : id;
    taken.add(own);
    return html`<article class="item" id="${own}" data-table="${table}" data-item="${id}">
      <h3>${name}</h3>
      ${facts(rows)}
    </article>`;
  };
}

export const section = (title: string, none: string, items: readonly Html[], intro: Part = false): Html =>
  html`<section>
    <h2>${title}</h2>
    ${intro !== false && html`<p>${intro}</p>`}${items.length === 0 ? html`<p>${none}</p>` : html`<div class="items">${items}</div>`}
  </section>`;

/** A contact as people read it. */
export function contactLink(contact: string): Html {
  return html`<a href="${contact}" class="address">${contact.replace(/^(mailto:|tel:)/, '')}</a>`;
}

/** What the declaration has in English alone: in the language of the page where it is translated, else marked as English. */
export const told = (view: PublicView, text: string | undefined): Html | undefined =>
  text === undefined ? undefined : words(view.language, translated(view.declaration, text));
