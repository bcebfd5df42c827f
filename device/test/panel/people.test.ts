import { test } from 'node:test';
import assert from 'node:assert/strict';
import declaration from '@hearthward/example-hub';
import { bench, Browser, OWN, setUp, type Bench } from './bench.ts';

/** The household at its panel, as the hub declares it. */

const OWN_OF_GUEST = 'nine-Plums-in-a-saddle';
const PIN = '417093';
const DAY = 86_400;

const people = (owner: Browser, what: string, fields: Record<string, string>, current = OWN) =>
  owner.submit('/people', `/people/${what}`, { ...fields, current });
const initialOf = (body: string): string => /id="initial_password">([^<]+)</.exec(body)?.[1] ?? '';
const accountsOf = ({ store }: Bench) =>
  (store.read('accounts') as { accounts: { name: string; role: string }[] }).accounts.map(({ name, role }) => [
    name,
    role,
  ]);

async function home(): Promise<{ readonly made: Bench; readonly owner: Browser }> {
  const made = await bench({ declaration });
  return { made, owner: await setUp(made.app) };
}

async function invite(made: Bench, owner: Browser, name: string, role = 'guest'): Promise<string> {
  const added = await people(owner, 'add', { name, role });
  assert.equal(added.statusCode, 200);
  const initial = initialOf(added.body);
  assert.match(initial, /^[2-9a-km-z]{4}(-[2-9a-km-z]{4}){3}$/);
  assert.equal(JSON.stringify([...made.store.rooms]).includes(initial), false, 'only its record is kept');
  return initial;
}

async function movedIn(
  made: Bench,
  owner: Browser,
  name: string,
  role = 'guest',
  from = '192.0.2.9',
): Promise<Browser> {
  const initial = await invite(made, owner, name, role);
  const guest = new Browser(made.app, from);
  await guest.logIn(initial, name);
  const fields = { current: initial, password: OWN_OF_GUEST, repeat: OWN_OF_GUEST };
  assert.equal((await guest.submit('/password', '/password', fields)).statusCode, 303);
  return guest;
}

test('what-a-role-may-do-is-told-in-the-language-of-the-page', async (t) => {
  const { made, owner } = await home();
  t.after(() => made.app.close());
  const { body } = await owner.get('/people', { 'accept-language': 'ms' });
  for (const { id, description } of declaration.externalFunctions) {
    assert.ok(description.ms !== undefined && description.ms !== description.en, id);
    assert.equal(body.includes(`<li>${description.en}</li>`), false, id);
  }
  assert.match(body, /<li>Menghidupkan atau mematikan lampu<\/li>/);
});

test('a-new-account-opens-nothing-but-the-change-of-its-password', async (t) => {
  const { made, owner } = await home();
  t.after(() => made.app.close());
  const initial = await invite(made, owner, 'Aunt');
  assert.doesNotMatch((await owner.get('/people')).body, new RegExp(initial), 'it is shown once');
  const aunt = new Browser(made.app, '192.0.2.9');
  assert.equal((await aunt.logIn(initial, 'Aunt')).statusCode, 303);
  const refused = await aunt.get('/');
  assert.deepEqual([refused.statusCode, refused.headers.location], [303, '/password']);
  assert.equal((await aunt.get('/api/status')).statusCode, 403);
  assert.equal((await aunt.submit('/password', '/functions/set-lamp', { lamp: 'on' })).statusCode, 403);
  assert.equal(made.calls.length, 0);
  const same = { current: initial, password: initial, repeat: initial };
  assert.equal((await aunt.submit('/password', '/password', same)).statusCode, 422, 'the same again is no change');
  const own = { current: initial, password: OWN_OF_GUEST, repeat: OWN_OF_GUEST };
  assert.equal((await aunt.submit('/password', '/password', own)).statusCode, 303);
  assert.equal((await aunt.get('/api/status')).statusCode, 200);
  const thief = new Browser(made.app, '192.0.2.10');
  assert.equal((await thief.logIn(initial, 'Aunt')).statusCode, 401, 'the made-up password opens nothing any more');
});

test('a-first-password-costs-a-guess-what-the-owners-own-costs', async (t) => {
  const hashing = { memoryKib: 19_456, passes: 3, parallelism: 1 };
  const made = await bench({ declaration, hashing });
  t.after(() => made.app.close());
  await invite(made, await setUp(made.app), 'ana');
  const { accounts } = made.store.read('accounts') as { accounts: { name: string; password: { passes: number } }[] };
  assert.deepEqual(
    accounts.map(({ name, password }) => [name, password.passes]),
    [
      ['owner', 3],
      ['ana', 3],
    ],
  );
});

