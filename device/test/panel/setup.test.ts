import { test } from 'node:test';
import assert from 'node:assert/strict';
import { paths } from '@hearthward/web';
import { bench, Browser, LABEL, memoryStore, OWN, setUp } from './bench.ts';

test('before-the-set-up-nothing-else-answers', async (t) => {
  const { app } = await bench();
  t.after(() => app.close());
  const stranger = new Browser(app);
  for (const path of ['/', '/safety', '/privacy', '/password', '/nothing']) {
    assert.equal((await stranger.get(path)).headers.location, '/setup', path);
  }
  assert.equal((await stranger.get('/api/status')).statusCode, 401);
});

test('the-label-password-alone-opens-no-function', async (t) => {
  const { app } = await bench();
  t.after(() => app.close());
  const owner = new Browser(app);
  assert.equal((await owner.logIn(LABEL)).statusCode, 303);
  assert.equal((await owner.get('/')).headers.location, '/setup');
  assert.equal((await owner.get('/api/status')).statusCode, 403);
  assert.equal((await owner.post('/functions/set-lamp', { lamp: 'on' })).statusCode, 403);
});

test('the-set-up-leads-from-label-to-own-password-name-and-choices', async (t) => {
  const { app, store } = await bench();
  t.after(() => app.close());
  const owner = new Browser(app);
  const go = (fields: Record<string, string>) => owner.submit('/setup', '/setup', fields);
  assert.equal((await go({ step: '1', labelPassword: 'WRONGWRONGWRONGW' })).statusCode, 401);
  assert.equal((await go({ step: '1', labelPassword: LABEL })).statusCode, 303);
  assert.equal((await go({ step: '3', name: 'Hall' })).statusCode, 422, 'no step is left out');
  assert.equal(
    (await go({ step: '2', password: LABEL, repeat: LABEL })).statusCode,
    422,
    'not the label password again',
  );
  assert.equal((await go({ step: '2', password: 'short', repeat: 'short' })).statusCode, 422);
  assert.equal((await go({ step: '2', password: OWN, repeat: 'three-Quiet-Lakes' })).statusCode, 422);
  assert.equal(store.read('accounts'), undefined);
  assert.equal((await go({ step: '2', password: OWN, repeat: OWN })).statusCode, 303);
  assert.equal((await go({ step: '3', name: '' })).statusCode, 422);
  assert.equal((await go({ step: '3', name: 'Hall', 'usage-statistics': 'on' })).statusCode, 303);
  assert.deepEqual(store.read('setup'), { step: 'initialised' });
  assert.deepEqual(store.read('settings'), { name: 'Hall', consents: { 'usage-statistics': true } });
  assert.equal((await owner.get('/')).statusCode, 200);
});

test('who-has-the-label-sees-that-the-device-is-as-new-and-where-to-ask-and-who-has-not-sees-nothing', async (t) => {
  const { app } = await bench({ possession: async () => '1.AA.BB' });
  t.after(() => app.close());
  const buyer = new Browser(app);
  const before = (await buyer.get('/setup')).body;
  assert.ok(!before.includes('SER1AL0001') && !before.includes('as_new') && !before.includes('1.AA.BB'));
  await buyer.submit('/setup', '/setup', { step: '1', labelPassword: LABEL });
  const { body } = await buyer.get('/setup');
  assert.ok(body.includes('SER1AL0001') && body.includes('id="as_new"'));
  assert.match(body, /href="https:[^"]+\/check\?word=1\.AA\.BB"/);
  await buyer.submit('/setup', '/setup', { step: '2', password: OWN, repeat: OWN });
  assert.ok(!(await buyer.get('/setup')).body.includes('as_new'), 'from here on it is somebody’s');
});

test('no-consent-is-given-by-not-choosing', async (t) => {
  const { app, store } = await bench();
  t.after(() => app.close());
  await setUp(app);
  assert.deepEqual(store.read('settings'), { name: 'Living room', consents: { 'usage-statistics': false } });
});

