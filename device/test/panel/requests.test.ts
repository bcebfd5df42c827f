import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { bench, Browser, setUp } from './bench.ts';
import { FUNCTIONS } from './declared.ts';

const JSON_TYPE = { 'content-type': 'application/json' };
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' };

test('nothing-declared-answers-without-a-login-and-nothing-tells-what-exists', async (t) => {
  const { app, calls, store } = await bench();
  t.after(() => app.close());
  await setUp(app);
  const stranger = new Browser(app, '192.0.2.2');
  const rooms = () => JSON.stringify(['accounts', 'settings', 'setup'].map((room) => store.read(room)));
  const before = rooms();
  const same = (path: string, answer: Awaited<ReturnType<Browser['get']>>) =>
    JSON.stringify([
      answer.statusCode,
      answer.headers.location,
      answer.headers['content-type'],
      answer.body.replaceAll(path, ''),
    ]);
  const unknownPage = same('/x', await stranger.get('/nothing'));
  const unknownApi = same('/x', await stranger.get('/api/nothing'));
  const unknownPost = same('/x', await stranger.post('/nothing', {}));
  const unknownApiPost = same('/x', await stranger.raw('/api/nothing', '{}', JSON_TYPE));
  for (const { request } of FUNCTIONS) {
    const api = request.path.startsWith('/api/');
    if (request.method === 'GET') {
      assert.equal(same(request.path, await stranger.get(request.path)), api ? unknownApi : unknownPage, request.path);
    } else {
      const answer = api ? await stranger.raw(request.path, '{}', JSON_TYPE) : await stranger.post(request.path, {});
      assert.equal(same(request.path, answer), api ? unknownApiPost : unknownPost, request.path);
    }
  }
  assert.match(unknownPage, /^\[303,"\/login"/);
  assert.match(unknownApi, /^\[401/);
  assert.deepEqual(calls, []);
  assert.equal(rooms(), before);
});

test('what-stands-open-before-login-names-neither-model-maker-nor-version', async (t) => {
  const { app } = await bench();
  t.after(() => app.close());
  await setUp(app);
  const stranger = new Browser(app, '192.0.2.2');
  for (const path of ['/login', '/nothing', '/api/status', '/style.css', '/panel.js', '/%zz']) {
    const answer = await stranger.get(path);
    assert.doesNotMatch(
      JSON.stringify(answer.headers) + answer.body,
      /QP-7|Example Appliances|Quiet Plug|1\.2\.3|SER1AL|fastify|node/i,
      path,
    );
  }
});

test('a-form-without-the-token-of-its-session-changes-nothing', async (t) => {
  const { app, calls } = await bench();
  t.after(() => app.close());
  const owner = await setUp(app);
  const other = await new Browser(app).get('/login');
  const foreign = /name="_csrf" value="([^"]*)"/.exec(other.body)?.[1] ?? '';
  assert.notEqual(foreign, '');
  assert.equal((await owner.post('/functions/set-lamp', { lamp: 'on' })).statusCode, 403);
  assert.equal((await owner.post('/functions/set-lamp', { lamp: 'on', _csrf: foreign })).statusCode, 403);
  assert.deepEqual(calls, []);
  assert.equal((await owner.submit('/', '/functions/set-lamp', { lamp: 'on' })).statusCode, 303);
  assert.equal(calls.length, 1);
});

test('a-login-form-from-another-browser-is-refused', async (t) => {
  const { app } = await bench();
  t.after(() => app.close());
  await setUp(app);
  const page = await new Browser(app).get('/login');
  const token = /name="_csrf" value="([^"]*)"/.exec(page.body)?.[1] ?? '';
  const answer = await new Browser(app).post('/login', { _csrf: token, user: 'owner', password: 'x' });
  assert.equal(answer.statusCode, 403);
});

test('a-request-from-another-site-or-to-another-name-is-refused', async (t) => {
  const { app, calls } = await bench();
  t.after(() => app.close());
  const owner = await setUp(app);
  const payload = '{"target":21}';
  const send = (headers: Record<string, string>) => owner.raw('/api/target', payload, { ...JSON_TYPE, ...headers });
  assert.equal((await send({ origin: 'https://evil.example' })).statusCode, 403);
  assert.equal((await send({ origin: 'null' })).statusCode, 403);
  assert.equal((await send({ 'sec-fetch-site': 'cross-site' })).statusCode, 403);
  assert.equal((await send({ host: 'evil.example:8443' })).statusCode, 421);
  assert.equal((await owner.get('/login', { host: 'evil.example' })).statusCode, 421);
  assert.deepEqual(calls, []);
  assert.equal((await send({ origin: 'https://localhost:8443', 'sec-fetch-site': 'same-origin' })).statusCode, 200);
});

