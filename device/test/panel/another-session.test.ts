import { test } from 'node:test';
import assert from 'node:assert/strict';
import { defaultParts } from '../../src/parts.ts';
import type { Declaration } from '@hearthward/product';
import { bench, Browser, OWN, setUp } from './bench.ts';
import { DECLARED } from './declared.ts';

type SecondLogin = NonNullable<NonNullable<Declaration['authenticationMechanisms'][number]['session']>['secondLogin']>;
const OFFERS: SecondLogin = {
  kind: 'offers',
  page: '/login/session',
  path: '/login/session',
  field: 'choice',
  value: 'end',
  decline: 'keep',
};
const declaredAs = (secondLogin: SecondLogin): Declaration => ({
  ...DECLARED,
  authenticationMechanisms: DECLARED.authenticationMechanisms.map((each) =>
    each.session ? { ...each, session: { ...each.session, secondLogin } } : each,
  ),
});
const answer = (who: Browser, choice: string) => who.submit('/login/session', '/login/session', { choice });

test('a-second-administrator-is-asked-before-the-first-session-ends', async (t) => {
  const { app, store } = await bench({ declaration: declaredAs(OFFERS) });
  t.after(() => app.close());
  const first = await setUp(app);
  const second = new Browser(app, '192.0.2.1');
  const asked = await second.logIn();
  assert.deepEqual([asked.statusCode, asked.headers.location], [303, '/login/session']);
  assert.equal(second.cookies.has('__Host-session'), false, 'the right password alone opens nothing');
  const id = second.cookies.get('__Host-sign-in') ?? '';
  assert.match(id, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(JSON.stringify([...store.rooms]).includes(id), false, 'only its hash is kept');
  assert.equal((await second.get('/api/status')).statusCode, 401);
  const page = await second.get('/login/session');
  assert.match(page.body, /<time datetime="2026-01-01T00:00:00.000Z">/, 'it says since when');
  assert.equal((await first.get('/api/status')).statusCode, 200);

  const into = await answer(second, 'end');
  assert.deepEqual([into.statusCode, into.headers.location], [303, '/']);
  assert.equal((await second.get('/api/status')).statusCode, 200);
  assert.equal((await first.get('/api/status')).statusCode, 401);
  assert.equal(second.cookies.has('__Host-sign-in'), false);
  assert.deepEqual(store.read('signIns'), { pending: [] });
});

test('declining-leaves-the-first-session-and-nothing-of-the-second', async (t) => {
  const { app, store } = await bench({ declaration: declaredAs(OFFERS) });
  t.after(() => app.close());
  const first = await setUp(app);
  const second = new Browser(app, '192.0.2.2');
  await second.logIn();
  assert.equal((await answer(second, 'keep')).headers.location, '/login');
  assert.match((await second.get('/login')).body, /The other session goes on/);
  assert.equal((await first.get('/api/status')).statusCode, 200);
  assert.equal((await second.get('/api/status')).statusCode, 401);
  assert.deepEqual(store.read('signIns'), { pending: [] });
  const late = await second.submit('/login', '/login/session', { choice: 'end' });
  assert.equal(late.statusCode, 401, 'what was declined is over');
});

test('an-offer-is-of-no-use-elsewhere-later-or-after-a-new-password', async (t) => {
  const { app, wait } = await bench({ declaration: declaredAs(OFFERS) });
  t.after(() => app.close());
  const first = await setUp(app);
  const second = new Browser(app, '192.0.2.2');
  const thief = new Browser(app, '198.51.100.9');
  const steal = () => thief.cookies.set('__Host-sign-in', second.cookies.get('__Host-sign-in') ?? '');
  await second.logIn();
  steal();
  await thief.get('/login');
  assert.equal((await answer(thief, 'end')).statusCode, 403, 'its forms are tied to the browser');
  assert.equal((await thief.get('/login/session')).headers.location, '/login');
  wait(300);
  assert.equal((await second.get('/login/session')).headers.location, '/login');
  await second.logIn();
  const page = await second.get('/login/session');
  const token = /name="_csrf" value="([^"]*)"/.exec(page.body)?.[1] ?? '';
  const fresh = 'four-Quiet-Mountains';
  await first.submit('/password', '/password', { current: OWN, password: fresh, repeat: fresh });
  assert.equal((await second.post('/login/session', { _csrf: token, choice: 'end' })).statusCode, 401);
  assert.equal((await first.get('/api/status')).statusCode, 200);
});

test('a-reset-erases-what-is-pending', async (t) => {
  const { app, store } = await bench({ declaration: declaredAs(OFFERS) });
  t.after(() => app.close());
  const first = await setUp(app);
  await new Browser(app, '192.0.2.2').logIn();
  assert.equal((store.read('signIns') as { pending: unknown[] }).pending.length, 1);
  await first.submit('/reset', '/reset', { password: OWN });
  assert.equal(store.read('signIns'), undefined);
});

test('the-offer-is-gone-where-the-first-session-is', async (t) => {
  const { app } = await bench({ declaration: declaredAs(OFFERS) });
  t.after(() => app.close());
  const first = await setUp(app);
  const second = new Browser(app, '192.0.2.2');
  await second.logIn();
  await first.submit('/', '/logout', {});
  assert.equal((await second.get('/login/session')).headers.location, '/');
  assert.equal((await second.get('/api/status')).statusCode, 200);
});

test('who-signs-in-again-in-one-browser-is-not-asked', async (t) => {
  const { app } = await bench({ declaration: declaredAs(OFFERS) });
  t.after(() => app.close());
  const owner = await setUp(app);
  assert.equal((await owner.logIn()).headers.location, '/');
});

test('a-second-administrator-is-refused-where-that-is-declared', async (t) => {
  const { app, wait } = await bench({ declaration: declaredAs({ kind: 'refuses' }) });
  t.after(() => app.close());
  const first = await setUp(app);
  const second = new Browser(app, '192.0.2.2');
  const refused = await second.logIn();
  assert.equal(refused.statusCode, 401);
  assert.match(refused.body, /An owner is signed in already/);
  assert.equal(second.cookies.has('__Host-session'), false);
  assert.equal((await first.get('/api/status')).statusCode, 200);
  wait(900);
  assert.equal((await second.logIn()).statusCode, 303, 'an idle session keeps nobody out');
});

test('a-set-up-left-half-way-keeps-nobody-out', async (t) => {
  const { app } = await bench({ declaration: declaredAs(OFFERS) });
  t.after(() => app.close());
  const lost = new Browser(app);
  await lost.submit('/setup', '/setup', { step: '1', labelPassword: 'ABCDEFGHJKLMNPQR' });
  await setUp(app);
  assert.equal((await lost.get('/api/status')).statusCode, 401);
});

test('a-device-that-asks-nothing-shows-it', async (t) => {
  // the part that a twin replaces is the one that asks
  const silent: typeof defaultParts.signIn = (state, event, now) =>
    defaultParts.signIn(
      state,
      'facts' in event ? { ...event, facts: { ...event.facts, 'another-session': 'nothing' } } : event,
      now,
    );
  const { app } = await bench({ declaration: declaredAs(OFFERS), parts: { signIn: silent } });
  t.after(() => app.close());
  const first = await setUp(app);
  assert.equal((await new Browser(app, '192.0.2.2').logIn()).headers.location, '/');
  assert.equal((await first.get('/api/status')).statusCode, 401);
});
