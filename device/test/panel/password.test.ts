import { test } from 'node:test';
import assert from 'node:assert/strict';
import { DeviceFault } from '../../src/driver/faults.ts';
import { passwordRecord, verifyPassword } from '../../src/access/passwords/record.ts';
import { bench, Browser, LABEL, LIGHT, memoryStore, OWN, setUp } from './bench.ts';

const NEXT = 'four-Loud-Mountains';
const change = (browser: Browser, current: string, password: string, repeat = password) =>
  browser.submit('/password', '/password', { current, password, repeat });

test('a-changed-password-replaces-the-old-one', async (t) => {
  const { app, store, wait } = await bench();
  t.after(() => app.close());
  const owner = await setUp(app);
  const before = owner.cookies.get('__Host-session');
  assert.equal((await change(owner, OWN, NEXT)).statusCode, 303);
  assert.notEqual(owner.cookies.get('__Host-session'), before);
  assert.equal((await owner.get('/api/status')).statusCode, 200);
  const guest = new Browser(app, '192.0.2.2');
  assert.equal((await guest.logIn(OWN)).statusCode, 401);
  wait(60);
  assert.equal((await guest.logIn(NEXT)).statusCode, 303);
  assert.equal(
    store.events(9).some(({ kind }) => kind === 'password-changed'),
    true,
  );
  assert.doesNotMatch(JSON.stringify([...store.rooms]), /Mountains|Harbours/);
});

test('a-changed-password-ends-the-session-that-someone-else-holds', async (t) => {
  const { app } = await bench();
  t.after(() => app.close());
  const owner = await setUp(app);
  const thief = new Browser(app);
  thief.cookies.set('__Host-session', owner.cookies.get('__Host-session') ?? '');
  await change(owner, OWN, NEXT);
  assert.equal((await thief.get('/api/status')).statusCode, 401);
});

test('refuses-a-change-without-the-current-password', async (t) => {
  const { app, store, wait } = await bench();
  t.after(() => app.close());
  const owner = await setUp(app);
  const before = JSON.stringify(store.read('accounts'));
  assert.equal((await change(owner, 'not-the-current', NEXT)).statusCode, 403);
  assert.equal((await change(owner, '', NEXT)).statusCode, 403);
  assert.equal((await owner.submit('/password', '/password', { password: NEXT, repeat: NEXT })).statusCode, 400);
  assert.equal((await change(owner, 'again-not-it', NEXT)).statusCode, 403);
  assert.equal((await change(owner, OWN, NEXT)).statusCode, 429, 'a stolen session cannot guess for free');
  assert.equal(JSON.stringify(store.read('accounts')), before);
  wait(1);
  assert.equal((await change(owner, OWN, NEXT)).statusCode, 303);
});

const REFUSED = { weak: 'Password2026!', short: 'x-Q7', label: LABEL, unchanged: OWN, context: 'Living-room7' };
for (const [why, password] of Object.entries(REFUSED)) {
  test(`refuses-a-new-password-that-is-${why}`, async (t) => {
    const { app, store } = await bench();
    t.after(() => app.close());
    const owner = await setUp(app);
    const before = JSON.stringify(store.read('accounts'));
    assert.equal((await change(owner, OWN, password)).statusCode, 422);
    assert.equal(JSON.stringify(store.read('accounts')), before);
  });
}

test('refuses-a-return-to-the-password-before', async (t) => {
  const { app } = await bench();
  t.after(() => app.close());
  const owner = await setUp(app);
  assert.equal((await change(owner, OWN, NEXT)).statusCode, 303);
  assert.equal((await change(owner, NEXT, OWN)).statusCode, 422);
});

test('refuses-a-repetition-that-differs', async (t) => {
  const { app } = await bench();
  t.after(() => app.close());
  assert.equal((await change(await setUp(app), OWN, NEXT, 'four-Loud-Mountain')).statusCode, 422);
});

/** Something happens while the device hashes. */
const meanwhile = (happen: { now?: () => void }): { verifyPassword: typeof verifyPassword } => ({
  verifyPassword: async (record, password) => {
    const right = await verifyPassword(record, password);
    happen.now?.();
    return right;
  },
});

test('a-password-that-was-replaced-while-it-was-checked-opens-nothing', async (t) => {
  const happen: { now?: () => void } = {};
  const { app, store } = await bench({ parts: meanwhile(happen) });
  t.after(() => app.close());
  await setUp(app);
  const next = await passwordRecord(NEXT, new Uint8Array(16), LIGHT);
  happen.now = () =>
    store.write('accounts', { accounts: [{ name: 'owner', role: 'owner', password: next, previous: [] }] });
  assert.equal((await new Browser(app, '192.0.2.2').logIn(OWN)).statusCode, 401);
});

test('a-session-that-ended-meanwhile-changes-no-password', async (t) => {
  const happen: { now?: () => void } = {};
  const { app, store } = await bench({ parts: meanwhile(happen) });
  t.after(() => app.close());
  const owner = await setUp(app);
  happen.now = () => store.write('sessions', { sessions: [] });
  const before = JSON.stringify(store.read('accounts'));
  assert.equal((await change(owner, OWN, NEXT)).statusCode, 401);
  assert.equal(JSON.stringify(store.read('accounts')), before);
});

test('a-record-follows-when-the-cost-rises-and-opens-after-a-restart', async (t) => {
  const store = memoryStore();
  const costOf = () => {
    const { accounts } = store.read('accounts') as { accounts: { password: { passes: number; tag: string } }[] };
    return accounts[0]?.password;
  };
  const first = await bench({ store });
  await setUp(first.app);
  const before = costOf();
  await first.app.close();
  const dearer = { memoryKib: 19_456, passes: 3, parallelism: 1 };
  const second = await bench({ store, hashing: dearer });
  assert.equal((await new Browser(second.app, '192.0.2.2').logIn('wrong')).statusCode, 401);
  assert.equal(costOf()?.passes, before?.passes, 'a wrong password raises nothing');
  assert.equal((await new Browser(second.app).logIn()).statusCode, 303);
  assert.equal(costOf()?.passes, 3);
  assert.notEqual(costOf()?.tag, before?.tag);
  await second.app.close();
  const third = await bench({ store, hashing: dearer });
  t.after(() => third.app.close());
  const raised = costOf()?.tag;
  assert.equal((await new Browser(third.app).logIn()).statusCode, 303);
  assert.equal(costOf()?.tag, raised, 'once is enough');
  assert.equal((await new Browser(third.app, '192.0.2.2').logIn(LABEL)).statusCode, 401);
});

test('a-change-that-a-rollback-would-lose-is-refused-in-words-and-the-old-password-holds', async (t) => {
  const kept = memoryStore();
  let trial = false;
  const refusing =
    <Args extends readonly unknown[]>(work: (...args: Args) => void) =>
    (...args: Args): void => {
      if (trial) throw new DeviceFault('on-trial', 'accounts cannot be changed', 'Try again later.');
      work(...args);
    };
  const store = { ...kept, write: refusing(kept.write), writeAll: refusing(kept.writeAll) };
  const { app, faults } = await bench({ store });
  t.after(() => app.close());
  const owner = await setUp(app);
  trial = true;
  const answer = await change(owner, OWN, NEXT);
  trial = false;
  assert.equal(answer.statusCode, 409);
  assert.match(answer.body, /trying out new software/);
  assert.deepEqual(faults, []);
  assert.equal((await new Browser(app, '192.0.2.2').logIn(OWN)).statusCode, 303);
});
