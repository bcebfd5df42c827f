import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openAuthority } from '../../src/authority/authority.ts';
import type { Said } from '../../src/privacy/erasure/decide.ts';
import { askParty, PARTIES_FILE } from '../../src/privacy/erasure/parties.ts';
import { type ConcernedParty, insertErasure, keepAnswer } from '../../src/privacy/erasure/rows.ts';
import { beginErasure } from '../../src/privacy/erasure/decide.ts';
import { openStore, type Store } from '../../src/store/open.ts';
import { ALICE, DEVICE } from './world.ts';

const BEARER = 'a-secret-of-the-party-0123456789';
const CLOUD: ConcernedParty = { id: 'cloud', how: 'on-call', subjects: [ALICE], items: ['climate'] };
type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

describe('a declared party', () => {
  const now = Date.now();
  const clock = { now: () => now };
  let folder: string;
  let server: Server;
  let store: Store;
  let ca: string;
  let answer: Answer;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parties-'));
    store = await openStore(join(folder, 'store'), clock);
    const authority = await openAuthority(join(folder, 'authority'), clock);
    const { keyPem, chainPem } = await authority.serverCredentials(['localhost']);
    ca = authority.anchorsPem();
    server = createServer({ key: keyPem, cert: chainPem }, (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => answer(request, response, body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    address();
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  const file = () => join(folder, PARTIES_FILE);
  const port = () => (server.address() as AddressInfo).port;
  function address(change: object = {}, mode = 0o600): void {
    const entry = { url: `https://localhost:${port()}/erase`, bearer: BEARER, ca, ...change };
    writeFileSync(file(), JSON.stringify({ cloud: entry }));
    chmodSync(file(), mode);
  }
  const order = {
    id: 'A'.repeat(22),
    subjects: [ALICE],
    askedBy: { who: 'device', deviceId: DEVICE },
    askedAt: now,
    undoUntil: now,
  } as const;
  const ask = (party = CLOUD): Promise<Said> =>
    askParty(
      { store, clock, file: file(), patience: 700 },
      party,
    )({
      order,
      concerns: { manufacturer: '', product: '', devices: [], parties: [party] },
      places: [],
      now,
    });
  const sends =
    (status: number, value: unknown, type = 'application/json'): Answer =>
    (_, response) => {
      response.writeHead(status, { 'content-type': type });
      response.end(typeof value === 'string' ? value : JSON.stringify(value));
    };

  it('is-told-whose-data-of-what-and-nothing-else-and-counts-when-it-says-that-it-is-done', async () => {
    const heard: unknown[] = [];
    answer = (request, response, body) => {
      heard.push([request.method, request.url, request.headers.authorization, JSON.parse(body)]);
      sends(200, { state: 'erased', at: new Date(now).toISOString() })(request, response, body);
    };
    assert.deepEqual(await ask(), { state: 'erased', at: now });
    const body = { v: 1, id: order.id, subjects: [ALICE], items: ['climate'] };
    assert.deepEqual(heard, [['POST', '/erase', `Bearer ${BEARER}`, body]]);
  });

  it('is-asked-again-where-it-has-begun-and-is-named-where-a-law-binds-it', async () => {
    answer = sends(202, '');
    assert.deepEqual([(await ask()).state, (await ask()).because], ['waiting', 'it has begun']);
    answer = sends(200, { state: 'held', until: '2033-01-01T00:00:00Z', because: 'Tax Act, section 82' });
    const held = await ask();
    assert.deepEqual([held.state, held.until, held.because], ['held', Date.UTC(2033, 0, 1), 'Tax Act, section 82']);
  });

  it('has-failed-whatever-else-it-answers-and-the-reason-names-no-secret', async () => {
    const late = new Date(now + 86_400_000).toISOString();
    const early = new Date(now - 86_400_000).toISOString();
    for (const [given, because] of [
      [sends(200, {}), /says neither/],
      [sends(200, { state: 'erased' }), /says neither/],
      [sends(200, { state: 'erased', at: late }), /impossible moment/],
      [sends(200, { state: 'erased', at: early }), /impossible moment/],
      [sends(200, { state: 'held', until: early, because: 'x' }), /a moment that is none/],
      [sends(200, 'not JSON'), /says neither/],
      [sends(200, `"${'x'.repeat(20_000)}"`), /too long/],
      [sends(503, { title: 'down\n<b>now</b>' }, 'application/problem+json'), /^it answered 503: down b now \/b$/],
      [sends(401, 'no'), /^it answered 401$/],
      [
        (request: IncomingMessage, response: ServerResponse) =>
          response.writeHead(302, { location: `https://localhost:${port()}/` }).end(),
        /^it answered 302$/,
      ],
      [(request: IncomingMessage) => void request.socket.destroy(), /cannot be reached/],
      [() => undefined, /did not answer in time/],
    ] as const) {
      answer = given;
      const said = await ask();
      assert.equal(said.state, 'failed');
      assert.match(said.because ?? '', because);
      assert.ok(!JSON.stringify(said).includes(BEARER));
      assert.ok((said.because ?? '').length <= 200);
    }
  });

  it('is-not-called-where-its-certificate-is-anothers-or-others-can-read-its-secret', async () => {
    let called = 0;
    answer = (request, response, body) => {
      called++;
      sends(200, { state: 'erased', at: new Date(now).toISOString() })(request, response, body);
    };
    address({ ca: undefined });
    assert.match((await ask()).because ?? '', /cannot be reached/);
    address({ url: `https://127.0.0.2:${port()}/` });
    assert.equal((await ask()).state, 'failed');
    address({}, 0o640);
    assert.match((await ask()).because ?? '', /others can read/);
    for (const change of [
      { url: 'http://localhost/' },
      { bearer: 'short' },
      { bearer: `${BEARER}\r\nx: y` },
      { more: 1 },
    ]) {
      address(change);
      assert.match((await ask()).because ?? '', /is not as/);
    }
    assert.match((await ask({ ...CLOUD, id: 'toString' })).because ?? '', /./);
    address();
    assert.match((await ask({ ...CLOUD, id: 'other' })).because ?? '', /no address/);
    await rm(file());
    assert.match((await ask()).because ?? '', /no address/);
    address();
    assert.equal(called, 0);
  });

  it('that-people-ask-waits-for-what-an-operator-records', async () => {
    const party = { ...CLOUD, how: 'by-request' } as const;
    assert.equal((await ask(party)).state, 'waiting');
    const { state } = beginErasure(order, [{ place: 'party:cloud' }], now);
    const concerns = { manufacturer: '', product: '', devices: [], parties: [party] };
    await insertErasure(store.db, { state, concerns });
    await keepAnswer(store.db, order.id, 'cloud', { state: 'failed', at: now, because: 'refused' });
    await keepAnswer(store.db, order.id, 'cloud', { state: 'erased', at: now });
    assert.deepEqual(await ask(party), { state: 'erased', at: now });
  });
});
