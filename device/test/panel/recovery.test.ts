import { test, type TestContext } from 'node:test';
import assert from 'node:assert/strict';
import { bench, Browser, LABEL, OWN, setUp, type Bench } from './bench.ts';

/** What a press of the device's button opens, and that nothing else opens it. */

const NEXT = 'four-Loud-Mountains';
/** a browser in the home that nobody has signed in with */
const atHome = (device: Bench) => new Browser(device.app, '192.0.2.50');
const FAR = '198.51.100.1';

async function inUse(t: TestContext) {
  const device = await bench();
  t.after(() => device.app.close());
  const owner = await setUp(device.app);
  return { device, owner };
}
const recover = (browser: Browser, labelPassword = LABEL, password = NEXT) =>
  browser.submit('/forgotten', '/forgotten', { labelPassword, password, repeat: password });
const kinds = (device: Bench) => device.store.events(50).map(({ kind }) => kind);

test('a-press-lets-the-owner-in-from-the-home-although-others-guess', async (t) => {
  const { device } = await inUse(t);
  for (let i = 0; i < 6; i += 1) await new Browser(device.app, `203.0.113.${i}`).logIn('wrong');
  const telephone = atHome(device);
  assert.equal((await telephone.logIn()).statusCode, 401);
  device.press('short');
  assert.equal((await new Browser(device.app, FAR).logIn()).statusCode, 401, 'nobody from elsewhere gains by it');
  assert.equal((await telephone.logIn()).statusCode, 303);
  assert.ok(kinds(device).includes('button-pressed'));
});

test('the-label-password-alone-opens-nothing', async (t) => {
  const { device } = await inUse(t);
  const hashed = device.hashed();
  const browser = atHome(device);
  assert.doesNotMatch((await browser.get('/forgotten')).body, /name="labelPassword"/);
  const token = /name="_csrf" value="([^"]*)"/.exec((await browser.get('/login')).body)?.[1] ?? '';
  const fields = { _csrf: token, labelPassword: LABEL, password: NEXT, repeat: NEXT };
  assert.equal((await browser.post('/forgotten', fields)).statusCode, 403);
  assert.equal(device.hashed(), hashed, 'it was not even looked at');
  assert.equal((await atHome(device).logIn(LABEL)).statusCode, 401);
  assert.equal((await atHome(device).logIn()).statusCode, 303);
});

test('label-and-press-set-a-new-password-end-every-session-and-keep-the-rest', async (t) => {
  const { device, owner } = await inUse(t);
  const settings = device.store.read('settings');
  device.press('short');
  const browser = atHome(device);
  assert.match((await browser.get('/forgotten')).body, /name="labelPassword"/);
  const answer = await recover(browser);
  assert.deepEqual([answer.statusCode, answer.headers.location], [303, '/login']);
  assert.deepEqual(device.store.read('sessions'), { sessions: [] });
  assert.equal((await owner.get('/api/status')).statusCode, 401);
  assert.equal((await atHome(device).logIn(OWN)).statusCode, 401);
  assert.equal((await browser.logIn(NEXT)).statusCode, 303);
  assert.deepEqual(device.store.read('settings'), settings);
  assert.ok(kinds(device).includes('password-recovered'));
  assert.doesNotMatch(
    JSON.stringify([device.store.events(50), [...device.store.rooms]]),
    new RegExp(`${NEXT}|${LABEL}`),
  );
});

test('one-press-serves-once', async (t) => {
  const { device } = await inUse(t);
  device.press('short');
  await recover(atHome(device));
  const again = atHome(device);
  assert.doesNotMatch((await again.get('/forgotten')).body, /name="labelPassword"/);
});

test('a-press-counts-for-the-declared-time-and-in-the-home-only', async (t) => {
  const { device } = await inUse(t);
  device.press('short');
  assert.equal((await recover(new Browser(device.app, FAR))).statusCode, 403);
  const browser = atHome(device);
  await browser.get('/forgotten');
  device.wait(10 * 60);
  const answer = await recover(browser);
  assert.notEqual(answer.statusCode, 303);
  assert.equal((await atHome(device).logIn()).statusCode, 303, 'the password is the old one');
});

test('guesses-at-the-label-are-held-back-like-any-other', async (t) => {
  const { device } = await inUse(t);
  device.press('short');
  const hashed = device.hashed();
  for (let i = 0; i < 40; i += 1) await recover(new Browser(device.app, `192.0.2.${20 + (i % 20)}`), `guess ${i}`);
  assert.ok(device.hashed() - hashed <= 8 * 5 + 3, `${device.hashed() - hashed} were looked at`);
  assert.equal((await atHome(device).logIn(OWN)).statusCode, 303, 'the owner’s account is not held for it');
});

test('a-weak-new-password-is-refused-with-its-reason', async (t) => {
  const { device } = await inUse(t);
  device.press('short');
  for (const weak of ['password12', LABEL, OWN]) {
    const answer = await recover(atHome(device), LABEL, weak);
    assert.equal(answer.statusCode, 422, weak);
    assert.match(answer.body, /role="alert"/);
  }
  assert.equal((await atHome(device).logIn()).statusCode, 303);
});

test('holding-the-button-erases-what-people-have-put-in', async (t) => {
  const { device } = await inUse(t);
  device.press('long');
  const erased = () => JSON.stringify(device.store.read('setup')) === '{"step":"factory-default"}';
  while (!erased()) await new Promise((resolve) => setImmediate(resolve));
  for (const room of ['accounts', 'sessions', 'settings']) assert.equal(device.store.read(room), undefined, room);
  assert.equal(device.resets(), 1);
});

test('the-sign-in-page-leads-there', async (t) => {
  const { device } = await inUse(t);
  assert.match((await atHome(device).get('/login')).body, /href="\/forgotten"/);
});

test('there-is-nothing-to-recover-before-the-set-up', async (t) => {
  const device = await bench();
  t.after(() => device.app.close());
  device.press('short');
  assert.equal((await atHome(device).get('/forgotten')).statusCode, 303);
});
