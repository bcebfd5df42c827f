import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { createHash } from 'node:crypto';
import type { Declaration } from '@hearthward/product';
import { DECLARED } from './declared.ts';
import { passwordRecord } from '../../src/access/passwords/record.ts';
import { openPresence, type Press } from '../../src/access/presence/presence.ts';
import { buildPanel } from '../../src/panel/app.ts';
import type { PanelContext } from '../../src/panel/context.ts';
import { openPrivacy, type PrivacyWorld } from '../../src/privacy/privacy.ts';
import { defaultParts, type DeviceParts } from '../../src/parts.ts';
import type { Plain, SecurityEvent, StateStore } from '../../src/seams.ts';

/** A panel on a store in memory, a clock that stands still, and a browser that keeps cookies and sends forms back. */

export const LABEL = 'ABCDEFGHJKLMNPQR';
export const OWN = 'three-Quiet-Harbours';
export const LIGHT = { memoryKib: 64, passes: 1, parallelism: 1 };

/** The network of the home that the panel is on. */
const HOME = {
  address: '192.0.2.250',
  cidr: '192.0.2.250/24',
  netmask: '255.255.255.0',
  family: 'IPv4',
  mac: '02:00:00:00:00:01',
  internal: false,
} as const;

export interface Bench {
  readonly app: FastifyInstance;
  readonly store: StateStore & { readonly rooms: Map<string, Plain> };
  readonly faults: unknown[];
  readonly calls: { readonly name: string; readonly input: unknown }[];
  readonly wait: (seconds: number) => void;
  /** somebody sets the clock, while the device runs on */
  readonly setClock: (bySeconds: number) => void;
  readonly resets: () => number;
  /** as the button of the device does it */
  readonly press: (press: Press) => void;
  /** how often a password was hashed to be compared */
  readonly hashed: () => number;
  readonly context: PanelContext;
  /** items that the product was told to forget */
  readonly forgotten: readonly (readonly string[])[];
}

export function memoryStore(rooms = new Map<string, Plain>(), log: SecurityEvent[] = []): Bench['store'] {
  const copy = <Value>(value: Value): Value => structuredClone(value);
  return {
    rooms,
    read: (room) => copy(rooms.get(room)),
    write: (room, state) => void rooms.set(room, copy(state)),
    writeAll: (states) => Object.entries(states).forEach(([room, state]) => rooms.set(room, copy(state))),
    erase: (names) => names.forEach((name) => rooms.delete(name)),
    appendEvent: (event) => void log.unshift(event),
    events: (limit) => log.slice(0, limit),
    close: () => undefined,
  };
}

