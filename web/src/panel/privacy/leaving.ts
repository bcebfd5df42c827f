import type { LeavingView } from './views.ts';
import type { MessageKey } from '../../parts/message.ts';
import { html, type Html, type Part } from '../../parts/html.ts';
import { speak } from '../../parts/message.ts';
import { paths } from '../../parts/paths.ts';
import { may, panelDocument } from '../frame.ts';

/** What to do when the device changes hands, and what the next person can check. */
// EN 303 645 5.11-1, 5.11-3, TS 103 645 4.11-1, G044 6.11.3, 6.12.2: each way out with the steps that do it
export function leavingPage(view: LeavingView): string {
  const t = speak(view.language);
  const ways = GUIDES.map(
    ({ id, steps }) =>
      html`<section aria-labelledby="${`guide_${id}`}">
        <h2 id="guide_${id}">${t(`leaving.${id}`)}</h2>
        <p>${t(`leaving.${id}.lead`)}</p>
        <ol>
          ${steps.map((step) => html`<li>${stepOf(view, step)}</li>`)}
        </ol>
      </section>`,
  );
  return panelDocument(view, {
    title: t('leaving.title'),
    current: paths.panel.privacy,
    body: html`<p class="lead">${t('leaving.lead')}</p>
      <nav aria-label="${t('leaving.title')}">
        <ul>
          ${GUIDES.map(({ id }) => html`<li><a href="#guide_${id}">${t(`leaving.${id}`)}</a></li>`)}
          <li><a href="#guide_buyer">${t('leaving.buyer')}</a></li>
        </ul>
      </nav>
      ${ways}
      <section aria-labelledby="guide_buyer">
        <h2 id="guide_buyer">${t('leaving.buyer')}</h2>
        <p>${t('leaving.buyer.lead')}</p>
        <ul>
          <li>${t('leaving.buyer.1')}</li>
          <li>${t('leaving.buyer.2')}</li>
          <li>${t('leaving.buyer.check')}</li>
          <li>${t('leaving.buyer.3')}</li>
          <li>${t('leaving.buyer.4')}</li>
        </ul>
      </section>`,
  });
}

type Step =
  | 'export'
  | 'code'
  | 'mine'
  | 'move-in'
  | 'remove-account'
  | 'reset'
  | 'scrap'
  | 'button'
  | 'account'
  | 'label'
  | 'recycle';
const GUIDES = [
  { id: 'moving', steps: ['export', 'mine', 'move-in', 'remove-account'] },
  { id: 'selling', steps: ['export', 'reset', 'account', 'label'] },
  { id: 'returning', steps: ['export', 'reset', 'account'] },
  { id: 'scrapping', steps: ['export', 'reset', 'scrap', 'button', 'account', 'recycle'] },
] as const satisfies readonly { readonly id: string; readonly steps: readonly Step[] }[];

/** A step leads to the function that does it, where this person may. */
const WAYS: Readonly<Partial<Record<Step, string>>> = {
  export: paths.panel.myData,
  mine: paths.panel.eraseMine,
  'move-in': paths.panel.people,
  'remove-account': paths.panel.people,
  reset: paths.panel.reset,
};

function stepOf(view: LeavingView, step: Step): Part {
  const text: Html = html`${speak(view.language)(`leaving.step.${step}` satisfies MessageKey)}`;
  const path = WAYS[step];
  if (step === 'account' && view.accountUrl !== undefined)
    return html`<a href="${view.accountUrl}" rel="noopener noreferrer">${text}</a>`;
  return path !== undefined && may(view, path) ? html`<a href="${(view.base ?? '') + path}">${text}</a>` : text;
}
