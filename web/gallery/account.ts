import type { Language } from '@hearthward/standards';
import {
  accountConsentsPage,
  accountDataPage,
  accountEndedPage,
  accountEndPage,
  accountErasePage,
  accountErasuresPage,
  accountLoginPage,
  accountLookedPage,
  accountVerifyPage,
} from '../src/index.ts';
import { at, DAY, inside, outside } from './frames.ts';

/** A person's pages at the manufacturer's site, each with a sample view. */
export function accountPages(language: Language): Record<string, () => string> {
  const maker = 'Example Maker';
  const base = '/person';
  const stranger = { ...outside(language), maker, base };
  const person = { ...inside(language), account: { name: 'abcd efgh', role: 'person' }, maker, base };
  return {
    '/person/sign-in': () => accountLoginPage({ ...stranger, failed: false }),
    '/person/sign-in-failed': () => accountLoginPage({ ...stranger, failed: true }),
    '/person/sign-in-wait': () => accountLoginPage({ ...stranger, failed: false, waitSeconds: 60 }),
    '/person/data': () => accountDataPage({ ...person, devices: [HELD, { ...OTHER, blocked: true, items: [] }] }),
    '/person/data-shown': () =>
      accountDataPage({
        ...person,
        devices: [{ ...HELD, items: [{ ...CLIMATE, latest: [LATEST, { ...LATEST, at: at(360_000) }] }] }],
      }),
    '/person/data-none': () => accountDataPage({ ...person, devices: [] }),
    '/person/consents': () =>
      accountConsentsPage({
        ...person,
        devices: [
          { ...DEVICE, consents: [CONSENT, { ...CONSENT, item: 'faults', given: false, how: 'account-page' }] },
        ],
        notice: { kind: 'good', key: 'happened.consent-withdrawn' },
      }),
    '/person/consents-none': () => accountConsentsPage({ ...person, devices: [] }),
    '/person/erase': () =>
      accountErasePage({ ...person, devices: [DEVICE, OTHER], order: 'o'.repeat(22), undoHours: 24, failed: false }),
    '/person/erase-refused': () =>
      accountErasePage({ ...person, devices: [DEVICE], order: 'o'.repeat(22), undoHours: 0, failed: true }),
    '/person/erasures': () =>
      accountErasuresPage({
        ...person,
        verifyPage: '/person/verify',
        erasures: [
          { ...ERASURE, state: 'undo', places: [], confirmations: [] },
          { ...ERASURE, state: 'under-way', confirmations: [] },
          { ...ERASURE, state: 'erased', places: GONE, confirmations: ['erased', 'expired'] },
          { ...ERASURE, state: 'kept', places: [], confirmations: [] },
        ],
      }),
    '/person/erasures-none': () => accountErasuresPage({ ...person, verifyPage: '/person/verify', erasures: [] }),
    '/person/looked': () =>
      accountLookedPage({
        ...person,
        entries: [
          { at: at(60_000), who: 'you', what: 'listed' },
          { at: at(DAY), who: 'manufacturer', what: 'shown', why: 'the owner wrote that the room is said to be cold' },
          { at: at(2 * DAY), who: 'you', what: 'exported' },
        ],
      }),
    '/person/looked-none': () => accountLookedPage({ ...person, entries: [] }),
    '/person/end': () => accountEndPage({ ...person, failed: true }),
    '/person/ended': () => accountEndedPage(stranger),
    '/person/verify': () =>
      accountVerifyPage({ ...stranger, roots: ['3c'.repeat(32)], rootsPage: '/person/roots.pem' }),
  };
}

const DEVICE = {
  deviceId: '0123456789abcdef0123',
  product: { en: 'Warm Hub', ms: 'Hab Hangat' },
  serial: 'ST100-000123',
} as const;
const OTHER = { ...DEVICE, deviceId: '0123456789abcdef0124', serial: 'ST100-000124' } as const;
const CLIMATE = {
  subject: 's'.repeat(22),
  item: 'climate',
  name: { en: 'Warmth of your rooms', ms: 'Kehangatan bilik anda' },
  purpose: { en: 'To show how warm it was', ms: 'Untuk menunjukkan betapa hangatnya' },
  days: 30,
  count: 8640,
  from: at(30 * DAY),
  to: at(60_000),
  until: at(-30 * DAY),
} as const;
const HELD = {
  ...DEVICE,
  blocked: false,
  items: [
    CLIMATE,
    { ...CLIMATE, item: 'presence', name: { en: 'When you are at home', ms: 'Bila anda di rumah' }, count: 0 },
  ],
} as const;
const LATEST = {
  field: { en: 'Room temperature', ms: 'Suhu bilik' },
  unit: '°C',
  at: at(60_000),
  value: '19.5',
} as const;
const CONSENT = {
  subject: 's'.repeat(22),
  item: 'climate',
  name: CLIMATE.name,
  purpose: CLIMATE.purpose,
  given: true,
  at: at(20 * DAY),
  by: 'self',
  how: 'set-up',
  notice: '0123456789abcdef',
} as const;
const ERASURE = {
  id: 'e'.repeat(22),
  askedAt: at(2 * DAY),
  undoUntil: at(DAY),
  places: [
    { place: 'keys', state: 'erased', at: at(DAY) },
    { place: 'services', state: 'erased', at: at(DAY) },
    { place: 'backups', state: 'unreadable', at: at(DAY), until: at(-29 * DAY) },
    { place: 'device:0123456789abcdef0123', state: 'waiting', at: at(DAY) },
    { place: 'party:weather', state: 'failed', at: at(DAY / 2), because: 'no answer' },
  ],
} as const;
const GONE = ERASURE.places.map((each) =>
  each.place === 'backups' ? each : { place: each.place, state: 'erased' as const, at: each.at },
);