test('a-guest-reaches-nothing-that-is-not-granted-and-is-not-offered-it', async (t) => {
  const { made, owner } = await home();
  t.after(() => made.app.close());
  const guest = await movedIn(made, owner, 'Guest');
  const page = await guest.get('/');
  assert.equal(page.statusCode, 200);
  assert.doesNotMatch(page.body, /href="\/(people|privacy|safety)"|action="\/settings\/name"/);
  for (const path of ['/people', '/privacy', '/safety', '/api/events', '/reset'])
    assert.equal((await guest.get(path)).statusCode, 403, path);
  const forged = await guest.submit('/', '/people/add', { name: 'Friend', role: 'owner', current: OWN_OF_GUEST });
  assert.equal(forged.statusCode, 403);
  assert.deepEqual(accountsOf(made), [
    ['owner', 'owner'],
    ['Guest', 'guest'],
  ]);
  assert.equal((await guest.submit('/', '/functions/set-lamp', { lamp: 'on' })).statusCode, 303);
});

test('a-removed-account-is-out-at-once-and-leaves-nothing', async (t) => {
  const { made, owner } = await home();
  t.after(() => made.app.close());
  const guest = await movedIn(made, owner, 'Guest');
  await new Browser(made.app, '192.0.2.77').logIn('wrong', 'Guest');
  const counters = () => made.store.read('throttle') as { accounts: unknown[]; known: unknown[] };
  const before = counters();
  assert.equal((await people(owner, 'remove', { name: 'Guest' })).headers.location, '/people');
  assert.equal((await guest.get('/api/status')).statusCode, 401);
  assert.equal((await guest.logIn(OWN_OF_GUEST, 'Guest')).statusCode, 401);
  assert.doesNotMatch(JSON.stringify([...made.store.rooms]), /Guest/);
  const after = counters();
  assert.ok(before.known.length > after.known.length, 'the throttle knows nothing of it any more');
  const kinds = made.store.events(20).map(({ kind }) => kind);
  assert.ok(kinds.includes('account-added') && kinds.includes('account-removed'));
  assert.doesNotMatch(JSON.stringify(made.store.events(50)), /Guest/, 'events name nobody');
});

test('changes-of-accounts-ask-for-the-password-again', async (t) => {
  const { made, owner } = await home();
  t.after(() => made.app.close());
  const refused = await people(owner, 'add', { name: 'Aunt', role: 'owner' }, 'not this one');
  assert.equal(refused.statusCode, 422);
  assert.match(refused.body, /current password is not right/);
  assert.deepEqual(accountsOf(made), [['owner', 'owner']]);
});

test('somebody-stays-an-owner', async (t) => {
  const { made, owner } = await home();
  t.after(() => made.app.close());
  for (const [what, fields] of [
    ['remove', { name: 'owner' }],
    ['role', { name: 'owner', role: 'guest' }],
  ] as const) {
    assert.equal((await people(owner, what, fields)).statusCode, 422, what);
    assert.deepEqual(accountsOf(made), [['owner', 'owner']]);
  }
});

test('another-role-ends-the-sessions-of-the-old-one', async (t) => {
  const { made, owner } = await home();
  t.after(() => made.app.close());
  const guest = await movedIn(made, owner, 'Guest');
  assert.equal((await people(owner, 'role', { name: 'Guest', role: 'member' })).statusCode, 303);
  assert.equal((await guest.get('/api/status')).statusCode, 401);
  await guest.logIn(OWN_OF_GUEST, 'Guest');
  assert.equal((await guest.get('/privacy')).statusCode, 200);
});

test('a-password-that-was-handed-on-and-lay-about-opens-nothing-after-three-days', async (t) => {
  const { made, owner } = await home();
  t.after(() => made.app.close());
  const initial = await invite(made, owner, 'Aunt');
  assert.match((await owner.get('/people')).body, /the account ends: <time datetime="2026-01-04T00:00:00.000Z">/);
  const aunt = new Browser(made.app, '192.0.2.9');
  made.wait(71 * 3600);
  assert.equal((await aunt.logIn(initial, 'Aunt')).statusCode, 303, 'until then it opens its own replacement');
  made.wait(3600);
  assert.equal((await aunt.get('/password')).statusCode, 303, 'the session is over with it');
  const late = await aunt.logIn(initial, 'Aunt');
  const unknown = await aunt.logIn(initial, 'Nobody');
  assert.deepEqual(
    [late.statusCode, late.body],
    [unknown.statusCode, unknown.body],
    'and tells nobody that it was there',
  );
  assert.deepEqual(accountsOf(made), [['owner', 'owner']]);
});

test('a-clock-that-is-set-back-gives-a-first-password-no-more-time', async (t) => {
  const { made, owner } = await home();
  t.after(() => made.app.close());
  const initial = await invite(made, owner, 'Aunt');
  made.wait(3600);
  made.setClock(-365 * DAY);
  await owner.logIn();
  const shown = /the account ends: <time datetime="([^"]*)"/.exec((await owner.get('/people')).body)?.[1];
  assert.equal(shown, '2025-01-04T00:00:00.000Z', 'as far from the time that is shown as it is');
  made.wait(70 * 3600);
  assert.equal((await new Browser(made.app, '192.0.2.9').logIn(initial, 'Aunt')).statusCode, 303);
  made.wait(3600);
  assert.equal((await new Browser(made.app, '192.0.2.10').logIn(initial, 'Aunt')).statusCode, 401);
  assert.deepEqual(accountsOf(made), [['owner', 'owner']]);
});

