import type { DetailOf, Fields } from './fields.ts';

/**
 * Security events: the closed catalogue. What is not here cannot be written, and each kind carries the details that are
 * named and no others. `docs/events.md` is generated from it; every kind has its words for people (`event.*`).
 */

/** What an event is about, with the rows of the codes that want to hear of it. */
export const GROUPS = {
  authentication: 'G045 PL-4-1, AU-1-3; EN 303 645 5.1-5',
  authorisation: 'G045 PL-4-1, AU-2-1; EN 303 645 5.6-7',
  configuration: 'G045 PL-4-1; EN 303 645 5.5-5',
  'remote-management': 'G045 PL-4-1, PL-3-2; EN 303 645 5.5-4',
  channel: 'G045 PL-4-1, AU-1-10; EN 303 645 5.5-1',
  update: 'G045 PL-4-1, PL-2-3; EN 303 645 5.3-9, 5.3-12',
  key: 'G045 PL-4-1, CR-1-3; EN 303 645 5.5-8',
  integrity: 'G045 PL-4-1, PL-1-1; EN 303 645 5.7-1, 5.7-2',
  tamper: 'G045 PL-4-1, PH-1-1, PH-2-1; EN 303 645 5.4-2',
  exposure: 'G045 PL-4-1, DS-2-1; EN 303 645 5.6-1',
  erasure: 'G045 PL-4-1, DS-1-4; EN 303 645 5.11-1',
  time: 'G045 PL-4-1, PL-4-3',
} as const satisfies Readonly<Record<string, string>>;
export type EventGroup = keyof typeof GROUPS;

/**
 * What makes way for what. `routine`: anybody, or the network, can cause it at will, or it comes every day. `notable`:
 * people of the home, or the device's upkeep. `vital`: what must still be there when somebody asks what happened.
 */
// G045 PL-4-2: each priority has room of its own in the log, so no flood of one washes out another
export const PRIORITIES = ['routine', 'notable', 'vital'] as const;
export type Priority = (typeof PRIORITIES)[number];

interface Entry {
  readonly group: EventGroup;
  readonly priority: Priority;
  /** once the device is set up the manufacturer hears of it; none of these says what a person does at home */
  readonly reported?: true;
  readonly detail: Fields;
}

/** Version and number as signed; `because` is a reason of ours. */
const UPDATE = { version: 'version?', number: 'count?', because: 'word?' } as const;

