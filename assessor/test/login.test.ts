import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { benchOf, type Bench } from './instruments.ts';
import { PASSWORD, startFakeProduct, type FakeProduct } from './fake-product.ts';

let product: FakeProduct;
let bench: Bench;
before(async () => {
  product = await startFakeProduct();
  bench = await benchOf(product.targetFile);
});
after(async () => {
  bench.close();
  await product.close();
});

test('logs in by the declared form, reads, changes, reads back and logs out', async () => {
  const { login } = bench.probe;
  const outcome = await login.attempt('password');
  assert.equal(outcome.kind, 'in');
  assert.ok(outcome.kind === 'in');
  const changed = await login.call('set-brightness', outcome.session, { value: 7 });
  assert.ok(changed.ok && changed.answer.status === 303, JSON.stringify(changed));
  assert.equal(product.brightness(), '7');
  const read = await login.call('read-brightness', outcome.session);
  assert.ok(read.ok && read.answer.body === '{"brightness":"7"}');
  const out = await login.logout('password', outcome.session);
  assert.ok(out?.ok && out.answer.status === 303);
  assert.equal(product.sessions.size, 0);
});

test('refuses to change without a session', async () => {
  const answer = await bench.probe.login.call('set-brightness', undefined, { value: 9 });
  assert.ok(answer.ok && answer.answer.status === 403);
  assert.notEqual(product.brightness(), '9');
});

test('keeps one shared session until a case ends it', async () => {
  const first = await bench.probe.login.shared('password');
  assert.equal(await bench.probe.login.shared('password'), first);
  bench.probe.login.forget('password');
  assert.notEqual(await bench.probe.login.shared('password'), first);
});

test('refuses a failed login that the budget does not allow', async () => {
  const fresh = await benchOf(product.targetFile);
  for (const left of [2, 1, 0]) {
    const outcome = await fresh.probe.login.attempt('password', { password: 'wrong' });
    assert.equal(outcome.kind, 'refused');
    assert.equal(fresh.probe.login.budget(), left);
  }
  const sent = product.requests();
  await assert.rejects(fresh.probe.login.attempt('password', { password: 'wrong' }), { code: 'budget-failed-logins' });
  assert.equal(product.requests(), sent);
  assert.equal(fresh.budget.stopped()?.code, 'budget-failed-logins');
  fresh.close();
});

test('keeps no password, session or form token in evidence, in any form', async () => {
  await bench.probe.login.attempt('password');
  bench.probe.secret('wrong-but-secret-guess');
  await bench.probe.login.attempt('password', { password: 'wrong-but-secret-guess' });
  const evidence = [...bench.kept.values()].join('\n');
  assert.ok(evidence.includes('POST /login'));
  for (const secret of [
    PASSWORD,
    encodeURIComponent(PASSWORD),
    'correct+horse',
    'battery',
    'wrong-but-secret',
    ...product.sessions,
  ]) {
    assert.ok(!evidence.includes(secret), `evidence holds ${secret}`);
  }
  assert.doesNotMatch(evidence, /value="[A-Za-z0-9_-]{20,}"/);
  assert.match(evidence, /set-cookie: sid=\[redacted:[0-9a-f]{12}\]/);
});