test('the-label-password-opens-nothing-after-the-set-up', async (t) => {
  const { app } = await bench();
  t.after(() => app.close());
  await setUp(app);
  assert.equal((await new Browser(app, '192.0.2.2').logIn(LABEL)).statusCode, 401);
});

test('the-set-up-cannot-be-run-again', async (t) => {
  const { app } = await bench();
  t.after(() => app.close());
  const owner = await setUp(app);
  const stranger = new Browser(app, '192.0.2.2');
  assert.equal((await stranger.get('/setup')).headers.location, '/login');
  assert.equal((await stranger.submit('/login', '/setup', { step: '1', labelPassword: LABEL })).statusCode, 401);
  assert.equal((await owner.submit('/', '/setup', { step: '2', password: 'x', repeat: 'x' })).statusCode, 404);
});

test('a-set-up-that-a-power-cut-interrupted-goes-on-with-the-own-password', async (t) => {
  const store = memoryStore();
  const first = await bench({ store });
  const owner = new Browser(first.app);
  await owner.submit('/setup', '/setup', { step: '1', labelPassword: LABEL });
  await owner.submit('/setup', '/setup', { step: '2', password: OWN, repeat: OWN });
  await first.app.close();
  const second = await bench({ store });
  t.after(() => second.app.close());
  const again = new Browser(second.app);
  assert.equal((await again.submit('/setup', '/setup', { step: '1', labelPassword: LABEL })).statusCode, 401);
  assert.equal((await again.submit('/setup', '/setup', { step: '1', labelPassword: OWN })).statusCode, 303);
  assert.equal((await again.submit('/setup', '/setup', { step: '3', name: 'Hall' })).statusCode, 303);
});

test('a-reset-erases-what-people-put-in-and-asks-for-the-password', async (t) => {
  const { app, store, resets } = await bench();
  t.after(() => app.close());
  const owner = await setUp(app);
  assert.equal((await owner.submit('/reset', '/reset', { password: 'wrong' })).statusCode, 403);
  assert.notEqual(store.read('accounts'), undefined);
  assert.equal((await owner.submit('/reset', '/reset', { password: OWN })).statusCode, 303);
  assert.deepEqual([...store.rooms], [['setup', { step: 'factory-default' }]]);
  assert.equal(resets(), 1);
  assert.equal(store.events(1)[0]?.kind, 'factory-reset');
  assert.equal((await owner.get('/api/status')).statusCode, 401);
  assert.equal((await new Browser(app).logIn(LABEL)).statusCode, 303);
});

test('nobody-signs-in-or-sets-up-while-a-reset-goes-on', async (t) => {
  const during = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const onReset = async (): Promise<void> => {
    begun.resolve();
    await during.promise;
  };
  const { app } = await bench({ onReset });
  t.after(() => app.close());
  const owner = await setUp(app);
  const reset = owner.submit('/reset', '/reset', { password: OWN });
  await begun.promise;
  const visitor = new Browser(app);
  for (const path of ['/', '/setup', '/login', '/nowhere']) {
    const { statusCode, headers, body } = await visitor.get(path);
    assert.equal(statusCode, 503, path);
    assert.match(String(headers['retry-after']), /^\d+$/);
    assert.match(body, /is being erased/);
  }
  const asked = { step: '1', labelPassword: LABEL };
  assert.equal((await visitor.post('/setup', asked)).statusCode, 503);
  assert.equal((await owner.get('/api/status')).statusCode, 503, 'whoever was signed in does nothing more');
  assert.equal((await visitor.get(paths.stylesheet)).statusCode, 200, 'the page that says so is made of something');
  during.resolve();
  assert.equal((await reset).statusCode, 303);
  assert.equal((await visitor.submit('/setup', '/setup', asked)).statusCode, 303);
});

test('a-reset-that-a-power-cut-interrupted-is-finished-at-start', async (t) => {
  const store = memoryStore();
  const first = await bench({ store });
  await setUp(first.app);
  await first.app.close();
  store.write('setup', { step: 'resetting' });
  const second = await bench({ store });
  t.after(() => second.app.close());
  assert.deepEqual([...store.rooms], [['setup', { step: 'factory-default' }]]);
  assert.equal(second.resets(), 1);
});