test('a-restart-under-a-clock-that-was-set-back-gives-at-most-an-hour', async (t) => {
  const { made, owner } = await home();
  const initial = await invite(made, owner, 'Aunt');
  for (let hour = 0; hour < 70; hour += 1) {
    made.wait(3600);
    await new Browser(made.app).get('/login');
  }
  await made.app.close();
  const again = await bench({ declaration, store: made.store });
  t.after(() => again.app.close());
  again.setClock(-365 * DAY);
  assert.equal(
    (await new Browser(again.app, '192.0.2.9').logIn(initial, 'Aunt')).statusCode,
    303,
    'two hours are left',
  );
  again.wait(2 * 3600);
  assert.equal((await new Browser(again.app, '192.0.2.10').logIn(initial, 'Aunt')).statusCode, 401);
});

test('a-clock-that-was-far-ahead-for-a-moment-makes-no-later-password-last-longer', async (t) => {
  const { made, owner } = await home();
  t.after(() => made.app.close());
  made.setClock(365 * DAY);
  await new Browser(made.app).get('/login');
  made.setClock(-365 * DAY);
  await owner.logIn();
  const initial = await invite(made, owner, 'Aunt');
  made.wait(71 * 3600);
  assert.equal((await new Browser(made.app, '192.0.2.9').logIn(initial, 'Aunt')).statusCode, 303);
  made.wait(3600);
  assert.equal((await new Browser(made.app, '192.0.2.10').logIn(initial, 'Aunt')).statusCode, 401);
});

test('an-installer-is-gone-after-a-day-without-anybody-doing-anything', async (t) => {
  const { made, owner } = await home();
  t.after(() => made.app.close());
  const installer = await movedIn(made, owner, 'Fitter', 'installer');
  assert.match((await owner.get('/people')).body, /ends by itself: <time datetime="2026-01-02T00:00:00.000Z">/);
  made.wait(3600);
  await installer.logIn(OWN_OF_GUEST, 'Fitter');
  assert.equal((await installer.get('/api/status')).statusCode, 200);
  made.wait(23 * 3600);
  assert.equal((await installer.logIn(OWN_OF_GUEST, 'Fitter')).statusCode, 401);
  assert.deepEqual(accountsOf(made), [['owner', 'owner']]);
});

test('a-child-changes-its-pin-only-where-its-guardian-lets-it', async (t) => {
  const { made, owner } = await home();
  t.after(() => made.app.close());
  await invite(made, owner, 'Child');
  assert.equal((await people(owner, 'pin', { name: 'Child', pin: '123456' })).statusCode, 422);
  assert.equal((await people(owner, 'pin', { name: 'Child', pin: PIN })).statusCode, 303);
  const child = new Browser(made.app, '192.0.2.9');
  assert.equal((await child.logIn(PIN, 'Child')).statusCode, 303);
  assert.equal((await child.get('/')).statusCode, 200, 'what a guardian chose is not replaced');
  const locked = await child.get('/password');
  assert.match(locked.body, /looked after by an owner/);
  const change = { current: PIN, password: '836150', repeat: '836150' };
  assert.equal((await child.submit('/', '/password', change)).statusCode, 422);
  assert.equal((await new Browser(made.app, '192.0.2.9').logIn(PIN, 'Child')).statusCode, 303);

  assert.equal((await people(owner, 'pin-lock', { name: 'Child', locked: 'off' })).statusCode, 303);
  assert.equal(
    (await child.submit('/password', '/password', { ...change, password: '200718', repeat: '200718' })).statusCode,
    422,
  );
  assert.equal((await child.submit('/password', '/password', change)).statusCode, 303);
  assert.equal((await new Browser(made.app, '192.0.2.9').logIn('836150', 'Child')).statusCode, 303);

  assert.equal((await people(owner, 'pin', { name: 'Child', pin: '604829' })).statusCode, 303);
  assert.equal((await child.get('/api/status')).statusCode, 401, 'the guardian ends what the old PIN began');
});

test('a-pin-is-not-for-owners', async (t) => {
  const { made, owner } = await home();
  t.after(() => made.app.close());
  assert.equal((await people(owner, 'pin', { name: 'owner', pin: PIN })).statusCode, 422);
  assert.equal((await new Browser(made.app, '192.0.2.8').logIn(PIN, 'owner')).statusCode, 401);
});

test('everyone-else-is-signed-out-on-one-press', async (t) => {
  const { made, owner } = await home();
  t.after(() => made.app.close());
  const guest = await movedIn(made, owner, 'Guest');
  assert.match((await owner.get('/people')).body, /Signed in since:/);
  assert.equal((await owner.submit('/people', '/people/sign-out', {})).statusCode, 303);
  assert.equal((await guest.get('/api/status')).statusCode, 401);
  assert.equal((await owner.get('/api/status')).statusCode, 200);
});
