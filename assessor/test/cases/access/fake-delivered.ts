import { randomBytes } from 'node:crypto';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Declaration } from '@hearthward/product';
import { selfSigned } from '../../certificate.ts';
import { LAMP, MECHANISM } from './fake-declaration.ts';
import { INITIAL, type Lamp } from './fake-lamp.ts';

/** The lamp as it is delivered, with a set-up of three pages: right, or wrong in one thing. */
export const DELIVERED_FAULTS = [
  'usable-before',
  'takes-initial',
  'keeps-initial',
  'takes-nothing',
  'loses-the-way',
  'asks-for-ever',
] as const;
export type DeliveredFault = (typeof DELIVERED_FAULTS)[number];

export const SET_UP = {
  page: '/first',
  fields: { initialPassword: 'label', password: 'password', repeat: 'again' },
  others: { name: 'Hall & stairs' },
};
export const DELIVERED_LAMP: Declaration = {
  ...LAMP,
  authenticationMechanisms: [{ ...MECHANISM, setUp: SET_UP }],
};

export interface DeliveredLamp extends Lamp {
  /** `METHOD path fields` of every request that it got */
  readonly asked: readonly string[];
  readonly names: readonly string[];
  /** as its button does it */
  readonly reset: () => void;
}

export async function startDelivered(fault?: DeliveredFault): Promise<DeliveredLamp> {
  const state = new State(fault);
  const identity = selfSigned();
  const server = createServer({ cert: identity.certificate, key: identity.key }, (request, response) => {
    void state
      .answer(request, response)
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    certificate: identity.certificate,
    password: () => state.password ?? INITIAL,
    brightness: () => '3',
    asked: state.asked,
    names: state.names,
    reset: () => state.reset(),
    clock: { now: () => Date.parse('2026-11-21T00:00:00Z'), wait: async () => undefined },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

class State {
  password: string | undefined;
  readonly asked: string[] = [];
  readonly names: string[] = [];
  private named = false;
  private readonly sessions = new Set<string>();
  private readonly forms = new Set<string>();
  private readonly fault: DeliveredFault | undefined;
  constructor(fault: DeliveredFault | undefined) {
    this.fault = fault;
  }

  reset(): void {
    this.password = undefined;
    this.named = false;
    this.sessions.clear();
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fields = new URLSearchParams(request.method === 'POST' ? await bodyOf(request) : '');
    const call = `${request.method} ${request.url}`;
    this.asked.push(`${call} ${[...fields.keys()].join(',')}`.trim());
    const presented = /(?:^|; )sid=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
    const inside = this.sessions.has(presented);
    const formed = this.forms.delete(fields.get('csrf') ?? '');
    const to = (location: string): void => void response.writeHead(303, { location }).end();
    switch (call) {
      case 'GET /first':
        return this.named ? to('/login') : void response.end(this.page(inside));
      case 'POST /first':
        if (!formed || this.named) return void response.writeHead(403).end();
        if (this.fault === 'asks-for-ever')
          return void response.end(this.form('/first', `<input name="q${this.asked.length}">`));
        if (!inside) return this.enter(fields.get('label') ?? '', '/first', response);
        return this.next(fields, response);
      case 'GET /login':
        return void response.end(this.form('/login', '<input name="user"><input name="password" type="password">'));
      case 'POST /login':
        return formed ? this.enter(fields.get('password') ?? '', '/', response) : void response.writeHead(403).end();
      case 'GET /password':
        return void response.end(this.form('/password', '<input name="password" type="password">'));
      case 'POST /password':
        if (!inside || !formed || fields.get('current') !== (this.password ?? INITIAL))
          return void response.writeHead(403).end();
        if (!this.takes(fields.get('password') ?? '', fields.get('repeat'))) return void response.writeHead(422).end();
        this.named = true;
        return to('/');
      case 'GET /':
      case 'GET /status':
      case 'GET /events':
        if (!inside) return to('/login');
        return this.usable() ? void response.end('{"brightness":"3"}') : to('/first');
      default:
        response.writeHead(404).end();
    }
  }

  private usable(): boolean {
    return this.named || this.fault === 'usable-before';
  }
  private enter(password: string, next: string, response: ServerResponse): void {
    const right = password === (this.password ?? INITIAL) || (this.fault === 'keeps-initial' && password === INITIAL);
    if (!right) return void response.writeHead(401).end(next === '/' ? 'no' : this.page(false));
    const id = randomBytes(24).toString('base64url');
    this.sessions.add(id);
    response.writeHead(303, { location: next, 'set-cookie': `sid=${id}; Path=/; Secure; HttpOnly` }).end();
  }
  private next(fields: URLSearchParams, response: ServerResponse): void {
    if (this.password === undefined) {
      if (!this.takes(fields.get('password') ?? '', fields.get('again'))) {
        return void response.writeHead(422).end(this.page(true));
      }
      const there = this.fault === 'loses-the-way' ? 'https://elsewhere.invalid/first' : '/first';
      return void response.writeHead(303, { location: there }).end();
    }
    const name = fields.get('name') ?? '';
    if (name === '' || fields.has('share')) return void response.writeHead(422).end(this.page(true));
    this.names.push(name);
    this.named = true;
    response.writeHead(303, { location: '/' }).end();
  }
  private takes(wanted: string, repeated: string | null): boolean {
    const taken =
      this.fault !== 'takes-nothing' &&
      wanted.length >= 10 &&
      wanted === repeated &&
      (wanted !== INITIAL || this.fault === 'takes-initial');
    if (taken) this.password = wanted;
    return taken;
  }
  private page(inside: boolean): string {
    if (!inside) return this.form('/first', '<input name="label" type="password">');
    return this.password === undefined
      ? this.form('/first', '<input name="password" type="password"><input name="again" type="password">')
      : `<form method="post" action="/logout"><input type="text" name="why"></form>${this.form('', '<input name="name"><input type="checkbox" name="share" value="on">')}`;
  }
  private form(action: string, inside: string): string {
    const token = randomBytes(16).toString('base64url');
    this.forms.add(token);
    return `<form method="post" action="${action}"><input type="hidden" name="csrf" value="${token}">${inside}<button name="go">Go</button></form>`;
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
