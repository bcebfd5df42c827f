import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import { defaultParts } from '../../src/parts.ts';
import { bench, Browser, memoryStore, OWN, setUp, type Bench } from './bench.ts';
import { askedOn, codeNow, factors, kinds, withApp, withPasskey } from './second-step.ts';

/** The step between the right password and the session: nobody gets around it, and every answer serves once. */

const STEP = 30;

async function withCodes() {
  const it = await bench();
  const owner = await setUp(it.app);
  const { secret, codes } = await withApp(it, owner);
  await leave(owner);
  it.wait(STEP);
  return { it, owner, secret, codes };
}
async function leave(person: Browser): Promise<void> {
  await person.submit('/', '/logout', {});
}
const give = (person: Browser, code: string) => person.submit('/login/second', '/login/second', { code });
const isIn = async (person: Browser): Promise<boolean> => (await person.get('/safety')).statusCode === 200;

test('opens-nothing-with-the-password-alone', async () => {
  const { it } = await withCodes();
  const thief = new Browser(it.app, '192.0.2.66');
  const answer = await thief.logIn();
  assert.equal(answer.headers.location, '/login/second');
  assert.equal(thief.cookies.has('__Host-session'), false);
  for (const path of ['/', '/safety', '/security', '/api/events', '/api/status']) {
    assert.notEqual((await thief.get(path)).statusCode, 200, path);
  }
  assert.equal((await thief.submit('/login/second', '/security/code/remove', { current: OWN })).statusCode, 401);
  assert.ok(factors(it)?.code);
});

test('opens-with-password-and-code-and-takes-the-code-once', async () => {
  const { it, owner, secret } = await withCodes();
  await owner.logIn();
  const code = codeNow(it, secret);
  assert.equal((await give(owner, code)).headers.location, '/');
  assert.ok(await isIn(owner));
  await leave(owner);
  await owner.logIn();
  assert.equal((await give(owner, code)).statusCode, 401, 'who saw it typed has nothing');
  assert.equal(await isIn(owner), false);
});

test('has-the-used-step-on-disk-before-the-answer', async () => {
  const { it, owner, secret } = await withCodes();
  await owner.logIn();
  const before = factors(it)?.code?.lastStep ?? 0;
  const written: number[] = [];
  const { writeAll } = it.store;
  const watched: typeof writeAll = (states) => {
    writeAll(states);
    // the session that the answer opens must not be there earlier
    if ('sessions' in states) written.push(factors(it)?.code?.lastStep ?? 0);
  };
  Object.assign(it.store, { writeAll: watched });
  await give(owner, codeNow(it, secret));
  assert.deepEqual(written, [before + 1]);
});

test('takes-two-answers-with-one-code-at-once-for-one', async () => {
  const { it, secret } = await withCodes();
  const people = [new Browser(it.app, '192.0.2.7'), new Browser(it.app, '192.0.2.8')];
  for (const person of people) await person.logIn();
  const code = codeNow(it, secret);
  const answers = await Promise.all(people.map((person) => give(person, code)));
  assert.equal(answers.filter(({ statusCode }) => statusCode === 303).length, 1);
  assert.equal(answers.filter(({ statusCode }) => statusCode === 401).length, 1);
});

test('opens-with-a-recovery-code-once-and-says-so', async () => {
  const { it, owner, codes } = await withCodes();
  const [code = ''] = codes;
  await owner.logIn();
  assert.equal((await give(owner, code)).headers.location, '/');
  assert.equal(factors(it)?.recovery?.tags.length, 9);
  const event = it.store.events(10).find(({ kind }) => kind === 'recovery-code-used');
  assert.deepEqual(event?.detail, { role: 'owner', left: 9 });
  await leave(owner);
  await owner.logIn();
  assert.equal((await give(owner, code)).statusCode, 401);
});

test('throttles-codes-like-passwords-and-apart-from-them', async () => {
  const { it, secret } = await withCodes();
  const thief = new Browser(it.app, '192.0.2.66');
  await thief.logIn();
  const answers: number[] = [];
  for (let tries = 0; tries < 4; tries++) answers.push((await give(thief, '000000')).statusCode);
  // two free ones, as the mechanism declares; then it is told to wait
  assert.deepEqual(answers, [401, 401, 429, 429]);
  const right = await give(thief, codeNow(it, secret));
  assert.equal(right.statusCode, 429);
  assert.match(String(right.headers['retry-after']), /^\d+$/);
  // the password is known to be right: signing in anew gives no fresh guesses
  await thief.logIn();
  assert.equal((await give(thief, '000000')).statusCode, 429);
  it.wait(STEP * 2);
  assert.equal((await give(thief, '000000')).statusCode, 401);
  const lastStep = factors(it)?.code?.lastStep;
  assert.equal(
    (await give(thief, codeNow(it, secret))).statusCode,
    429,
    'a right code is not looked at while it waits',
  );
  assert.equal(factors(it)?.code?.lastStep, lastStep);
});

test('answers-a-wrong-code-and-a-sign-in-that-is-over-alike', async () => {
  const { it, owner } = await withCodes();
  await owner.logIn();
  const wrong = await give(owner, '000000');
  it.wait(6 * 60);
  // the page of a sign-in that is over leads to its beginning; its form reads as if the code were wrong
  const token = /name="_csrf" value="([^"]*)"/.exec(wrong.body)?.[1] ?? '';
  const over = await owner.post('/login/second', { _csrf: token, code: '000000' });
  assert.equal(over.statusCode, wrong.statusCode);
  assert.equal(over.body, wrong.body);
  assert.equal((await owner.get('/login/second')).headers.location, '/login');
});

