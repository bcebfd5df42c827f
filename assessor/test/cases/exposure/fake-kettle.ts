import { randomBytes } from 'node:crypto';
import { createServer as createHttps, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { selfSigned } from '../../certificate.ts';
import { INITIAL, KETTLE, MODEL, PASSWORD } from './fake-kettle-declaration.ts';

/** A kettle with a panel and a public site, which does right, or exactly one thing wrong. */
export type Fault =
  | 'old-tls'
  | 'old-ciphers'
  | 'tells-version'
  | 'tells-trace'
  | 'takes-anything'
  | 'reflects'
  | 'falls-over'
  | 'never-recovers'
  | 'hides-model'
  | 'open-reading'
  | 'form-elsewhere'
  | 'form-in-address'
  | 'no-date'
  | 'no-contact'
  | 'stale-security-txt'
  | 'same-page-for-all'
  | 'forgets-an-item'
  | 'no-steps'
  | 'reset-keeps-password'
  | 'reset-keeps-settings';

export { INITIAL, KETTLE, MODEL, PASSWORD };

export interface Kettle {
  readonly port: number;
  readonly sitePort: number;
  readonly certificate: string;
  readonly close: () => Promise<void>;
}

const FACTORY = { heat: '60', name: 'Kettle', password: INITIAL };

export type KettleState = typeof FACTORY;

/**
 * @param stores what it does with its state after every request
 * @param strict every refusal ends all sessions: a login has to be made again
 */
export async function startKettle(
  fault?: Fault,
  stores: (state: KettleState) => void = () => undefined,
  strict = false,
): Promise<Kettle> {
  const identity = selfSigned();
  const sessions = new Set<string>();
  let broken = false;
  let state = { heat: '60', name: 'Mine', password: PASSWORD };
  const escaped = (text: string): string =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

  const panel = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    const fields = new URLSearchParams(body);
    const inside = sessions.has(/(?:^|; )sid=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '');
    const path = (request.url ?? '/').replace(/\?.*$/s, '');
    if (fault === 'tells-version') response.setHeader('server', 'kettled/3.4.5');
    response.setHeader('content-type', 'text/html; charset=utf-8');
    const say = (status: number, text = ''): void => void response.writeHead(status).end(text);
    const isForm = request.headers['content-type'] === 'application/x-www-form-urlencoded';
    const refuse = (): void => {
      broken = fault === 'never-recovers';
      if (strict) sessions.clear();
      say(fault === 'falls-over' ? 500 : 422, fault === 'reflects' ? `no: ${[...fields.values()].join()}` : 'no');
    };
    if (path === '/login' && request.method === 'GET') {
      const action = fault === 'form-elsewhere' ? 'http://127.0.0.1:9/login' : '/login';
      return say(
        200,
        `<form method="${fault === 'form-in-address' ? 'get' : 'post'}" action="${action}"><input type="password" name="password"></form>`,
      );
    }
    if (path === '/login') {
      if (fields.get('password') !== state.password) return say(401, 'no');
      const fresh = randomBytes(24).toString('base64url');
      sessions.add(fresh);
      response.setHeader('set-cookie', `sid=${fresh}; HttpOnly; Secure`);
      return void response.writeHead(303, { location: '/' }).end();
    }
    if (!inside && !(fault === 'open-reading' && path === '/status')) {
      if (path === '/' || path === '/status' || path === '/about')
        return void response.writeHead(303, { location: '/login' }).end();
      return say(404, fault === 'tells-trace' ? 'Error\n    at serve (/opt/kettle/server.js:10:3)' : 'nothing here');
    }
    switch (`${request.method ?? ''} ${path}`) {
      case 'GET /':
        return say(
          200,
          `<form method="post" action="/name"><input name="name" value="${escaped(state.name)}"></form><form method="post" action="/password"><input type="password" name="current"></form>`,
        );
      case 'GET /status':
        if (broken) return say(503);
        response.setHeader('content-type', 'application/json');
        return say(200, JSON.stringify({ heat: state.heat, name: state.name }));
      case 'GET /about':
        return say(200, fault === 'hides-model' ? '<p>Kettle</p>' : `<p>Model ${MODEL}, version 3.4.5</p>`);
      case 'POST /heat':
        if (
          fault !== 'takes-anything' &&
          (!isForm ||
            fields.getAll('heat').length !== 1 ||
            !/^\d{2,3}$/.test(fields.get('heat') ?? '') ||
            Number(fields.get('heat')) > 100 ||
            Number(fields.get('heat')) < 40)
        )
          return refuse();
        state = { ...state, heat: fields.get('heat') ?? '' };
        return void response.writeHead(303, { location: '/' }).end();
      case 'POST /name': {
        const name = fields.get('name') ?? '';
        if (
          !isForm ||
          fields.getAll('name').length !== 1 ||
          name.length < 1 ||
          name.length > 40 ||
          /\p{Cc}/u.test(name)
        )
          return refuse();
        state = { ...state, name };
        return void response.writeHead(303, { location: '/' }).end();
      }
      case 'POST /password':
        if (fields.get('current') !== state.password) return say(403);
        state = { ...state, password: fields.get('fresh') ?? '' };
        return void response.writeHead(303, { location: '/' }).end();
      case 'POST /reset':
        if (fields.get('current') !== state.password) return say(403);
        state = {
          ...FACTORY,
          ...(fault === 'reset-keeps-password' ? { password: state.password } : {}),
          ...(fault === 'reset-keeps-settings' ? { heat: state.heat } : {}),
        };
        sessions.clear();
        return void response.writeHead(303, { location: '/' }).end();
      case 'POST /logout':
        return void response.writeHead(303, { location: '/login' }).end();
      default:
        return say(404, 'nothing here');
    }
  };

  const options = { cert: identity.certificate, key: identity.key };
  const weak =
    fault === 'old-tls'
      ? { minVersion: 'TLSv1' as const, ciphers: 'ALL:@SECLEVEL=0' }
      : fault === 'old-ciphers'
        ? { ciphers: 'ALL:@SECLEVEL=0' }
        : { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256' };
  const servers = [
    createHttps(
      { ...options, ...weak },
      over(async (request, response) => {
        await panel(request, response);
        stores(state);
      }),
    ),
    createHttps(
      options,
      over((request, response) => site(request, response, fault)),
    ),
  ];
  for (const server of servers) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const [port = 0, sitePort = 0] = servers.map((server) => (server.address() as AddressInfo).port);
  return {
    port,
    sitePort,
    certificate: identity.certificate,
    close: async () => void (await Promise.all(servers.map(stop))),
  };
}

const over =
  (answer: (request: IncomingMessage, response: ServerResponse) => Promise<void> | void) =>
  (request: IncomingMessage, response: ServerResponse) => {
    void Promise.resolve(answer(request, response)).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  };
const stop = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

const STEPS = (fault: Fault | undefined, text: string): string =>
  fault === 'no-steps'
    ? `<p>${text}</p>`
    : `<ol><li>${text}</li><li>Choose a password of your own, so that the Kettle is secure.</li><li>Press the button, and wait.</li></ol>`;
const LONG = 'The Kettle K-77 stands on your table and does what you ask of it. '.repeat(4);

function site(request: IncomingMessage, response: ServerResponse, fault: Fault | undefined): void {
  const pages: Readonly<Record<string, string>> = {
    '/product': `<p>The Kettle ${MODEL} is supported until ${fault === 'no-date' ? 'some day' : '31 December 2031'}.</p>`,
    '/security': `<p>Write to ${fault === 'no-contact' ? 'us' : '<a href="mailto:security@kettle.example">security@kettle.example</a>'}. We acknowledge your report within five working days, and tell you its status every 14 days.</p>`,
    '/privacy': `<h2>Tea times</h2><p>To boil the water before you wake. Handled by Kettle Works, given to Tea Partners, kept for 30 days.</p>${
      fault === 'forgets-an-item'
        ? ''
        : '<h2>Heat sensor</h2><p>Temperature of the water</p><h2>Number of boils</h2><p>To learn how long kettles last. Used by Kettle Works.</p>'
    }`,
    '/delete': `<p>${LONG}</p>${STEPS(fault, 'To delete your data from the device, hold the button.')}`,
    '/set-up': `<p>${LONG}</p>${STEPS(fault, 'Set up your kettle with the password on its label.')}`,
    '/check': `<p>${LONG}</p>${STEPS(fault, 'Check whether the password is your own.')}`,
  };
  if (request.url === '/.well-known/security.txt') {
    const expires = fault === 'stale-security-txt' ? '2026-01-01T00:00:00Z' : '2027-06-01T00:00:00Z';
    response
      .writeHead(200, { 'content-type': 'text/plain; charset=utf-8' })
      .end(`Contact: mailto:security@kettle.example\nExpires: ${expires}\nPolicy: https://kettle.example/security\n`);
    return;
  }
  const page = pages[request.url ?? ''] ?? (fault === 'same-page-for-all' ? Object.values(pages).join('') : undefined);
  response
    .writeHead(page === undefined ? 404 : 200, { 'content-type': 'text/html; charset=utf-8' })
    .end(page ?? '<p>There is no such page.</p>');
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
