import type { Language } from '@hearthward/standards';
import { html, type Html } from './html.ts';
import { LOCALES } from './message.ts';

/** Dates, spans and the product's own words, as a person of a language writes them. All times are UTC and say so. */

/** What a declaration says in several languages. */
export interface Words {
  readonly en: string;
  readonly ms?: string | undefined;
}

/** The words in a language; where there are none the English ones, marked as English for screen readers. */
export function words(language: Language, said: Words): Html {
  const own = said[language];
  return own === undefined ? html`<span lang="en">${said.en}</span>` : html`${own}`;
}

/** The same as bare text, for places that take no markup. */
export const plain = (language: Language, said: Words): string => said[language] ?? said.en;

/** `2030-12-31` -> a date in words; other text is shown as it is. */
export function day(language: Language, iso: string): Html {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return html`${iso}`;
  return html`<time datetime="${iso}">${dayText(language, at)}</time>`;
}
/** @param at milliseconds since 1970 */
export const dayText = (language: Language, at: number): string =>
  new Intl.DateTimeFormat(LOCALES[language], { dateStyle: 'long', timeZone: 'UTC' }).format(at);

/** An instant (ISO 8601) as date and time of day. */
export function instant(language: Language, iso: string): Html {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return html`${iso}`;
  return html`<time datetime="${iso}">${instantText(language, at)}</time>`;
}
/** @param at milliseconds since 1970 */
export const instantText = (language: Language, at: number): string =>
  `${clock(language, { day: 'numeric', month: 'short', year: 'numeric' }).format(at)} UTC`;

/** The same without year and zone, for the axis of a chart. */
export const tickText = (language: Language, at: number): string =>
  clock(language, { day: 'numeric', month: 'short' }).format(at);

const clock = (language: Language, date: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat(LOCALES[language], {
    ...date,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
  });

type Unit = 'second' | 'minute' | 'hour' | 'day';
const STEPS: readonly (readonly [Unit, number])[] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
];

/** Seconds as the largest unit that divides them: 300 -> `5 minutes`. */
export function span(language: Language, seconds: number): string {
  const [unit, size] = STEPS.find(([, size]) => seconds >= size && seconds % size === 0) ?? ['second', 1];
  return count(language, seconds / size, unit);
}

export const days = (language: Language, n: number): string => count(language, n, 'day');

const count = (language: Language, n: number, unit: Unit): string =>
  new Intl.NumberFormat(LOCALES[language], { style: 'unit', unit, unitDisplay: 'long' }).format(n);

export const number = (language: Language, n: number): string => new Intl.NumberFormat(LOCALES[language]).format(n);

/** 0.0125 -> `1.25%` */
export const percent = (language: Language, share: number): string =>
  new Intl.NumberFormat(LOCALES[language], { style: 'percent', maximumSignificantDigits: 3 }).format(share);

/** `a, b and c` */
export const list = (language: Language, items: readonly string[]): string =>
  new Intl.ListFormat(LOCALES[language], { type: 'conjunction' }).format(items);

/** `a, b or c` */
export const anyOf = (language: Language, items: readonly string[]): string =>
  new Intl.ListFormat(LOCALES[language], { type: 'disjunction' }).format(items);

/** A country by its name; `MY` -> `Malaysia`. */
export const country = (language: Language, code: string): string =>
  new Intl.DisplayNames(LOCALES[language], { type: 'region', fallback: 'code' }).of(code) ?? code;
