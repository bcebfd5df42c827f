import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { Declaration } from '@hearthward/product';
import { languages } from '@hearthward/web';
import { textOf } from '../../src/logging/text.ts';
import { EVENT_KINDS } from '../../src/logging/catalogue.ts';
import { bench, Browser, setUp } from './bench.ts';
import { DECLARED, FUNCTIONS } from './declared.ts';

test('every-answer-forbids-framing-caching-sniffing-and-foreign-content', async (t) => {
  const { app } = await bench();
  t.after(() => app.close());
  const owner = await setUp(app);
  for (const path of ['/', '/login', '/nothing', '/api/status', '/api/nothing', '/style.css', '/%zz']) {
    const { headers } = await owner.get(path);
    assert.match(String(headers['content-security-policy']), /default-src 'none'.*frame-ancestors 'none'/, path);
    assert.equal(headers['cache-control'], 'no-store', path);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    assert.equal(headers['referrer-policy'], 'same-origin', path);
    assert.match(String(headers['strict-transport-security']), /max-age/, path);
    assert.equal(headers['server'] ?? headers['x-powered-by'], undefined, path);
  }
});

test('a-fault-tells-the-client-nothing-of-its-cause', async (t) => {
  const { app, faults } = await bench({
    parts: {
      extend: (app) => {
        app.get('/api/broken', () => {
          throw new Error('secret cause at /usr/lib/device.ts');
        });
      },
    },
  });
  t.after(() => app.close());
  const owner = await setUp(app);
  const answer = await owner.get('/api/broken');
  assert.equal(answer.statusCode, 500);
  assert.deepEqual(answer.json(), { type: 'about:blank', title: 'Internal Server Error', status: 500 });
  assert.equal(faults.length, 1);
  assert.equal(
    (await new Browser(app).get('/api/broken')).statusCode,
    401,
    'an added route stands behind the guard too',
  );
});

test('the-owner-reads-model-events-and-status', async (t) => {
  const { app } = await bench();
  t.after(() => app.close());
  const owner = await setUp(app);
  assert.match((await owner.get('/safety')).body, /QP-7/);
  const { events } = (await owner.get('/api/events')).json<{ events: { kind: string; at: string }[] }>();
  assert.equal(events[0]?.kind, 'set-up-completed');
  assert.equal(events[0]?.at, '2026-01-01T00:00:00.000Z');
  const status = (await owner.get('/api/status')).json<Record<string, unknown>>();
  assert.deepEqual(
    [status['lamp'], status['name'], status['sharing']],
    ['off', 'Living room', { 'usage-statistics': 'off' }],
  );
});

test('only-declared-functions-have-a-route', async (t) => {
  const fewer = { ...DECLARED, externalFunctions: FUNCTIONS.filter(({ id }) => id !== 'set-lamp') } as Declaration;
  const { app, calls } = await bench({ declaration: fewer });
  t.after(() => app.close());
  const owner = await setUp(app);
  assert.equal((await owner.submit('/', '/functions/set-lamp', { lamp: 'on' })).statusCode, 404);
  assert.deepEqual(calls, []);
});

test('a-declared-function-without-a-handler-stops-the-start', async () => {
  const [any] = FUNCTIONS;
  assert.ok(any);
  const request = { ...any.request, path: '/fly' };
  const more = { ...DECLARED, externalFunctions: [...FUNCTIONS, { ...any, id: 'fly', request }] } as Declaration;
  await assert.rejects(bench({ declaration: more }), { code: 'not-declared' });
});

test('a-role-calls-only-what-is-declared-for-it', async (t) => {
  const all = FUNCTIONS.map(({ id }) => id).filter((id) => id !== 'set-lamp');
  const accessControls = [{ id: 'owner', role: 'owner', description: { en: 'owner' }, functions: all }];
  const { app, calls, store } = await bench({ declaration: { ...DECLARED, accessControls } });
  t.after(() => app.close());
  const owner = await setUp(app);
  assert.equal((await owner.submit('/', '/functions/set-lamp', { lamp: 'on' })).statusCode, 403);
  assert.deepEqual(calls, []);
  assert.ok(
    store.events(9).some(({ kind, detail }) => kind === 'access-refused' && detail['because'] === 'not-allowed'),
  );
});

test('the-password-field-is-masked', async (t) => {
  const { app } = await bench();
  t.after(() => app.close());
  await setUp(app);
  const { body } = await new Browser(app).get('/login');
  const [input = ''] = /<input[^>]*name="password"[^>]*>/.exec(body) ?? [];
  assert.match(input, /type="password"/);
});

test('a-change-by-get-stops-the-start', async () => {
  const [any] = FUNCTIONS;
  assert.ok(any);
  const externalFunctions = [
    ...FUNCTIONS,
    { ...any, id: 'set-lamp', kind: 'change' as const, request: { ...any.request, path: '/go' } },
  ];
  await assert.rejects(bench({ declaration: { ...DECLARED, externalFunctions } }), { code: 'not-declared' });
});

test('what-happened-is-told-once', async (t) => {
  const { app } = await bench();
  t.after(() => app.close());
  const owner = await setUp(app);
  await owner.submit('/', '/settings/name', { name: 'Hall' });
  assert.match((await owner.get('/')).body, /role="status"/);
  assert.doesNotMatch((await owner.get('/')).body, /role="status"/);
  owner.cookies.set('__Host-notice', 'anything-else');
  assert.doesNotMatch((await owner.get('/')).body, /role="status"/);
});

test('every-event-has-its-words-in-every-language', () => {
  for (const kind of EVENT_KINDS) {
    for (const { id } of languages) assert.ok(textOf({ at: '', kind, detail: {} }, id).length > 3, `${kind} ${id}`);
  }
});

test('a-role-that-does-not-exist-stops-the-start', async () => {
  const accessControls = [{ id: 'boss', role: 'boss', description: { en: 'boss' }, functions: [] }];
  await assert.rejects(bench({ declaration: { ...DECLARED, accessControls } }), { code: 'not-declared' });
});
