import type { Language } from '@hearthward/standards';
import { facts } from '../parts/facts.ts';
import { day, type Words, words } from '../parts/format.ts';
import { html, type Part } from '../parts/html.ts';
import { documentPage } from '../parts/layout.ts';
import { mark } from '../parts/marks.ts';
import { speak } from '../parts/message.ts';

/** What the manufacturer says of a device to whoever has it in their hands. */
export interface CheckView {
  readonly language: Language;
  readonly maker: string;
  readonly links: Readonly<Record<string, string>>;
  /** `none`: nobody asked; `unknown`: no word of a device of ours; `old`: a word of another day */
  readonly asked: 'none' | 'unknown' | 'old' | CheckedDevice;
}
export interface CheckedDevice {
  readonly product: Words;
  readonly model: string;
  readonly serial: string;
  /** ISO 8601, a day */
  readonly supportUntil: string;
  /** newest version that is published for it */
  readonly software: string;
  /**
   * `new`: nobody ever set it up; `reset`: whoever had it has reset it; `set-up`: nobody told of a reset; `scrapped`: its owner
   * said that it is thrown away; `refused`: it is let in no more, or looked at first
   */
  readonly state: 'new' | 'reset' | 'set-up' | 'scrapped' | 'refused';
}

/** Nothing of a person, and no time at which anybody did anything. */
// EN 303 645 5.11-1, TS 103 645 4.11-1, G045 DS-1-5: who gets it second-hand can tell whether it is free, and strangers cannot
export function checkPage(view: CheckView): string {
  const t = speak(view.language);
  return documentPage({
    language: view.language,
    title: t('check.title'),
    brand: view.maker,
    languageLinks: view.links,
    body: html`<h1>${t('check.title')}</h1>
      <p class="lead">${t('check.lead')}</p>
      ${answerOf(view)}
      <h2>${t('check.how')}</h2>
      <ol>
        <li>${t('check.how.1')}</li>
        <li>${t('check.how.2')}</li>
        <li>${t('check.how.3')}</li>
      </ol>
      <p>${t('check.why')}</p>`,
  });
}

const GOOD: ReadonlySet<CheckedDevice['state']> = new Set(['new', 'reset']);

function answerOf({ language, asked }: CheckView): Part {
  const t = speak(language);
  if (asked === 'none') return false;
  if (typeof asked === 'string') return notice('bad', html`<p>${t(`check.${asked}`)}</p>`);
  const { product, model, serial, supportUntil, software, state } = asked;
  return html`${notice(GOOD.has(state) ? 'good' : 'bad', html`<p id="check_state">${t(`check.state.${state}`)}</p>`)}
  ${facts([
    [t('check.product'), words(language, product)],
    [t('product.model'), model],
    [t('check.serial'), html`<code>${serial}</code>`],
    [t('support.until'), day(language, supportUntil)],
    [t('check.software'), software],
  ])}`;
}

const notice = (kind: 'good' | 'bad', body: Part): Part =>
  html`<div class="notice ${kind}" role="status">
    ${mark(kind)}
    <div>${body}</div>
  </div>`;