export async function bench(
  given: {
    parts?: Partial<DeviceParts>;
    store?: Bench['store'];
    declaration?: Declaration;
    https?: NonNullable<PanelContext['https']>;
    hashing?: NonNullable<PanelContext['hashing']>;
    keys?: NonNullable<PanelContext['keys']>;
    /** hears of all that the panel drew */
    drawn?: (bytes: Uint8Array) => void;
    updates?: NonNullable<PanelContext['updates']>;
    forwarding?: NonNullable<PanelContext['forwarding']>;
    setupCheck?: NonNullable<PanelContext['setupCheck']>;
    possession?: NonNullable<PanelContext['possession']>;
    timeSource?: NonNullable<PanelContext['timeSource']>;
    channel?: NonNullable<PrivacyWorld['channel']>;
    /** what else the device does in a reset */
    onReset?: PanelContext['onReset'];
  } = {},
): Promise<Bench> {
  const store = given.store ?? memoryStore();
  const faults: unknown[] = [];
  const calls: { name: string; input: unknown }[] = [];
  let now = Date.UTC(2026, 0, 1);
  let running = 0;
  let drawn = 0;
  let resets = 0;
  let hashed = 0;
  const counted: DeviceParts = { ...defaultParts, ...given.parts };
  const product = { lamp: 'off', target: 20 };
  const presence = openPresence();
  const random = (bytes: number): Uint8Array => {
    const drawnBytes = createHash('shake256', { outputLength: bytes })
      .update(`draw ${(drawn += 1)}`)
      .digest();
    given.drawn?.(drawnBytes);
    return drawnBytes;
  };
  const clock = { now: () => now };
  const declaration = given.declaration ?? DECLARED;
  const forgotten: string[][] = [];
  const privacyOf = () =>
    openPrivacy({
      declaration,
      store,
      clock,
      random,
      parts: counted,
      ...(given.channel ? { channel: given.channel } : {}),
      forget: (items) => void forgotten.push([...items]),
      record: (kind, detail) => {
        const event = counted.record(kind, detail, now);
        if (event) store.appendEvent(event);
      },
      fault: (thrown) => faults.push(thrown),
    });
  const context: PanelContext = {
    declaration,
    store,
    clock,
    running: () => running,
    random,
    product: {
      telemetry: {},
      functions: {
        status: () => ({ ok: true, value: { ...product, temperature: 21.5 } }),
        'set-lamp': (input) => {
          calls.push({ name: 'set-lamp', input });
          product.lamp = String(input['lamp']);
          return { ok: true };
        },
        'set-target': (input) => {
          calls.push({ name: 'set-target', input });
          product.target = Number(input['target']);
          return { ok: true };
        },
        'set-chime': (input) => {
          calls.push({ name: 'set-chime', input });
          return { ok: true };
        },
      },
      home: () => [{ title: 'Lamp', value: product.lamp }],
    },
    initialPassword: await passwordRecord(LABEL, new Uint8Array(16), LIGHT),
    presence,
    networks: () => ({ lan: [HOME] }),
    identity: { serial: 'SER1AL0001' },
    connection: () => given.channel?.state().phase === 'connected',
    privacy: privacyOf(),
    onReset: async () => {
      resets += 1;
      await given.onReset?.();
    },
    parts: {
      ...counted,
      verifyPassword: (record, password) => {
        hashed += 1;
        return counted.verifyPassword(record, password);
      },
    },
    ...(given.possession ? { possession: given.possession } : {}),
    ...(given.https ? { https: given.https } : {}),
    hashing: given.hashing ?? LIGHT,
    ...(given.keys ? { keys: given.keys } : {}),
    ...(given.updates ? { updates: given.updates } : {}),
    ...(given.forwarding ? { forwarding: given.forwarding } : {}),
    ...(given.setupCheck ? { setupCheck: given.setupCheck } : {}),
    ...(given.timeSource ? { timeSource: given.timeSource } : {}),
    onFault: (thrown) => faults.push(thrown),
  };
  const app = buildPanel(context);
  await app.ready();
  return {
    app,
    store,
    faults,
    calls,
    context,
    forgotten,
    wait: (seconds: number) => {
      now += seconds * 1000;
      running += seconds * 1000;
    },
    setClock: (bySeconds: number) => void (now += bySeconds * 1000),
    resets: () => resets,
    press: presence.pressed,
    hashed: () => hashed,
  };
}

/** Cookies kept, hidden inputs sent back. */
export class Browser {
  readonly cookies = new Map<string, string>();
  readonly #app: FastifyInstance;
  readonly #from: string;
  constructor(app: FastifyInstance, from = '192.0.2.1') {
    this.#app = app;
    this.#from = from;
  }

  async get(url: string, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> {
    return this.#send({ method: 'GET', url, headers });
  }

  /** Reads the page first, as a person does. */
  async submit(page: string, path: string, fields: Record<string, string>): Promise<LightMyRequestResponse> {
    const token = /name="_csrf" value="([^"]*)"/.exec((await this.get(page)).body)?.[1] ?? '';
    return this.post(path, { _csrf: token, ...fields });
  }

  async post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
    const payload = new URLSearchParams(fields).toString();
    return this.raw(path, payload, { 'content-type': 'application/x-www-form-urlencoded', ...headers });
  }

  async raw(path: string, payload: string | Buffer, headers: Record<string, string>) {
    return this.#send({ method: 'POST', url: path, headers, payload });
  }

  async #send(request: {
    method: 'GET' | 'POST';
    url: string;
    headers: Record<string, string>;
    payload?: string | Buffer;
  }) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { host: 'localhost:8443', ...(cookie === '' ? {} : { cookie }), ...request.headers };
    const answer = await this.#app.inject({ ...request, headers, remoteAddress: this.#from });
    for (const { name, value, maxAge } of answer.cookies) {
      if (maxAge === 0) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return answer;
  }

  async logIn(password = OWN, user = 'owner'): Promise<LightMyRequestResponse> {
    return this.submit('/login', '/login', { user, password });
  }
}

export async function setUp(app: FastifyInstance): Promise<Browser> {
  const owner = new Browser(app);
  await owner.submit('/setup', '/setup', { step: '1', labelPassword: LABEL });
  await owner.submit('/setup', '/setup', { step: '2', password: OWN, repeat: OWN });
  await owner.submit('/setup', '/setup', { step: '3', name: 'Living room' });
  return owner;
}
