import { randomBytes } from 'node:crypto';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { selfSigned } from '../../certificate.ts';
import { Household } from './fake-household.ts';

/**
 * A small product that does right, or exactly one thing wrong: the cases of this folder are held against both.
 * Its clock is the one of the test, so that delays and idle sessions cost no time.
 */
export const FAULTS = [
  'universal-password',
  'initial-works',
  'weak-short',
  'weak-run',
  'accepts-same',
  'shows-password',
  'echoes',
  'old-password-works',
  'no-current-needed',
  'tells-unknown-user',
  'slow-for-known-user',
  'tells-locked-accounts',
  'locks-silently',
  'no-throttle',
  'right-password-during-delay',
  'many-sessions',
  'endless-session',
  'short-identifier',
  'counting-identifier',
  'keeps-identifier',
  'logout-keeps-session',
  'cookie-without-flags',
  'open-reading',
  'open-changing',
  'forgeable',
  'made-up-session',
  'silent-log',
  'washed-log',
  'erasable-log',
  'password-in-log',
  'wrong-clock',
  'get-form',
  'broken-change',
  'removed-signs-in',
  'removed-stays-in',
  'guest-may-all',
] as const;
export type Fault = (typeof FAULTS)[number];

export const INITIAL = 'ZK4PQ7RW2MXB9TDH';
export const USER = 'owner';
const FREE = 3;
/** what a guest may come to */
const GUESTS: readonly string[] = ['/', '/status', '/password', '/login', '/logout'];
export const IDLE_SECONDS = 10;

export interface Lamp {
  readonly port: number;
  readonly certificate: string;
  readonly password: () => string;
  readonly brightness: () => string;
  readonly clock: { now: () => number; wait: (ms: number) => Promise<void> };
  readonly close: () => Promise<void>;
}

