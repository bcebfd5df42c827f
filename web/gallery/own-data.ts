import { noticeDocument } from '@hearthward/product';
import type { Language } from '@hearthward/standards';
import {
  checkPage,
  eraseMinePage,
  leavingPage,
  privacyPage,
  receiptsPage,
  resetPage,
  type PrivacyView,
} from '../src/index.ts';
import { sampleDeclaration } from './declaration.ts';
import { at, DAY, inside } from './frames.ts';

const ID = 'Qx3vJ0oJm2m5hYkTt0uXwA';
const ERASURES: NonNullable<PrivacyView['erasures']> = [
  { id: ID, state: 'undo', askedAt: at(0), until: at(-DAY), mayKeep: true, places: [] },
  {
    id: ID,
    state: 'waiting',
    askedAt: at(3 * DAY),
    until: at(2 * DAY),
    mayKeep: false,
    goneAt: at(2 * DAY),
    places: [
      { kind: 'keys', state: 'erased', at: at(2 * DAY) },
      { kind: 'services', state: 'failed', at: at(DAY), because: 'disk full' },
      { kind: 'backups', state: 'unreadable', at: at(2 * DAY), until: at(-28 * DAY) },
      { kind: 'party', name: 'weather', state: 'waiting', at: at(2 * DAY) },
    ],
    confirmed: { what: 'forged' },
  },
  {
    id: ID,
    state: 'erased',
    askedAt: at(9 * DAY),
    until: at(8 * DAY),
    mayKeep: false,
    goneAt: at(8 * DAY),
    places: [{ kind: 'device', name: 'HH100-000123', state: 'erased', at: at(8 * DAY) }],
    confirmed: { what: 'erased', at: at(7 * DAY) },
  },
];

const NOTHING: PrivacyView = {
  language: 'en',
  csrf: '',
  told: noticeDocument(sampleDeclaration),
  last: {},
  noticeUrl: 'https://maker.example/privacy',
};

/** The pages of a person's own data. */
export const ownDataPages = (language: Language): Record<string, () => string> => ({
  '/privacy-own': () =>
    privacyPage({
      ...NOTHING,
      ...inside(language),
      erasing: { until: at(-DAY), household: true, id: ID },
      resident: 'Aisyah',
      choices: [{ id: 'usage', text: 'To learn which functions are used', on: true }],
      children: [{ name: 'Danish', choices: [{ id: 'steps', text: 'To count steps', on: false }] }],
      left: [
        {
          day: '2026-01-02',
          what: 'Room temperature',
          recipient: 'Example Maker',
          count: 8640,
          bytes: 198_720,
          last: at(0),
        },
        {
          day: '2026-01-02',
          what: { topic: 'privacy' },
          recipient: 'Example Maker',
          count: 2,
          bytes: 412,
          last: at(DAY),
        },
      ],
      erasures: ERASURES,
      decided: true,
      code: 'abcdefgh',
      made: { code: 'abcd efgh ijkl mnop qrst uvwx yz23 4567 abcd', picture: { side: 9, path: 'M4 4h1v1h-1z' } },
      accountUrl: 'https://maker.example/account',
      refused: ['refused.wrong-password'],
    }),
  '/erase-mine': () =>
    eraseMinePage({
      ...inside(language),
      deletes: ['Warmth of your rooms'],
      household: true,
      undoHours: 24,
      confirmedHours: 72,
      backupDays: 30,
    }),
  '/erase-mine-at-once': () =>
    eraseMinePage({
      ...inside(language),
      deletes: ['Steps'],
      household: false,
      undoHours: 0,
      refused: ['refused.wrong-password'],
    }),
  '/receipts': () =>
    receiptsPage({
      ...inside(language),
      manufacturer: 'Example Maker',
      receipts: [
        {
          id: `${ID}.usage.2`,
          item: 'usage',
          purpose: 'To learn which functions are used',
          given: true,
          by: 'self',
          how: 'privacy-page',
          at: at(DAY),
          notice: '0123456789abcdef',
          withdraw: 'switched off on the privacy page',
          subject: ID,
        },
        {
          id: `${ID}.usage.1`,
          item: 'usage',
          given: false,
          by: 'guardian',
          how: 'set-up',
          at: at(9 * DAY),
          notice: 'fedcba9876543210',
          withdraw: 'switched off on the privacy page',
          subject: ID,
        },
      ],
    }),
  '/receipts-none': () => receiptsPage({ ...inside(language), manufacturer: 'Example Maker', receipts: [] }),
  '/leaving': () => leavingPage({ ...inside(language), accountUrl: 'https://maker.example/account' }),
  '/reset-asking': () =>
    resetPage({ ...inside(language), deletes: ['Warmth of your rooms'], services: true, after: true }),
  '/p/check': () =>
    checkPage({
      language,
      maker: 'Example Maker',
      links: {},
      asked: {
        product: { en: 'Hub', ms: 'Hab' },
        model: 'HH-1',
        serial: 'HH100000001',
        supportUntil: '2031-06-30',
        software: '1.4.0',
        state: 'reset',
      },
    }),
});
