import { test } from 'node:test';
import assert from 'node:assert/strict';
import type { PasswordRecord } from '@hearthward/protocol';
import { verifyPassword } from '../../src/access/passwords/record.ts';
import { bench, Browser, LABEL, memoryStore, OWN, setUp } from './bench.ts';

const withoutToken = (body: string): string => body.replace(/name="_csrf" value="[^"]*"/g, '');

test('the-right-password-opens-and-nothing-else-does', async (t) => {
  const { app } = await bench();
  t.after(() => app.close());
  await setUp(app);
  const guest = new Browser(app, '192.0.2.2');
  assert.equal((await guest.logIn('wrong')).statusCode, 401);
  assert.equal((await guest.get('/')).statusCode, 303);
  const answer = await guest.logIn();
  assert.equal(answer.statusCode, 303);
  assert.equal(answer.headers.location, '/');
  assert.equal((await guest.get('/')).statusCode, 200);
});

test('wrong-user-wrong-password-and-a-held-back-account-read-the-same', async (t) => {
  const { app } = await bench();
  t.after(() => app.close());
  await setUp(app);
  const guest = new Browser(app, '192.0.2.2');
  const unknown = await guest.logIn('wrong', 'nobody');
  const wrong = await guest.logIn('wrong', 'owner');
  for (let i = 0; i < 5; i += 1) await new Browser(app, `198.51.100.${i}`).logIn('wrong', 'owner');
  const fresh = new Browser(app, '203.0.113.7');
  const held = await fresh.logIn(OWN, 'owner');
  assert.deepEqual([unknown.statusCode, wrong.statusCode, held.statusCode], [401, 401, 401]);
  const names = (answer: typeof held) => Object.keys(answer.headers).sort();
  assert.deepEqual(names(held), names(unknown));
  assert.equal(fresh.cookies.has('__Host-session'), false);
  assert.equal(withoutToken(unknown.body), withoutToken(wrong.body));
  assert.equal(withoutToken(held.body), withoutToken(wrong.body));
  assert.equal(held.body.includes('nobody'), false);
});

test('a-source-is-told-of-its-own-delay-alike-for-every-name', async (t) => {
  const { app } = await bench();
  t.after(() => app.close());
  await setUp(app);
  const told = async (from: string, names: readonly string[]) => {
    const curious = new Browser(app, from);
    const answers = [];
    for (const name of names) {
      const { statusCode, headers } = await curious.logIn('wrong', name);
      answers.push([statusCode, headers['retry-after']]);
    }
    return answers;
  };
  const strangers = await told('198.51.100.1', ['x', 'y', 'z', 'x', 'y']);
  assert.deepEqual(strangers.slice(2), [
    [401, undefined],
    [429, '1'],
    [429, '1'],
  ]);
  assert.deepEqual(await told('198.51.100.2', ['owner', 'owner', 'owner', 'owner', 'owner']), strangers);
  assert.deepEqual(await told('198.51.100.3', ['owner', 'x', 'owner', 'y', 'owner']), strangers);
});

test('a-user-who-does-not-exist-costs-the-same-hashing', async (t) => {
  const tried: PasswordRecord[] = [];
  const counting: typeof verifyPassword = (record, password) => {
    tried.push(record);
    return verifyPassword(record, password);
  };
  const { app } = await bench({ parts: { verifyPassword: counting } });
  t.after(() => app.close());
  const guest = new Browser(app);
  await guest.logIn('wrong', 'nobody');
  await guest.logIn('wrong', 'owner');
  assert.equal(tried.length, 2);
  assert.deepEqual([tried[0]?.memoryKib, tried[0]?.passes], [tried[1]?.memoryKib, tried[1]?.passes]);
});

test('guesses-are-held-back-across-a-restart', async (t) => {
  const store = memoryStore();
  const first = await bench({ store });
  await setUp(first.app);
  const guest = new Browser(first.app, '192.0.2.2');
  for (let i = 0; i < 3; i += 1) await guest.logIn('wrong');
  await first.app.close();
  const second = await bench({ store });
  t.after(() => second.app.close());
  const again = new Browser(second.app, '192.0.2.2');
  assert.equal((await again.logIn(OWN)).statusCode, 429, 'even the right password has to wait');
  second.wait(1);
  assert.equal((await again.logIn(OWN)).statusCode, 303);
});

test('an-attempt-is-stored-before-the-password-is-looked-at', async (t) => {
  const store = memoryStore();
  const seen: unknown[] = [];
  const powerCut: typeof verifyPassword = async () => {
    seen.push(store.read('throttle'));
    throw new Error('power cut');
  };
  const { app, faults } = await bench({ store, parts: { verifyPassword: powerCut } });
  t.after(() => app.close());
  const answer = await new Browser(app).logIn('wrong');
  assert.equal(answer.statusCode, 500);
  assert.equal(faults.length, 1);
  const [written] = seen as [{ accounts: { failures: number }[] }];
  assert.equal(written.accounts[0]?.failures, 1);
});

