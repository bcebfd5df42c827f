import type { Language } from '@hearthward/standards';
import { safetyPage } from '../src/index.ts';
import { at, EVENTS, inside } from './frames.ts';

/** The page on safety, in order and not. */
export function safetyPages(language: Language): Record<string, () => string> {
  return {
    '/safety': () => safetyPage({ ...inside(language), ...SAFETY }),
    '/safety-unanswered': () =>
      safetyPage({
        ...inside(language),
        ...SAFETY,
        checked: { kind: 'unanswered', at: at(60_000), ageSeconds: 61, because: 'not-believed' },
      }),
    '/safety-renewed': () =>
      safetyPage({
        ...inside(language),
        ...SAFETY,
        keys: {
          ...SAFETY.keys,
          panel: '7e'.repeat(32),
          renewed: [
            { key: 'stored', done: true },
            { key: 'panel', done: true, before: SAFETY.keys.panel, after: '7e'.repeat(32) },
            { key: 'connection', done: false, before: SAFETY.keys.connection },
          ],
        },
      }),
  };
}

const SAFETY = {
  model: 'ST-100',
  serial: 'ST100-000123',
  time: 'services' as const,
  softwareVersion: '1.4.2',
  supportUntil: '2031-12-31',
  supportUrl: 'https://maker.example/support',
  sessions: 1,
  keys: { label: '3c'.repeat(32), panel: '3c'.repeat(32), connection: 'a5'.repeat(32) },
  checks: [
    { good: true, text: 'The password was chosen by you.' },
    { good: false, text: 'The password is older than a year.', cure: { path: '/password', label: 'Change it' } },
    { good: true, text: 'The software is up to date.' },
  ],
  checked: {
    kind: 'answered' as const,
    at: at(7_200_000),
    ageSeconds: 7_260,
    verdict: 'attention' as const,
    findings: [
      { code: 'identity', good: true },
      { code: 'connection', good: true, about: 'TLSv1.3' },
      { code: 'certificate', good: true, about: '2027-03-01' },
      { code: 'software', good: false, about: '1.4.3' },
      { code: 'setting', good: false, about: 'remote-help' },
      { code: 'setting', good: true, about: 'password' },
      { code: 'moonphase', good: false },
    ],
  },
  events: EVENTS,
};