test('input-that-is-not-exactly-as-declared-never-reaches-the-product', async (t) => {
  const { app, calls, faults, wait } = await bench();
  t.after(() => app.close());
  const owner = await setUp(app);
  const bad: [string, number][] = [
    ['{"target":31}', 422],
    ['{"target":4.999}', 422],
    ['{"target":"20"}', 422],
    ['{"target":null}', 422],
    ['{"target":true}', 422],
    ['{"target":1e999}', 422],
    ['{}', 400],
    ['', 400],
    ['[20]', 400],
    ['{"target":[20]}', 400],
    ['{"target":20,"target":21}', 400],
    ['{"target":20,"more":1}', 400],
    ['{"target":20,"__proto__":1}', 400],
    ['{"target":20,"constructor":1}', 400],
    ['{"target":20', 400],
  ];
  for (const [payload, status] of bad) {
    const answer = await owner.raw('/api/target', payload, JSON_TYPE);
    assert.equal(answer.statusCode, status, payload);
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
    wait(1);
  }
  assert.equal((await owner.raw('/api/target', '{"target":20}', FORM_TYPE)).statusCode, 415);
  assert.equal((await owner.raw('/api/target', Buffer.from([0x7b, 0xff, 0x7d]), JSON_TYPE)).statusCode, 400);
  assert.equal((await owner.raw('/api/target', `{"target":${' '.repeat(20_000)}20}`, JSON_TYPE)).statusCode, 413);
  assert.deepEqual(calls, []);
  assert.deepEqual(faults, []);
  assert.equal((await owner.raw('/api/target', '{"target":20}', JSON_TYPE)).statusCode, 200);
  assert.deepEqual(
    calls.map(({ input }) => ({ ...(input as object) })),
    [{ target: 20 }],
  );
});

test('a-name-holds-no-control-characters-and-no-marks-that-turn-text-round', async (t) => {
  const { app, store } = await bench();
  t.after(() => app.close());
  const owner = await setUp(app);
  for (const name of ['a\u0000b', 'a\nb', 'a\u202eb', '', 'x'.repeat(41)]) {
    assert.equal((await owner.submit('/', '/settings/name', { name })).statusCode, 422, JSON.stringify(name));
  }
  assert.equal((store.read('settings') as { name: string }).name, 'Living room');
  const name = '<b>Bilik "Hijau" ✿</b>';
  assert.equal((await owner.submit('/', '/settings/name', { name })).statusCode, 303);
  assert.equal((store.read('settings') as { name: string }).name, name);
  assert.doesNotMatch((await owner.get('/')).body, /<b>Bilik/);
});

test('any-bytes-are-answered-with-a-refusal-and-no-fault', async (t) => {
  const { app, calls, faults, wait } = await bench();
  t.after(() => app.close());
  const owner = await setUp(app);
  const token = /name="_csrf" value="([^"]*)"/.exec((await owner.get('/')).body)?.[1] ?? '';
  const path = fc.constantFrom('/api/target', '/functions/set-lamp', '/settings/name', '/password', '/privacy/sharing');
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('%', '%ff', '__proto__', 'toString'));
  await fc.assert(
    fc.asyncProperty(
      path,
      fc.dictionary(fc.oneof(value, fc.constantFrom('lamp', 'target', 'x')), value),
      fc.uint8Array(),
      async (path, fields, bytes) => {
        wait(1);
        const pairs = Object.entries(fields).filter(([name, text]) => name.isWellFormed() && text.isWellFormed());
        const form = await owner.post(path, { ...Object.fromEntries(pairs), _csrf: token });
        const raw = await owner.raw(path, Buffer.from(bytes), path === '/api/target' ? JSON_TYPE : FORM_TYPE);
        const json = await owner.raw('/api/target', JSON.stringify(fields), JSON_TYPE);
        for (const answer of [form, raw, json]) {
          const consentWithdrawn = answer === form && path === '/privacy/sharing' && pairs.length === 0;
          if (!consentWithdrawn) assert.ok([400, 403, 415, 422].includes(answer.statusCode), String(answer.statusCode));
        }
      },
    ),
    { numRuns: 150 },
  );
  assert.deepEqual(faults, []);
  assert.deepEqual(calls, []);
});

test('consent-is-withdrawn-by-a-box-that-is-not-ticked', async (t) => {
  const { app, store } = await bench();
  t.after(() => app.close());
  const owner = await setUp(app);
  await owner.submit('/privacy', '/privacy/sharing', { 'usage-statistics': 'on' });
  assert.deepEqual((store.read('settings') as { consents: object }).consents, { 'usage-statistics': true });
  assert.equal((await owner.submit('/privacy', '/privacy/sharing', {})).statusCode, 303);
  assert.deepEqual((store.read('settings') as { consents: object }).consents, { 'usage-statistics': false });
});

test('one-client-cannot-take-all-of-the-device', async (t) => {
  const { app } = await bench();
  t.after(() => app.close());
  await setUp(app);
  const greedy = new Browser(app, '192.0.2.2');
  for (let i = 0; i < 400; i += 1) assert.equal((await greedy.get('/style.css')).statusCode, 200);
  const refused = await greedy.get('/style.css');
  assert.deepEqual([refused.statusCode, refused.headers['retry-after']], [429, '1']);
  assert.equal((await new Browser(app, '192.0.2.3').get('/login')).statusCode, 200);
});