export async function startLamp(fault?: Fault): Promise<Lamp> {
  const state = new State(fault);
  const identity = selfSigned();
  const server = createServer(
    {
      cert: identity.certificate,
      key: identity.key,
      minVersion: 'TLSv1.2',
      ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256',
    },
    (request, response) => {
      void state
        .answer(request, response)
        .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
    },
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    certificate: identity.certificate,
    password: () => state.password,
    brightness: () => state.brightness,
    clock: {
      now: () => state.now,
      wait: async (ms) => {
        state.now += ms;
      },
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class State {
  now = Date.parse('2026-11-21T00:00:00Z');
  password = 'Brisk-Otter-92-Lagoon';
  brightness = '3';
  private old = '';
  private count = 1000;
  private failures = 0;
  private until = 0;
  private readonly sessions = new Map<string, number>();
  private readonly forms = new Set<string>();
  private readonly guests = new Household();
  private readonly log: { at: string; event: string }[] = [];
  private readonly fault: Fault | undefined;
  constructor(fault: Fault | undefined) {
    this.fault = fault;
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fields = new URLSearchParams(request.method === 'POST' ? await bodyOf(request) : '');
    const presented = /(?:^|; )sid=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
    const inside = this.alive(presented);
    const guest = this.guests.inside(presented);
    if (inside && guest !== undefined && this.fault !== 'guest-may-all' && !GUESTS.includes(request.url ?? ''))
      return void response.writeHead(403).end();
    if (inside && guest !== undefined && `${request.method} ${request.url}` === 'POST /password')
      return void response.writeHead(guest.change(fields) ? 303 : 422, { location: '/' }).end();
    const formed = this.forms.delete(fields.get('csrf') ?? '') || this.fault === 'forgeable';
    const wall = (): void => void response.writeHead(303, { location: '/login' }).end();
    switch (`${request.method} ${request.url}`) {
      case 'GET /login':
        return void response.end(
          `<form ${this.fault === 'get-form' ? '' : 'method="post"'} action="/login">${this.hidden()}<input name="user"><input name="password" type="${this.masked()}" autocomplete="current-password"></form>`,
        );
      case 'POST /login':
        return this.login(fields, presented, response);
      case 'POST /logout':
        if (this.fault !== 'logout-keeps-session') this.sessions.delete(presented);
        return wall();
      case 'GET /':
        return inside ? void response.end(`<form method="post" action="/brightness">${this.hidden()}</form>`) : wall();
      case 'GET /status':
        return inside || this.fault === 'open-reading'
          ? void response.end(JSON.stringify({ brightness: this.brightness }))
          : wall();
      case 'DELETE /events':
        if (this.fault === 'erasable-log') this.log.length = 0;
        return void response.writeHead(405).end();
      case 'GET /events':
        return inside ? void response.end(JSON.stringify(this.log)) : wall();
      case 'POST /brightness':
        if (!inside && this.fault !== 'open-changing' && !(this.fault === 'made-up-session' && presented !== ''))
          return wall();
        if (!formed && this.fault !== 'open-changing' && this.fault !== 'made-up-session')
          return void response.writeHead(403).end();
        this.brightness = fields.get('brightness') ?? '';
        return void response.writeHead(303, { location: '/' }).end();
      case 'GET /people':
        return inside
          ? void response.end(
              ['add', 'remove']
                .map((what) => `<form method="post" action="/people/${what}">${this.hidden()}</form>`)
                .join(''),
            )
          : wall();
      case 'POST /people/add':
      case 'POST /people/remove':
        return inside ? this.people(request.url ?? '', fields, formed, response) : wall();
      case 'GET /password':
        return inside
          ? void response.end(
              `<form method="post" action="/password">${this.hidden()}${['current', 'password', 'repeat'].map((name) => `<input name="${name}" type="${this.masked()}">`).join('')}</form>`,
            )
          : wall();
      case 'POST /password':
        return inside ? this.change(fields, formed, presented, response) : wall();
      default:
        response.writeHead(404).end();
    }
  }

  private login(fields: URLSearchParams, presented: string, response: ServerResponse): void {
    const user = fields.get('user') ?? '';
    const password = fields.get('password') ?? '';
    const guest = this.guests.known(user, password);
    if (guest !== undefined && this.now >= this.until) return this.enter(presented, response, guest);
    const right =
      user === USER &&
      (password === this.password ||
        (this.fault === 'old-password-works' && password === this.old) ||
        (this.fault === 'universal-password' && password === 'admin') ||
        (this.fault === 'initial-works' && password === INITIAL));
    const held = this.fault !== 'tells-locked-accounts' || user === USER;
    const delayed = held && this.now < this.until && !(right && this.fault === 'right-password-during-delay');
    if (delayed && this.fault === 'locks-silently')
      return void response.writeHead(401).end(`<p>That did not work.</p>${this.hidden()}`);
    if (delayed)
      return void response.writeHead(429, { 'retry-after': String(Math.ceil((this.until - this.now) / 1000)) }).end();
    // The time of an answer is said, not spent: a test on a busy machine measures nothing.
    const ms = 50 + ((this.count += 1) % 3) + (this.fault === 'slow-for-known-user' && user === USER ? 25 : 0);
    response.setHeader('server-timing', `login;dur=${ms}`);
    if (!right) {
      if (this.fault !== 'tells-locked-accounts' || user === USER) this.failures += 1;
      if (this.failures >= FREE && this.fault !== 'no-throttle')
        this.until = this.now + Math.min(900, 2 ** (this.failures - FREE)) * 1000;
      if (this.fault !== 'silent-log')
        this.log.unshift({
          at: new Date(this.now - (this.fault === 'wrong-clock' ? 3_600_000 : 0)).toISOString(),
          event: `login refused${this.fault === 'password-in-log' ? ` for ${password}` : ''}`,
        });
      if (this.fault === 'washed-log') this.log.splice(2);
      const text =
        this.fault === 'tells-unknown-user' && user !== USER ? 'There is no such user.' : 'That did not work.';
      return void response
        .writeHead(401)
        .end(
          `<p>${text}</p>${this.hidden()}<input name="user" value="${user}">${this.fault === 'echoes' ? password : ''}`,
        );
    }
    this.failures = 0;
    if (this.fault !== 'many-sessions') this.sessions.clear();
    this.enter(presented, response);
  }

  private enter(presented: string, response: ServerResponse, guest?: string): void {
    const id = this.identifier(presented);
    this.sessions.set(id, this.now);
    if (guest !== undefined) this.guests.enter(id, guest);
    const flags = this.fault === 'cookie-without-flags' ? '' : '; Secure; HttpOnly; SameSite=Strict';
    response.writeHead(303, { location: '/', 'set-cookie': `sid=${id}; Path=/${flags}` }).end();
  }

  private people(path: string, fields: URLSearchParams, formed: boolean, response: ServerResponse): void {
    if (!formed || fields.get('current') !== this.password) return void response.writeHead(403).end();
    const name = fields.get('name') ?? '';
    if (path.endsWith('/add'))
      return void response.end(`<output id="first_password">${this.guests.add(name)}</output>`);
    const gone = this.guests.remove(name, this.fault !== 'removed-signs-in');
    if (this.fault !== 'removed-stays-in') for (const id of gone) this.sessions.delete(id);
    response.writeHead(303, { location: '/people' }).end();
  }

  private change(fields: URLSearchParams, formed: boolean, presented: string, response: ServerResponse): void {
    const wanted = fields.get('password') ?? '';
    const current = fields.get('current') === this.password || this.fault === 'no-current-needed';
    const same = (wanted === this.password || wanted === INITIAL) && this.fault !== 'accepts-same';
    const short = wanted.length < 10 && this.fault !== 'weak-short';
    const run = (wanted.startsWith('abcdef') || wanted.startsWith('qwerty')) && this.fault !== 'weak-run';
    const poor = /^(.)\1+$/.test(wanted) || /password|owner|l-1/.test(wanted);
    if (!formed || !current || same || short || run || poor) return void response.writeHead(422).end();
    this.old = this.password;
    if (this.fault !== 'broken-change') this.password = wanted;
    for (const id of this.sessions.keys()) if (id !== presented) this.sessions.delete(id);
    response.writeHead(303, { location: '/' }).end();
  }

  private identifier(presented: string): string {
    if (this.fault === 'keeps-identifier' && presented !== '') return presented;
    if (this.fault === 'short-identifier') return randomBytes(8).toString('hex');
    if (this.fault === 'counting-identifier') return `session${String((this.count += 1))}`;
    return randomBytes(24).toString('base64url');
  }
  private alive(id: string): boolean {
    const used = this.sessions.get(id);
    if (used === undefined || (this.fault !== 'endless-session' && this.now - used > IDLE_SECONDS * 1000)) return false;
    this.sessions.set(id, this.now);
    return true;
  }
  private hidden(): string {
    const token = randomBytes(16).toString('base64url');
    this.forms.add(token);
    return `<input type="hidden" name="csrf" value="${token}">`;
  }
  private masked(): string {
    return this.fault === 'shows-password' ? 'text' : 'password';
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
