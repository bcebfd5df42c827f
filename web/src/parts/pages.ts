import { html, type Part } from './html.ts';
import { speak } from './message.ts';
import type { Language } from '@hearthward/standards';

/** The way from one page of a long list to the next; nothing where one page holds it. */
export function pagesNav(
  view: { readonly language: Language; readonly page: number; readonly pages: number },
  to: (page: number) => string,
): Part {
  const t = speak(view.language);
  if (view.pages <= 1) return false;
  const back = view.page > 1 && html`<a rel="prev" href="${to(view.page - 1)}">${t('pages.previous')}</a>`;
  const on = view.page < view.pages && html`<a rel="next" href="${to(view.page + 1)}">${t('pages.next')}</a>`;
  return html`<nav class="pages" aria-label="${t('pages.title')}">
    ${back || html`<span></span>`}<span>${t('pages.of', { page: view.page, pages: view.pages })}</span>${on || html`<span></span>`}
  </nav>`;
}
