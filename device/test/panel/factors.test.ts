import assert from 'node:assert/strict';
import test from 'node:test';
import { buildPanel } from '../../src/panel/app.ts';
import { DECLARED } from './declared.ts';
import { bench, Browser, OWN, setUp } from './bench.ts';
import { codeNow, codesOn, factors, kinds, secretOn, withApp, withPasskey } from './second-step.ts';

/** Second factors as a person sets them up and takes them away, in a browser that keeps cookies and sends forms back. */

async function opened() {
  const it = await bench();
  return { it, owner: await setUp(it.app) };
}

test('sets-an-app-up-in-three-steps-from-the-first-page', async () => {
  const { it, owner } = await opened();
  assert.match((await owner.get('/')).body, /href="\/security"/);
  const { secret, codes, page } = await withApp(it, owner);
  assert.equal(secret.length, 32);
  assert.equal(codes.length, 10);
  assert.equal(factors(it)?.code?.secret, secret);
  assert.equal(factors(it)?.recovery?.tags.length, 10);
  assert.ok(kinds(it).includes('factor-added'));
  // the page that shows the codes belongs to the session's new id, so that its forms work
  const token = /name="_csrf" value="([^"]*)"/.exec(page)?.[1] ?? '';
  assert.equal((await owner.post('/logout', { _csrf: token })).statusCode, 303);
});

test('shows-secret-and-codes-once-and-never-again', async () => {
  const { it, owner } = await opened();
  const { secret, codes } = await withApp(it, owner);
  for (const path of ['/security', '/security/code', '/safety', '/api/events']) {
    const { body } = await owner.get(path);
    assert.ok(!body.includes(secret.slice(0, 8)) && !body.includes(secret.slice(0, 4) + ' '), path);
    for (const code of codes) assert.ok(!body.includes(code), path);
  }
  const stored = JSON.stringify([...it.store.rooms]);
  for (const code of codes) assert.ok(!stored.includes(code) && !stored.includes(code.replaceAll('-', '')));
});

test('puts-nothing-in-force-without-the-password', async () => {
  const { it, owner } = await opened();
  const refused = await owner.submit('/security', '/security/code', { current: 'not the password' });
  assert.equal(refused.statusCode, 403);
  assert.match(refused.body, /current password is not right/);
  assert.match((await owner.get('/security/code')).body, /time for this step is over/);
  assert.equal(
    (await owner.submit('/security', '/security/passkey', { current: 'wrong one', name: 'x' })).statusCode,
    403,
  );
  assert.equal(it.store.read('ceremonies'), undefined);
});

test('puts-no-app-in-force-with-a-wrong-code-or-too-late', async () => {
  const { it, owner } = await opened();
  await owner.submit('/security', '/security/code', { current: OWN });
  const secret = secretOn((await owner.get('/security/code')).body);
  const wrong = await owner.submit('/security/code', '/security/code/confirm', { code: codeNow(it, secret, 5) });
  assert.equal(wrong.statusCode, 422);
  assert.equal(secretOn(wrong.body), secret, 'the picture is there again for another try');
  it.wait(14 * 60);
  await owner.get('/security');
  it.wait(2 * 60);
  const late = await owner.submit('/security', '/security/code/confirm', { code: codeNow(it, secret) });
  assert.equal(late.statusCode, 422);
  assert.equal(factors(it), undefined);
});

test('takes-no-answer-to-what-another-session-was-asked', async () => {
  const { it, owner } = await opened();
  await owner.submit('/security', '/security/code', { current: OWN });
  const secret = secretOn((await owner.get('/security/code')).body);
  const other = new Browser(it.app);
  await other.logIn();
  assert.match((await other.get('/security/code')).body, /time for this step is over/);
  const answer = await other.submit('/security', '/security/code/confirm', { code: codeNow(it, secret) });
  assert.equal(answer.statusCode, 422);
  assert.equal(factors(it), undefined);
});

test('adds-several-passkeys-and-removes-the-one-that-was-named', async () => {
  const { it, owner } = await opened();
  const first = await withPasskey(owner, 'Phone');
  assert.equal(codesOn(first.done.body).length, 10, 'with the first second step come recovery codes');
  const second = await withPasskey(owner, 'Blue <key>');
  assert.equal(second.done.headers.location, '/security');
  assert.match((await owner.get('/security')).body, /Blue &lt;key&gt;/);
  assert.deepEqual(
    factors(it)?.passkeys.map(({ name, rpId }) => [name, rpId]),
    [
      ['Phone', 'localhost'],
      ['Blue <key>', 'localhost'],
    ],
  );
  const wrong = await owner.submit('/security', '/security/passkey/remove', {
    current: 'no',
    passkey: first.authenticator.id,
  });
  assert.equal(wrong.statusCode, 403);
  await owner.submit('/security', '/security/passkey/remove', { current: OWN, passkey: first.authenticator.id });
  assert.deepEqual(
    factors(it)?.passkeys.map(({ name }) => name),
    ['Blue <key>'],
  );
  assert.equal(factors(it)?.recovery?.tags.length, 10);
  await owner.submit('/security', '/security/passkey/remove', { current: OWN, passkey: second.authenticator.id });
  assert.deepEqual(factors(it), { passkeys: [] }, 'with the last second step the recovery codes go');
  assert.equal(kinds(it).filter((kind) => kind === 'factor-removed').length, 2);
});