export const CATALOGUE = {
  'login-succeeded': { group: 'authentication', priority: 'notable', detail: { role: 'role' } },
  'login-failed': { group: 'authentication', priority: 'routine', detail: {} },
  'login-throttled': {
    group: 'authentication',
    priority: 'routine',
    reported: true,
    detail: { by: 'word', waitSeconds: 'count' },
  },
  logout: { group: 'authentication', priority: 'routine', detail: {} },
  'session-ended': { group: 'authentication', priority: 'routine', detail: { because: 'word' } },
  'button-pressed': { group: 'authentication', priority: 'notable', detail: {} },
  'password-recovered': { group: 'authentication', priority: 'vital', detail: {} },
  'password-changed': { group: 'authentication', priority: 'notable', reported: true, detail: { role: 'role' } },
  'factor-added': { group: 'authentication', priority: 'notable', detail: { role: 'role', factor: 'word' } },
  'factor-removed': { group: 'authentication', priority: 'notable', detail: { role: 'role', factor: 'word' } },
  'recovery-codes-renewed': { group: 'authentication', priority: 'notable', detail: { role: 'role' } },
  'recovery-code-used': { group: 'authentication', priority: 'notable', detail: { role: 'role', left: 'count' } },
  'passkey-clone': { group: 'authentication', priority: 'vital', detail: { role: 'role' } },

  /** `because`: malware, not-scanned or wrong-format */
  'file-refused': {
    group: 'integrity',
    priority: 'notable',
    reported: true,
    detail: { function: 'word', because: 'word' },
  },

  /** `number` as it was signed; `because` of `signatures-stale`: stale, or none where there is no whole set */
  'signatures-installed': { group: 'integrity', priority: 'routine', reported: true, detail: { number: 'count' } },
  'signatures-refused': { group: 'integrity', priority: 'notable', reported: true, detail: { because: 'word' } },
  'signatures-stale': { group: 'integrity', priority: 'notable', reported: true, detail: { because: 'word' } },

  'access-refused': { group: 'authorisation', priority: 'routine', detail: { because: 'word' } },
  'account-added': { group: 'authorisation', priority: 'notable', detail: { role: 'role' } },
  'account-removed': { group: 'authorisation', priority: 'notable', detail: { role: 'role', because: 'word' } },
  'role-changed': { group: 'authorisation', priority: 'notable', detail: { from: 'role', to: 'role' } },

  'set-up-completed': { group: 'configuration', priority: 'vital', reported: true, detail: {} },
  'setting-changed': { group: 'configuration', priority: 'notable', detail: { function: 'word' } },
  'device-started': {
    group: 'configuration',
    priority: 'notable',
    reported: true,
    detail: { softwareVersion: 'version' },
  },

  'remote-management-on': {
    group: 'remote-management',
    priority: 'notable',
    reported: true,
    detail: { hours: 'count' },
  },
  'remote-management-off': {
    group: 'remote-management',
    priority: 'notable',
    reported: true,
    detail: { because: 'word' },
  },
  'remote-command': {
    group: 'remote-management',
    priority: 'notable',
    reported: true,
    detail: { id: 'word', command: 'word', outcome: 'outcome' },
  },
  'remote-command-refused': {
    group: 'remote-management',
    priority: 'routine',
    reported: true,
    detail: { because: 'word' },
  },

  /** `because`: a fault code, or what the server did; once for an outage */
  'log-not-forwarded': { group: 'configuration', priority: 'routine', detail: { because: 'word' } },

  enrolled: { group: 'channel', priority: 'notable', reported: true, detail: {} },
  'channel-up': { group: 'channel', priority: 'routine', detail: {} },
  /** `because`: the step that failed; `reason`: a fault code */
  'channel-down': {
    group: 'channel',
    priority: 'routine',
    reported: true,
    detail: { because: 'word', reason: 'word' },
  },

  'update-available': { group: 'update', priority: 'routine', detail: UPDATE },
  // EN 303 645 5.3-9, G044 6.3.9: who made the device hears of every release that it took, refused or gave up
  'update-will-restart': { group: 'update', priority: 'notable', reported: true, detail: UPDATE },
  'update-on-trial': { group: 'update', priority: 'notable', reported: true, detail: UPDATE },
  'update-installed': { group: 'update', priority: 'vital', reported: true, detail: UPDATE },
  'update-rejected': { group: 'update', priority: 'vital', reported: true, detail: UPDATE },
  'update-rolled-back': { group: 'update', priority: 'vital', reported: true, detail: UPDATE },
  'update-quarantined': { group: 'update', priority: 'vital', reported: true, detail: UPDATE },
  'update-refused': { group: 'update', priority: 'notable', reported: true, detail: UPDATE },
  'update-withdrawn': { group: 'update', priority: 'notable', reported: true, detail: UPDATE },
  'update-floor-tampered': { group: 'update', priority: 'vital', reported: true, detail: UPDATE },
  'update-checks-fail': { group: 'update', priority: 'routine', detail: UPDATE },

  'key-renewed': { group: 'key', priority: 'vital', detail: { key: 'word' } },
  'anchors-changed': {
    group: 'key',
    priority: 'vital',
    reported: true,
    detail: { learnt: 'count', retired: 'count' },
  },
  'anchors-refused': { group: 'key', priority: 'notable', reported: true, detail: { count: 'count' } },

  'self-test-passed': {
    group: 'integrity',
    priority: 'routine',
    reported: true,
    detail: { count: 'count', millis: 'count' },
  },
  /** `test`: its id in the declaration; `mode`: how the declaration has it work on */
  'self-test-failed': {
    group: 'integrity',
    priority: 'vital',
    reported: true,
    detail: { test: 'word', because: 'word', mode: 'word' },
  },

  /** `closed`: whether the device closed it itself */
  'exposure-drift': {
    group: 'exposure',
    priority: 'vital',
    reported: true,
    detail: { listener: 'listener', because: 'word', closed: 'word' },
  },

  // EN 303 645 5.7-2, G044 6.7.2: what cut the device off, and how that ended
  'quarantine-entered': {
    group: 'integrity',
    priority: 'vital',
    reported: true,
    detail: { cause: 'word', because: 'place' },
  },
  'quarantine-left': { group: 'integrity', priority: 'vital', reported: true, detail: { because: 'word' } },
  /** starts that came to nothing before this one */
  'start-refused': {
    group: 'integrity',
    priority: 'vital',
    reported: true,
    detail: { because: 'word', times: 'count' },
  },
  // G045 PL-1-4: that somebody had it looked at, and what was found
  'integrity-checked': { group: 'integrity', priority: 'routine', detail: { verdict: 'word' } },
  /** the manufacturer looked because the owner asked; `verdict`: well, attention, or none with `because` */
  'setup-checked': { group: 'configuration', priority: 'notable', detail: { verdict: 'word', because: 'word?' } },

  /** `closed`: whether the device switched it off itself */
  'port-drift': {
    group: 'tamper',
    priority: 'vital',
    reported: true,
    detail: { port: 'port', because: 'word', closed: 'word' },
  },

  /** `input`: its id in the declaration; `found`: in which power state; `mode`: the declared answer */
  'tamper-detected': {
    group: 'tamper',
    priority: 'vital',
    reported: true,
    detail: { input: 'word', found: 'word', mode: 'word' },
  },
  /** an owner has said that they know of it */
  'tamper-known': { group: 'tamper', priority: 'vital', reported: true, detail: { input: 'word' } },

  'erasure-asked': { group: 'erasure', priority: 'notable', detail: { scope: 'word' } },
  'erasure-kept': { group: 'erasure', priority: 'notable', detail: {} },
  /** it is tried again; `because`: code of the fault */
  'erasure-failed': { group: 'erasure', priority: 'vital', reported: true, detail: { because: 'word' } },
  'erasure-done': { group: 'erasure', priority: 'vital', detail: {} },
  'confirmation-forged': { group: 'erasure', priority: 'vital', reported: true, detail: {} },
  'household-moved': { group: 'configuration', priority: 'vital', detail: {} },
  'factory-reset': { group: 'erasure', priority: 'vital', detail: { rooms: 'count' } },

  'time-jumped': {
    group: 'time',
    priority: 'notable',
    reported: true,
    detail: { bySeconds: 'count', direction: 'word' },
  },
  'time-differs': {
    group: 'time',
    priority: 'notable',
    reported: true,
    detail: { bySeconds: 'count', direction: 'word' },
  },
  'time-set-back': { group: 'time', priority: 'notable', reported: true, detail: { bySeconds: 'count' } },
} as const satisfies Readonly<Record<string, Entry>>;

export type EventKind = keyof typeof CATALOGUE;
export const EVENT_KINDS = Object.keys(CATALOGUE) as readonly EventKind[];

/** Details are ids, counts and reasons of ours; nothing that a person or a client typed gets in. */
export type EventDetails = { readonly [Kind in EventKind]: DetailOf<(typeof CATALOGUE)[Kind]['detail']> };

export const entryOf = (kind: EventKind): Entry => CATALOGUE[kind];

/** Events that the manufacturer hears of, once the device is set up. */
export const REPORTED: ReadonlySet<EventKind> = new Set(EVENT_KINDS.filter((kind) => entryOf(kind).reported));
