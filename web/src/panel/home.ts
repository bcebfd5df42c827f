import type { Card, HomeView } from './views.ts';
import { html, type Html, type Part } from '../parts/html.ts';
import { declaredField, postForm, textField } from '../parts/form.ts';
import { mark } from '../parts/marks.ts';
import { speak } from '../parts/message.ts';
import { paths } from '../parts/paths.ts';
import { may, panelDocument } from './frame.ts';

/** What the product does now, and what a person can do about it. */
export function homePage(view: HomeView): string {
  const t = speak(view.language);
  return panelDocument(view, {
    title: view.deviceName,
    brand: view.deviceName,
    current: paths.panel.home,
    body: html`<p class="status">
        ${mark(view.connected ? 'good' : 'info')} ${t(view.connected ? 'home.connected' : 'home.offline')}
      </p>
      ${view.cards.length === 0 ? html`<p class="lead">${t('home.empty')}</p>` : html`<div class="cards">${view.cards.map((card, i) => cardOf(view, card, i))}</div>`}
      ${may(view, paths.panel.name) && rename(view)}`,
  });
}

function cardOf(view: HomeView, card: Card, i: number): Html {
  return html`<section class="card" aria-labelledby="card_${i}">
    <h2 id="card_${i}">${card.title}</h2>
    <p class="value">${card.state && mark(card.state)}<span>${card.value}</span></p>
    ${card.action && action(view, card.action, i, card.title)}
  </section>`;
}

function action(view: HomeView, action: NonNullable<Card['action']>, i: number, title: string): Part {
  return postForm({
    path: (view.base ?? '') + action.path,
    csrf: view.csrf,
    submit: action.label,
    kind: 'quiet',
    files: action.fields.some(({ type }) => type === 'file'),
    label: `${title}: ${action.label}`,
    body: action.fields.map((field, j) => declaredField(view.language, field, `card_${i}_field_${j}`)),
  });
}

function rename(view: HomeView): Html {
  const t = speak(view.language);
  return html`<details class="more">
    <summary>${t('home.rename')}</summary>
    ${postForm({
      path: (view.base ?? '') + paths.panel.name,
      csrf: view.csrf,
      submit: t('home.rename.submit'),
      kind: 'quiet',
      body: textField({
        id: 'name',
        name: 'name',
        label: t('setup.name'),
        hint: t('setup.name.hint'),
        value: view.deviceName,
        maximumLength: 40,
      }),
    })}
  </details>`;
}
