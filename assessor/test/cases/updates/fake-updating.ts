import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { selfSigned } from '../../certificate.ts';
import type { Kettle } from '../exposure/fake-kettle.ts';
import { PASSWORD } from '../exposure/fake-kettle-declaration.ts';
import { FIELDS } from './fake-declaration.ts';

/** A kettle whose software is updated, and the bench that offers it releases; it does right, or exactly one thing wrong. */
export type UpdateFault =
  | 'never-looks'
  | 'looks-once'
  | 'installs-damaged'
  | 'installs-unsigned'
  | 'installs-older'
  | 'installs-other-model'
  | 'tells-nobody'
  | 'names-no-risk'
  | 'hides-it-elsewhere'
  | 'names-no-downtime'
  | 'forgets-its-heat'
  | 'comes-back-late'
  | 'never-comes-back'
  | 'asks-nobody'
  | 'lets-strangers-in'
  | 'waits-for-somebody'
  | 'keeps-its-choice'
  | 'cannot-be-put-off'
  | 'refuses-the-press'
  | 'stays-broken'
  | 'old-algorithms'
  | 'old-digests';

/** What the fake does with each release that a good one refuses; the fault that installs it. */
const BAD: Readonly<Record<string, { readonly fault: UpdateFault; readonly version: string; readonly news: boolean }>> =
  {
    damaged: { fault: 'installs-damaged', version: '6.6.1', news: true },
    unsigned: { fault: 'installs-unsigned', version: '6.6.2', news: true },
    older: { fault: 'installs-older', version: '0.9.0', news: false },
    'other-model': { fault: 'installs-other-model', version: '6.6.4', news: false },
    failing: { fault: 'stays-broken', version: '6.6.5', news: true },
  };

/** @param bench folder in which a release that is offered has a folder of its name */
export async function startUpdating(bench: string, fault?: UpdateFault): Promise<Kettle> {
  const identity = selfSigned();
  const sessions = new Set<string>();
  const kettle = {
    heat: '60',
    version: '1.0.0',
    next: 1,
    wasOffered: false,
    offered: '',
    ended: '',
    log: 0,
    checkedAt: fault === 'never-looks' ? '' : '2026-11-20T20:00:00.000Z',
    beginsAt: '',
    /** so often it does not answer to whoever looks at the page of updates */
    dead: 0,
    boxes: new Map(FIELDS.map((name) => [name as string, true])),
  };
  const look = (): void => {
    if (fault === 'never-looks') return;
    if (fault !== 'looks-once') kettle.checkedAt = new Date(Date.parse(kettle.checkedAt) + 60_000).toISOString();
    const offers = existsSync(join(bench, 'next'));
    if (offers && !kettle.wasOffered) kettle.next += 1;
    kettle.wasOffered = offers;
    const bad = Object.entries(BAD).find(([release]) => existsSync(join(bench, release)))?.[1];
    kettle.offered = offers && kettle.version !== `1.0.${kettle.next}` ? `1.0.${kettle.next}` : '';
    kettle.beginsAt = kettle.offered !== '' && fault !== 'waits-for-somebody' ? '2026-11-21T00:10:00.000Z' : '';
    if (bad === undefined) return;
    if (fault === bad.fault) kettle.version = bad.version;
    else if (bad.news && fault !== 'tells-nobody') {
      kettle.log += 1;
      kettle.ended = `${bad.version} was not installed (${kettle.log})`;
    }
  };
  const install = (): void => {
    if (kettle.offered === '') return;
    kettle.version = kettle.offered;
    kettle.ended = `${kettle.version} was installed`;
    kettle.offered = '';
    if (fault === 'forgets-its-heat') kettle.heat = '40';
    if (fault === 'never-comes-back') kettle.dead = Infinity;
    if (fault === 'comes-back-late') kettle.dead = 200;
  };

  const panel = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request);
    const fields = new URLSearchParams(body);
    const path = request.url ?? '/';
    if (kettle.dead > 0) {
      if (path === '/updates') kettle.dead -= 1;
      return void request.socket.destroy();
    }
    response.setHeader('content-type', 'text/html; charset=utf-8');
    const say = (status: number, text = ''): void => void response.writeHead(status).end(text);
    const done = (): void => void response.writeHead(303, { location: '/updates' }).end();
    if (path === '/login' && request.method === 'GET')
      return say(200, '<form method="post" action="/login"><input type="password" name="password"></form>');
    if (path === '/login') {
      if (fields.get('password') !== PASSWORD) return say(401, 'no');
      const fresh = randomBytes(24).toString('base64url');
      sessions.add(fresh);
      response.setHeader('set-cookie', `sid=${fresh}; HttpOnly; Secure`);
      return void response.writeHead(303, { location: '/' }).end();
    }
    const inside = sessions.has(/(?:^|; )sid=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '');
    const stranger = fault === 'lets-strangers-in' && path === '/updates/install';
    if (!inside && !stranger) return void response.writeHead(303, { location: '/login' }).end();
    switch (path) {
      case '/status':
        return say(200, JSON.stringify({ heat: kettle.heat }));
      case '/home':
        return say(200, `<h1>Kettle</h1>${fault === 'hides-it-elsewhere' ? '' : kettle.offered}`);
      case '/log':
        return say(200, JSON.stringify({ events: Array.from({ length: kettle.log }, () => 'update-refused') }));
      case '/updates':
        return say(200, page(kettle, fault));
      case '/updates/look':
        look();
        return done();
      case '/updates/install':
        if (fault === 'refuses-the-press') return say(500);
        if (!stranger && fault !== 'asks-nobody' && fields.get('current') !== PASSWORD) return say(403);
        if (fields.get('number') !== '7') return say(409);
        install();
        return done();
      case '/updates/later':
        if (fault !== 'cannot-be-put-off') kettle.beginsAt = '2026-11-21T08:00:00.000Z';
        return done();
      case '/updates/choose':
        if (fault !== 'keeps-its-choice') for (const name of FIELDS) kettle.boxes.set(name, fields.get(name) === 'on');
        return done();
      default:
        return say(404, 'nothing here');
    }
  };
  const options = { cert: identity.certificate, key: identity.key };
  const servers = [
    createServer(options, (request, response) => {
      void panel(request, response).catch(() => response.destroy());
    }),
    createServer(options, (request, response) => repository(request, response, fault)),
  ];
  for (const server of servers) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const [port = 0, sitePort = 0] = servers.map((server) => (server.address() as AddressInfo).port);
  const close = async (): Promise<void> => void (await Promise.all(servers.map(stop)));
  return { port, sitePort, certificate: identity.certificate, close };
}