test('ends-a-sign-in-that-waits-when-a-factor-changes', async () => {
  const { it, owner, secret, codes } = await withCodes();
  const waiting = new Browser(it.app, '192.0.2.9');
  await waiting.logIn();
  await owner.logIn();
  await give(owner, codeNow(it, secret));
  await owner.submit('/security', '/security/recovery', { current: OWN });
  it.wait(STEP);
  const token = /name="_csrf" value="([^"]*)"/.exec((await waiting.get('/login')).body)?.[1] ?? '';
  const answer = await waiting.post('/login/second', { _csrf: token, code: codeNow(it, secret) });
  assert.equal(answer.statusCode, 401);
  assert.equal(await isIn(waiting), false);
  assert.equal(codes.length, 10);
});

test('goes-on-from-its-own-source-alone', async () => {
  const { it, owner, secret } = await withCodes();
  await owner.logIn();
  const thief = new Browser(it.app, '192.0.2.66');
  for (const [name, value] of owner.cookies) thief.cookies.set(name, value);
  assert.equal((await thief.get('/login/second')).headers.location, '/login');
  const page = (await owner.get('/login/second')).body;
  const token = /name="_csrf" value="([^"]*)"/.exec(page)?.[1] ?? '';
  assert.equal((await thief.post('/login/second', { _csrf: token, code: codeNow(it, secret) })).statusCode, 401);
  assert.equal(await isIn(thief), false);
});

test('refuses-an-answer-that-another-site-sends', async () => {
  const { it, owner, secret } = await withCodes();
  await owner.logIn();
  const fields = { code: codeNow(it, secret) };
  assert.equal((await owner.post('/login/second', fields, { origin: 'https://evil.example' })).statusCode, 403);
  assert.equal(await isIn(owner), false);
});

async function withKey() {
  const it = await bench();
  const owner = await setUp(it.app);
  const { authenticator } = await withPasskey(owner);
  await leave(owner);
  await owner.logIn();
  return { it, owner, authenticator };
}
const ask = async (person: Browser) => askedOn((await person.get('/login/second')).body);
const answer = async (person: Browser, passkey: string) => {
  const token = /name="_csrf" value="([^"]*)"/.exec((await person.get('/login')).body)?.[1] ?? '';
  return person.post('/login/second', { _csrf: token, passkey });
};

test('opens-with-password-and-passkey-and-takes-the-answer-once', async () => {
  const { it, owner, authenticator } = await withKey();
  const signed = authenticator.sign({ ...(await ask(owner)), counter: 3 });
  assert.equal((await answer(owner, signed)).headers.location, '/');
  assert.equal(factors(it)?.passkeys[0]?.counter, 3);
  await leave(owner);
  await owner.logIn();
  assert.equal((await answer(owner, signed)).statusCode, 401, 'a recorded answer');
});

test('takes-no-answer-that-was-made-for-another-sign-in', async () => {
  const { it, owner, authenticator } = await withKey();
  const other = new Browser(it.app, '192.0.2.7');
  await other.logIn();
  await ask(other);
  const signed = authenticator.sign(await ask(owner));
  assert.equal((await answer(other, signed)).statusCode, 401);
  assert.equal((await answer(owner, signed)).headers.location, '/');
});

test('blocks-a-passkey-whose-counter-goes-back-and-nobody-without-its-key-can-cause-that', async () => {
  const { it, owner, authenticator } = await withKey();
  await answer(owner, authenticator.sign({ ...(await ask(owner)), counter: 9 }));
  await leave(owner);
  await owner.logIn();
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const forged = authenticator.sign({ ...(await ask(owner)), counter: 1, with: privateKey });
  assert.equal((await answer(owner, forged)).statusCode, 401);
  assert.equal(factors(it)?.passkeys[0]?.cloned, false);
  const copied = authenticator.sign({ ...(await ask(owner)), counter: 9 });
  assert.equal((await answer(owner, copied)).statusCode, 401);
  assert.equal(factors(it)?.passkeys[0]?.cloned, true);
  assert.ok(kinds(it).includes('passkey-clone'));
  assert.doesNotMatch((await owner.get('/login/second')).body, /data-passkey/);
});

test('says-where-the-passkeys-work-where-they-do-not-work-here', async () => {
  const { owner } = await withKey();
  // the same browser at the address instead of the name
  const page = await owner.get('/login/second', { host: '127.0.0.1:8443' });
  assert.match(page.body, /https:\/\/localhost:8443/);
  assert.doesNotMatch(page.body, /data-passkey/);
});

test('asks-for-the-second-step-after-a-restart-too', async () => {
  const { it, secret } = await withCodes();
  const restarted = await bench({ store: memoryStore(it.store.rooms) });
  const owner = new Browser(restarted.app);
  assert.equal((await owner.logIn()).headers.location, '/login/second');
  assert.equal((await give(owner, codeNow(restarted, secret, 1))).headers.location, '/');
});

test('asks-nothing-more-of-an-account-without-a-second-step', async () => {
  const it = await bench();
  const owner = await setUp(it.app);
  await leave(owner);
  assert.equal((await owner.logIn()).headers.location, '/');
});

test('is-caught-where-a-code-is-taken-again', async () => {
  // the part as a careless one would have it: the attack of the tests above then works
  const careless: Bench['context']['parts']['factors'] = (state, event, now) => {
    const decided = defaultParts.factors(state, event, now);
    const used = decided.effects.some((effect) => effect.kind === 'refused' && effect.because === 'used');
    return used ? { state, effects: [{ kind: 'accepted', by: 'one-time-code' }] } : decided;
  };
  const it = await bench({ parts: { factors: careless } });
  const owner = await setUp(it.app);
  const { secret } = await withApp(it, owner);
  await leave(owner);
  await owner.logIn();
  assert.equal((await give(owner, codeNow(it, secret))).headers.location, '/');
});
