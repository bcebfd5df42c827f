import { noticeDocument } from '@hearthward/product';
import type { Language } from '@hearthward/standards';
import {
  errorPage,
  homePage,
  anotherSessionPage,
  forgottenPage,
  loginPage,
  newCodePage,
  newPasskeyPage,
  passwordPage,
  peoplePage,
  privacyPage,
  publicPage,
  recoveryCodesPage,
  resetPage,
  secondStepPage,
  securityPage,
  setupPage,
  type PublicPage,
} from '../src/index.ts';
import { accountPages } from './account.ts';
import { consolePages } from './console.ts';
import { sampleDeclaration } from './declaration.ts';
import { at, DAY, inside, outside } from './frames.ts';
import { noticePages } from './notices.ts';
import { ownDataPages } from './own-data.ts';
import { requestPages } from './requests.ts';
import { safetyPages } from './safety.ts';
import { updatePages } from './updates.ts';

/** Every page with a sample view, by address: what the gallery serves and the tests look at. */
export function samplePages(language: Language): Readonly<Record<string, () => string>> {
  return {
    ...panelPages(language),
    ...consolePages(language),
    ...publicPages(language),
    ...noticePages(language),
    ...accountPages(language),
    ...requestPages(language),
  };
}

const PUBLIC: readonly PublicPage[] = [
  'product',
  'support',
  'disclosure',
  'privacy',
  'deletion',
  'setup',
  'setup-check',
  'password-change',
  'replacement',
];
const PEOPLE = {
  people: [
    { name: 'owner', role: 'owner', isYou: true, mayBeChild: false, signedIn: [at(60_000)] },
    {
      name: 'Aunt Mei',
      role: 'guest',
      isYou: false,
      mayBeChild: true,
      signedIn: [],
      waiting: { until: '2026-01-04T09:00:00.000Z' },
    },
    {
      name: 'Aisyah',
      role: 'member',
      isYou: false,
      mayBeChild: true,
      signedIn: [at(DAY), at(0)],
      pin: { locked: true },
    },
    { name: 'Fitter', role: 'installer', isYou: false, mayBeChild: false, signedIn: [], until: at(-DAY) },
  ],
  roles: [
    { id: 'owner', name: 'Owner', may: ['Switches the lamp', 'Adds an account'] },
    { id: 'member', name: 'Member', may: ['Switches the lamp'] },
    { id: 'guest', name: 'Guest', may: ['Home page'] },
  ],
  paths: {
    'add-account': '/people/add',
    'remove-account': '/people/remove',
    'change-role': '/people/role',
    'set-pin': '/people/pin',
    'lock-pin': '/people/pin-lock',
    'end-sessions': '/people/sign-out',
  },
} as const;

const CHOICES = [
  { id: 'share-climate', text: 'Share how warm the rooms are, so that you can see it on the way', on: false },
  { id: 'share-faults', text: 'Share how often it restarts, so that faults are found', on: false },
];

function panelPages(language: Language): Record<string, () => string> {
  const bounds = { minimumLength: 12, maximumLength: 128 };
  const setup = { ...outside(language), ...bounds, choices: CHOICES };
  const home = { ...inside(language), deviceName: 'Hallway' };
  return {
    '/setup-1': () => setupPage({ ...setup, step: 1 }),
    '/setup-2': () =>
      setupPage({
        ...setup,
        step: 2,
        user: 'owner',
        asNew: {
          serial: 'HH100000001',
          softwareVersion: '1.4.0',
          supportUntil: '2031-06-30',
          checkUrl: 'https://maker.example/check?word=1',
        },
      }),
    '/setup-2-refused': () =>
      setupPage({ ...setup, step: 2, user: 'owner', refused: ['refused.common', 'refused.repeat-differs'] }),
    '/setup-3': () => setupPage({ ...setup, step: 3 }),
    '/setup-4': () => setupPage({ ...setup, step: 4, user: 'owner', guideUrl: 'https://maker.example/setup' }),
    '/login': () => loginPage({ ...outside(language), failed: false }),
    '/login-failed': () =>
      loginPage({
        ...outside(language),
        failed: true,
        help: { longestSeconds: 900 },
        recovery: { page: '/forgotten', minutes: 10 },
      }),
    '/forgotten': () =>
      forgottenPage({
        ...outside(language),
        minimumLength: 10,
        maximumLength: 128,
        minutes: 10,
        pressed: false,
        refused: [],
      }),
    '/forgotten-pressed': () =>
      forgottenPage({
        ...outside(language),
        minimumLength: 10,
        maximumLength: 128,
        minutes: 10,
        pressed: true,
        refused: ['refused.wrong-label-password'],
      }),
    '/login-another': () =>
      anotherSessionPage({
        ...outside(language),
        since: at(20 * 60_000),
        answer: { path: '/login/session', field: 'choice', end: 'end', keep: 'keep' },
      }),
    '/login-wait': () => loginPage({ ...outside(language), failed: true, waitSeconds: 30 }),
    '/': () => homePage({ ...home, connected: true, cards: CARDS, notice: { kind: 'good', key: 'happened.saved' } }),
    '/home-empty': () => homePage({ ...home, connected: false, cards: [] }),
    '/password': () => passwordPage({ ...inside(language), ...bounds, refused: [] }),
    '/password-refused': () => passwordPage({ ...inside(language), ...bounds, refused: ['refused.wrong-password'] }),
    ...factorPages(language),
    '/password-locked': () => passwordPage({ ...inside(language), ...bounds, refused: [], pin: { locked: true } }),
    '/people': () => peoplePage({ ...inside(language), ...PEOPLE }),
    '/people-added': () =>
      peoplePage({
        ...inside(language),
        ...PEOPLE,
        given: { name: 'Aunt Mei', password: 'abcd-efgh-ijkm-npqr', hours: 72 },
        refused: ['refused.wrong-password'],
      }),
    '/privacy': () => privacyPage({ ...inside(language), ...PRIVACY, choices: CHOICES }),
    ...ownDataPages(language),
    ...updatePages(language),
    '/home-update': () =>
      homePage({ ...home, update: { version: '1.4.1', kind: 'security' }, connected: true, cards: CARDS }),
    ...safetyPages(language),
    '/reset': () =>
      resetPage({
        ...inside(language),
        deletes: ['user-configuration', 'credentials'],
        refused: ['refused.wrong-password'],
      }),
    '/error': () => errorPage({ ...inside(language), status: 404, key: 'error.not-found' }),
  };
}

