import { raw, type Html } from './html.ts';

/** Signs that differ in shape, not only in colour. They stand beside a word, so screen readers skip them. */
export type Mark = 'good' | 'bad' | 'info' | 'on' | 'off' | 'waiting';

export const mark = (kind: Mark): Html => MARKS[kind];

const MARKS: Readonly<Record<Mark, Html>> = {
  good: raw`<svg class="mark good" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><circle cx="8" cy="8" r="7" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M4.8 8.3l2.2 2.2 4.3-4.7" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"/></svg>`,
  bad: raw`<svg class="mark bad" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d="M8 1.6l6.8 12.4H1.2z" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linejoin="round"/><path d="M8 6v4M8 12v.2" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/></svg>`,
  info: raw`<svg class="mark info" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><circle cx="8" cy="8" r="7" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M8 7.4v4M8 4.6v.2" stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/></svg>`,
  on: raw`<svg class="mark on" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><circle cx="8" cy="8" r="6" fill="currentColor"/></svg>`,
  off: raw`<svg class="mark off" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><circle cx="8" cy="8" r="5.4" fill="none" stroke="currentColor" stroke-width="1.8"/></svg>`,
  waiting: raw`<svg class="mark waiting" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><rect x="2.4" y="2.4" width="11.2" height="11.2" rx="2" fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="3 2"/></svg>`,
};
