import type { Language } from '@hearthward/standards';
import type { Frame } from '../src/index.ts';

/** What the sample views have in common: a moment, and who looks at the page. */

export const DAY = 86_400_000;
export const NOON = Date.parse('2030-05-01T12:00:00Z');
export const at = (ago: number): string => new Date(NOON - ago).toISOString();

const other = (language: Language): Language => (language === 'en' ? 'ms' : 'en');
export const outside = (language: Language): Frame => ({
  language,
  csrf: 'sample-csrf',
  languageLinks: { [other(language)]: `?lang=${other(language)}` },
});
export const inside = (language: Language): Frame => ({
  ...outside(language),
  account: { name: 'owner', role: 'owner' },
});

/** What happened lately, on the device's own page and in its manufacturer's console. */
export const EVENTS = [
  { at: at(60_000), kind: 'login-succeeded', text: 'Someone signed in' },
  { at: at(DAY), kind: 'login-failed', text: 'A sign-in failed' },
  { at: at(3 * DAY), kind: 'set-up-completed', text: 'The device was set up' },
];