function factorPages(language: Language): Record<string, () => string> {
  const second = { ...outside(language), code: true, failed: false };
  const security = { ...inside(language), addPasskey: { kind: 'here' } } as const;
  const asked = { secret: 'GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ', picture: { side: 5, path: 'M1 1h1v1h-1z' } };
  const codes = Array.from({ length: 10 }, (_, at) => `abc${at % 8}-defg-hjkm-npqr`);
  return {
    '/second': () => secondStepPage({ ...second, passkey: '{}' }),
    '/second-failed': () =>
      secondStepPage({ ...second, code: false, failed: true, passkeysAt: 'https://device.local:8443' }),
    '/second-wait': () => secondStepPage({ ...second, failed: true, waitSeconds: 30 }),
    '/security': () => securityPage({ ...security, code: false, passkeys: [] }),
    '/security-on': () => securityPage({ ...security, code: true, passkeys: PASSKEYS, recoveryLeft: 2 }),
    '/security-refused': () =>
      securityPage({
        ...security,
        addPasskey: { kind: 'elsewhere', address: 'https://device.local' },
        code: true,
        passkeys: [],
        recoveryLeft: 10,
        refused: ['refused.wrong-password'],
      }),
    '/security-full': () =>
      securityPage({ ...security, addPasskey: { kind: 'full' }, code: false, passkeys: PASSKEYS }),
    '/security-code': () => newCodePage({ ...inside(language), asked }),
    '/security-code-refused': () => newCodePage({ ...inside(language), asked, refused: ['refused.wrong-code'] }),
    '/security-code-expired': () => newCodePage(inside(language)),
    '/security-passkey': () => newPasskeyPage({ ...inside(language), asked: { name: 'My phone', options: '{}' } }),
    '/recovery-codes': () => recoveryCodesPage({ ...inside(language), codes }),
  };
}

const PASSKEYS = [
  { id: 'a1', name: 'My phone', rpId: 'device.local', addedAt: at(3 * DAY), cloned: false },
  { id: 'b2', name: 'Blue key', rpId: 'device.local', addedAt: at(400 * DAY), cloned: true },
];

const CARDS = [
  {
    title: 'Wanted temperature',
    value: '20.5 °C',
    action: {
      path: '/heating/wanted',
      label: 'Change',
      fields: [{ name: 'wanted', label: 'Degrees', type: 'number', value: '20.5', minimum: 5, maximum: 30 } as const],
    },
  },
  { title: 'Room temperature', value: '19.8 °C' },
  {
    title: 'Heating',
    value: 'On',
    state: 'on' as const,
    action: {
      path: '/heating/switch',
      label: 'Switch off',
      fields: [{ name: 'on', label: '', type: 'hidden', value: 'false' } as const],
    },
  },
  {
    title: 'Programme',
    value: 'Every day',
    state: 'good' as const,
    action: {
      path: '/heating/programme',
      label: 'Use',
      fields: [
        {
          name: 'programme',
          label: 'Programme',
          type: 'select' as const,
          value: 'daily',
          choices: [
            { value: 'daily', label: 'Every day' },
            { value: 'away', label: 'Away' },
          ],
        },
      ],
    },
  },
];

const PRIVACY = {
  told: noticeDocument(sampleDeclaration),
  last: { temperature: { value: '20 °C', at: at(60_000) } },
  noticeUrl: 'https://maker.example/privacy',
};

function publicPages(language: Language): Record<string, () => string> {
  const view = (page: PublicPage) => ({
    language,
    declaration: sampleDeclaration,
    links: {
      product: '/p/product',
      account: '/account',
      en: `/p/${page}?lang=en`,
      ms: `/p/${page}?lang=ms`,
      json: `/p/${page}?format=json`,
    },
  });
  return Object.fromEntries(PUBLIC.map((page) => [`/p/${page}`, () => publicPage(page, view(page))]));
}