test('the-owner-comes-in-with-a-known-browser-while-others-guess', async (t) => {
  const { app, wait } = await bench();
  t.after(() => app.close());
  const owner = await setUp(app);
  for (let i = 0; i < 30; i += 1) {
    await new Browser(app, `198.51.100.${i}`).logIn('wrong');
    wait(2);
  }
  assert.equal((await new Browser(app, '203.0.113.9').logIn(OWN)).statusCode, 401, 'a browser that is not known');
  const abroad = new Browser(app, '203.0.113.10');
  abroad.cookies.set('__Host-device', owner.cookies.get('__Host-device') ?? '');
  assert.equal((await abroad.logIn(OWN)).statusCode, 303);
});

test('every-login-has-a-new-id-and-only-its-hash-is-kept', async (t) => {
  const { app, store } = await bench();
  t.after(() => app.close());
  const owner = await setUp(app);
  const before = owner.cookies.get('__Host-session');
  assert.equal((await owner.logIn()).statusCode, 303);
  const after = owner.cookies.get('__Host-session');
  assert.match(after ?? '', /^[A-Za-z0-9_-]{43}$/);
  assert.notEqual(after, before);
  const kept = JSON.stringify([...store.rooms]);
  assert.equal(kept.includes(String(after)), false);
  const planted = new Browser(app);
  planted.cookies.set('__Host-session', String(before));
  assert.equal((await planted.get('/api/status')).statusCode, 401);
});

test('logout-ends-the-session-on-the-device', async (t) => {
  const { app, store } = await bench();
  t.after(() => app.close());
  const owner = await setUp(app);
  const thief = new Browser(app);
  thief.cookies.set('__Host-session', owner.cookies.get('__Host-session') ?? '');
  assert.equal((await thief.get('/api/status')).statusCode, 200);
  const answer = await owner.submit('/', '/logout', {});
  assert.equal(answer.statusCode, 303);
  assert.equal(owner.cookies.has('__Host-session'), false);
  assert.equal((await thief.get('/api/status')).statusCode, 401);
  assert.deepEqual(store.read('sessions'), { sessions: [] });
});

test('an-idle-session-ends', async (t) => {
  const { app, wait, store } = await bench();
  t.after(() => app.close());
  const owner = await setUp(app);
  wait(899);
  assert.equal((await owner.get('/api/status')).statusCode, 200);
  wait(900);
  assert.equal((await owner.get('/api/status')).statusCode, 401);
  assert.deepEqual(store.read('sessions'), { sessions: [] });
  assert.ok(store.events(9).some(({ kind, detail }) => kind === 'session-ended' && detail['because'] === 'idle'));
});

test('a-second-administrator-ends-the-first-session', async (t) => {
  const { app, store } = await bench();
  t.after(() => app.close());
  const first = await setUp(app);
  const second = new Browser(app, '192.0.2.1');
  await second.logIn();
  assert.equal((await first.get('/api/status')).statusCode, 401);
  assert.equal((await second.get('/api/status')).statusCode, 200);
  assert.ok(
    store.events(9).some(({ kind, detail }) => kind === 'session-ended' && detail['because'] === 'another-login'),
  );
});

test('the-cookie-is-out-of-reach-of-scripts-sites-and-plain-http', async (t) => {
  const { app } = await bench();
  t.after(() => app.close());
  const answer = await new Browser(app).submit('/setup', '/setup', { step: '1', labelPassword: LABEL });
  const cookie = answer.cookies.find(({ name }) => name === '__Host-session');
  assert.deepEqual([cookie?.secure, cookie?.httpOnly, cookie?.sameSite, cookie?.path], [true, true, 'Strict', '/']);
  assert.equal('domain' in (cookie ?? {}), false);
});

test('logins-are-logged-without-names-or-passwords', async (t) => {
  const { app, store } = await bench();
  t.after(() => app.close());
  await setUp(app);
  const guest = new Browser(app, '192.0.2.2');
  for (let i = 0; i < 4; i += 1) await guest.logIn('my-secret-guess', 'my-secret-name');
  const kinds = store.events(50).map(({ kind }) => kind);
  for (const kind of ['login-succeeded', 'login-failed', 'login-throttled'])
    assert.ok((kinds as string[]).includes(kind), kind);
  assert.doesNotMatch(JSON.stringify([store.events(50), [...store.rooms]]), /my-secret/);
});