type State = { readonly [name in 'version' | 'offered' | 'ended' | 'checkedAt' | 'beginsAt']: string } & {
  readonly boxes: ReadonlyMap<string, boolean>;
};
const page = (
  { version, offered, ended, checkedAt, beginsAt, boxes }: State,
  fault: UpdateFault | undefined,
): string => `
  <p id="v">${version}</p>
  <p>Looked: <span id="checked">${checkedAt === '' ? 'never' : `<time datetime="${checkedAt}">then</time>`}</span></p>
  ${
    offered === ''
      ? ''
      : `<h2 id="new">Version ${offered} is ready</h2>
  ${fault === 'names-no-risk' ? '' : '<div id="risks"><p>Strangers can <b>boil</b> your water.</p></div>'}
  ${fault === 'names-no-downtime' ? '' : '<p id="away">half a minute</p>'}
  ${beginsAt === '' ? '' : `<p id="begins">by itself at <time datetime="${beginsAt}">then</time></p>`}
  <form method="post" action="/updates/install"><input type="hidden" name="number" value="7"></form>
  <form method="post" action="/updates/later"><input type="hidden" name="number" value="7"></form>`
  }
  ${ended === '' ? '' : `<div id="ended">${ended}</div>`}
  <form method="post" action="/updates/look"></form>
  <form method="post" action="/updates/choose">${[...boxes].map(([name, on]) => `<input type="checkbox" name="${name}"${on ? ' checked' : ''}>`).join('')}</form>`;

function repository(request: IncomingMessage, response: ServerResponse, fault: UpdateFault | undefined): void {
  const scheme = fault === 'old-algorithms' ? 'rsassa-pkcs1v15-sha1' : 'ed25519';
  const hashes = fault === 'old-digests' ? { md5: 'aa' } : { sha256: 'aa', md5: 'aa' };
  const role = { keyids: ['k'], threshold: 1 };
  const signed: Readonly<Record<string, unknown>> = {
    '1.root.json': {
      keys: { k: { keytype: 'ed25519', scheme, keyval: { public: 'ab'.repeat(32) } } },
      roles: { root: role, targets: role, snapshot: role, timestamp: role },
    },
    'timestamp.json': { meta: { 'snapshot.json': { version: 3 } } },
    '3.snapshot.json': { meta: { 'targets.json': { version: 2 } } },
    '2.targets.json': { targets: { 'kettle/1.0.1/image.json': { hashes } } },
  };
  const found = signed[(request.url ?? '').replace('/updates/metadata/', '')];
  if ((request.url ?? '') === '/product')
    return void response
      .writeHead(200, { 'content-type': 'text/html' })
      .end('<p>What is serious is mended within 7 days, the rest within 60.</p>');
  if (found === undefined) return void response.writeHead(404, { 'content-type': 'text/html' }).end('<p>Nothing.</p>');
  response
    .writeHead(200, { 'content-type': 'application/json' })
    .end(JSON.stringify({ signed: found, signatures: [] }));
}

const stop = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