test('takes-a-challenge-once', async () => {
  const { it, owner } = await opened();
  const { answer } = await withPasskey(owner);
  const id = factors(it)?.passkeys[0]?.id ?? '';
  await owner.submit('/security', '/security/passkey/remove', { current: OWN, passkey: id });
  const again = await owner.submit('/security', '/security/passkey/confirm', { passkey: answer });
  assert.equal(again.statusCode, 422);
  assert.deepEqual(factors(it)?.passkeys, []);
});

test('offers-no-passkey-under-an-address-and-says-where', async () => {
  const it = await bench();
  const named = { ...it.context, hosts: ['192.0.2.7', 'localhost', 'device.local'] };
  const app = buildPanel(named);
  await app.ready();
  const owner = await setUp(app);
  const page = await owner.get('/security', { host: '192.0.2.7:8443' });
  assert.match(page.body, /https:\/\/device\.local:8443/);
  assert.doesNotMatch(page.body, /action="\/security\/passkey"/);
  const token = /name="_csrf" value="([^"]*)"/.exec(page.body)?.[1] ?? '';
  const fields = { _csrf: token, current: OWN, name: 'Phone' };
  assert.equal((await owner.post('/security/passkey', fields, { host: '192.0.2.7:8443' })).statusCode, 422);
  assert.equal(it.store.read('ceremonies'), undefined);
});

test('makes-new-recovery-codes-in-place-of-the-old-ones', async () => {
  const { it, owner } = await opened();
  const { codes } = await withApp(it, owner);
  const renewed = await owner.submit('/security', '/security/recovery', { current: OWN });
  const fresh = codesOn(renewed.body);
  assert.equal(new Set([...codes, ...fresh]).size, 20);
  assert.equal(factors(it)?.recovery?.tags.length, 10);
  assert.ok(kinds(it).includes('recovery-codes-renewed'));
});

test('has-no-recovery-codes-without-a-second-step', async () => {
  const { it, owner } = await opened();
  const refused = await owner.submit('/security', '/security/recovery', { current: OWN });
  assert.equal(refused.statusCode, 422);
  assert.equal(factors(it), undefined);
});

test('keeps-the-second-step-when-the-password-is-changed', async () => {
  const { it, owner } = await opened();
  const { secret } = await withApp(it, owner);
  const fresh = `${OWN}-again`;
  await owner.submit('/password', '/password', { current: OWN, password: fresh, repeat: fresh });
  assert.equal(factors(it)?.code?.secret, secret);
});

test('erases-second-factors-with-everything-else', async () => {
  const { it, owner } = await opened();
  await withApp(it, owner);
  await owner.submit('/security', '/security/code', { current: OWN });
  await owner.submit('/reset', '/reset', { password: OWN });
  assert.deepEqual([it.store.read('accounts'), it.store.read('ceremonies')], [undefined, undefined]);
});

test('ends-every-other-session-of-the-account-and-leaves-those-of-others', async () => {
  const [mechanism, ...rest] = DECLARED.authenticationMechanisms;
  assert.ok(mechanism?.session);
  const session = { ...mechanism.session, administrators: 'many' as const };
  const it = await bench({
    declaration: { ...DECLARED, authenticationMechanisms: [{ ...mechanism, session }, ...rest] },
  });
  const owner = await setUp(it.app);
  const other = new Browser(it.app, '192.0.2.2');
  await other.logIn();
  assert.equal((await other.get('/safety')).statusCode, 200);
  const before = owner.cookies.get('__Host-session');
  await withApp(it, owner);
  assert.equal((await other.get('/safety')).statusCode, 303, 'the other one has to sign in again');
  assert.equal((await owner.get('/safety')).statusCode, 200, 'who made the change goes on');
  assert.notEqual(owner.cookies.get('__Host-session'), before, 'under a new id');
  const ended = it.store.events(50).find(({ kind }) => kind === 'session-ended');
  assert.deepEqual(ended?.detail, { because: 'factor-changed' });
});
