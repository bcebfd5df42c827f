import { randomBytes } from 'node:crypto';
import type { Declaration, PersonalData, TelemetryData } from '@hearthward/product';
import type { PrivacyMessage, PrivacyNews, PrivacyWord } from '@hearthward/protocol';
import { decideChannel, INITIAL_CHANNEL, type ChannelEvent, type ChannelState } from '../../src/channel/decide.ts';
import { defaultParts, type DeviceParts } from '../../src/parts.ts';
import type { Plain, StateStore } from '../../src/seams.ts';
import { openPrivacy, type Privacy } from '../../src/privacy/privacy.ts';
import { telemetryOf } from '../../src/telemetry/sending.ts';
import { DECLARED } from '../panel/declared.ts';
import { memoryStore } from '../panel/bench.ts';

/** A home with an owner, a tenant and a child, a channel that decides as the real one, and a clock that stands still. */

export const NOW = Date.UTC(2026, 0, 10);
export const DAY = 86_400_000;

const item = (id: string, more: Partial<PersonalData>): PersonalData => ({
  id,
  name: { en: id },
  category: 'usage',
  sensitive: false,
  purpose: { en: id },
  legalBasis: 'consent',
  processedBy: ['Example Appliances'],
  recipients: [],
  storedAt: ['device', 'services'],
  retentionDays: 30,
  communicatedOver: ['messages'],
  ...more,
});
const field = (id: string, personalData: TelemetryData['personalData']): TelemetryData => ({
  id,
  name: { en: id },
  type: 'number',
  everySeconds: 10,
  personalData,
  purpose: { en: id },
  usedBy: ['Example Appliances'],
  over: 'messages',
});
export const ITEMS = [
  item('climate', { legalBasis: 'contract', pseudonymDays: 7 }),
  item('usage', { recipients: ['Adverts and Sons'] }),
  item('steps', { of: 'person' }),
  item('account', { of: 'person', legalBasis: 'contract', storedAt: ['device'], communicatedOver: [] }),
];
export const FIELDS = [
  field('warmth', 'climate'),
  field('lamp', 'usage'),
  field('walked', 'steps'),
  field('uptime', false),
];
export const DECLARATION = { ...DECLARED, personalData: ITEMS, telemetryData: FIELDS } as Declaration;

export const ACCOUNTS = [
  { name: 'owner', role: 'owner', child: false },
  { name: 'tenant', role: 'member', child: false },
  { name: 'kid', role: 'guest', child: true },
] as const;

export interface HomeBench {
  readonly privacy: Privacy;
  readonly store: StateStore & { readonly rooms: Map<string, Plain> };
  readonly channel: () => ChannelState;
  readonly faults: unknown[];
  readonly events: string[];
  readonly forgotten: string[][];
  readonly wait: (millis: number) => void;
  readonly now: () => number;
  /** one look of the telemetry, each field with this value */
  readonly send: (value: number) => void;
  /** everything that waits leaves and is received */
  readonly deliver: () => void;
  readonly dispatch: (event: ChannelEvent) => void;
  /** words that wait, oldest first */
  readonly words: () => readonly PrivacyWord[];
  /** fields of the telemetry that waits, with whose it is */
  readonly waiting: () => readonly { readonly fields: Record<string, number>; readonly of?: Record<string, string> }[];
  readonly tell: (n: number, news: PrivacyNews['news']) => Promise<void>;
}

export function openHome(
  given: {
    readonly store?: HomeBench['store'];
    readonly channel?: ChannelState;
    readonly at?: number;
    readonly parts?: Partial<DeviceParts>;
    readonly accounts?: readonly { readonly name: string; readonly role: string; readonly child: boolean }[];
    readonly declaration?: Declaration;
  } = {},
): HomeBench {
  const store = given.store ?? memoryStore();
  const declaration = given.declaration ?? DECLARATION;
  const parts: DeviceParts = { ...defaultParts, ...given.parts };
  let now = given.at ?? NOW;
  let state: ChannelState = given.channel ?? { ...INITIAL_CHANNEL, phase: 'backing-off' };
  const faults: unknown[] = [];
  const events: string[] = [];
  const forgotten: string[][] = [];
  const dispatch = (event: ChannelEvent): void => {
    const { state: next, effects } = decideChannel(state, event, now);
    state = next;
    for (const effect of effects) if (effect.kind === 'left') privacy.left(effect.message);
  };
  if (!store.rooms.has('accounts'))
    store.write('accounts', {
      accounts: (given.accounts ?? ACCOUNTS).map(({ name, role, child }) => ({
        name,
        role,
        password: RECORD,
        previous: [],
        ...(child ? { pin: { locked: true } } : {}),
      })),
    });
  const privacy = openPrivacy({
    declaration,
    store,
    clock: { now: () => now },
    random: (bytes) => randomBytes(bytes),
    parts,
    channel: {
      say: async (topic, body) => dispatch({ kind: 'say', topic, body }),
      takeBack: async (taken) => dispatch({ kind: 'take-back', taken }),
      state: () => state,
      anchors: () => [],
    },
    forget: (items) => void forgotten.push([...items]),
    record: (kind) => void events.push(kind),
    fault: (thrown) => faults.push(thrown),
  });
  let value = 0;
  const send = telemetryOf({
    declaration,
    store,
    now: () => now,
    decide: parts.telemetry,
    seal: parts.parcels,
    discarded: undefined,
    values: () => Object.fromEntries(declaration.telemetryData.map(({ id }) => [id, value])),
    flows: privacy.flows,
    say: (body) => dispatch({ kind: 'say', topic: 'telemetry', body }),
  });
  const payloads = <Body>(topic: string): Body[] =>
    state.queue.filter((each) => each.topic === topic).map(({ payload }) => JSON.parse(payload) as Body);
  return {
    privacy,
    store,
    channel: () => state,
    faults,
    events,
    forgotten,
    wait: (millis) => void (now += millis),
    now: () => now,
    send: (next) => {
      value = next;
      send();
    },
    deliver: () => {
      for (const { seq } of state.queue) dispatch({ kind: 'delivered', seq });
    },
    dispatch,
    words: () => payloads<PrivacyMessage>('privacy').map(({ word }) => word),
    waiting: () => payloads('telemetry'),
    tell: async (n, news) => {
      privacy.hear(Buffer.from(JSON.stringify({ v: 1, n, news } satisfies PrivacyNews)));
      await new Promise((resolve) => setImmediate(resolve));
      await privacy.goOn();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const RECORD = {
  algorithm: 'argon2id',
  memoryKib: 64,
  passes: 1,
  parallelism: 1,
  salt: 'AAAAAAAAAAAAAAAAAAAAAA',
  tag: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
} as const;

export const by = (account: string, choices: Record<string, boolean>, whose = account) =>
  ({
    asking: { account, guardian: account === 'owner' },
    whose,
    choices,
    how: 'privacy-page',
    language: 'en',
  }) as const;
