import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PrivacyMessage, PrivacyWord } from '@hearthward/protocol';
import declaration from '@hearthward/example-hub';
import { decideChannel, INITIAL_CHANNEL, type ChannelState } from '../../src/channel/decide.ts';
import type { PrivacyWorld } from '../../src/privacy/privacy.ts';
import { bench, Browser, OWN, setUp, type Bench } from '../panel/bench.ts';

/** An owner and a tenant at the panel, as the hub declares it. */

const TENANTS = 'nine-Plums-in-a-saddle';
const HOUR = 3_600;

interface Flat {
  readonly made: Bench;
  readonly owner: Browser;
  readonly tenant: Browser;
  readonly words: () => PrivacyWord[];
  readonly reach: (on: boolean) => void;
}

async function flat(): Promise<Flat> {
  let state: ChannelState = { ...INITIAL_CHANNEL, phase: 'backing-off' };
  const said: PrivacyWord[] = [];
  const channel: NonNullable<PrivacyWorld['channel']> = {
    say: async (topic, body) => {
      said.push((body as unknown as PrivacyMessage).word);
      state = decideChannel(state, { kind: 'say', topic, body }, 0).state;
      if (state.phase === 'connected') state = { ...state, queue: [] };
    },
    takeBack: async (taken) => void (state = decideChannel(state, { kind: 'take-back', taken }, 0).state),
    state: () => state,
    anchors: () => [],
  };
  const made = await bench({ declaration, channel });
  const owner = await setUp(made.app);
  const added = await owner.submit('/people', '/people/add', { name: 'Tariq', role: 'member', current: OWN });
  const initial = /id="initial_password">([^<]+)</.exec(added.body)?.[1] ?? '';
  const tenant = new Browser(made.app, '192.0.2.9');
  await tenant.logIn(initial, 'Tariq');
  await tenant.submit('/password', '/password', { current: initial, password: TENANTS, repeat: TENANTS });
  await made.context.privacy.tick();
  return {
    made,
    owner,
    tenant,
    words: () => said,
    reach: (on) => void (state = { ...state, phase: on ? 'connected' : 'backing-off', queue: [] }),
  };
}
const moveIn = (owner: Browser) => owner.submit('/people', '/people/resident', { name: 'Tariq', current: OWN });
const erase = (who: Browser, current: string, when = 'later') =>
  who.submit('/privacy/erase', '/privacy/erase', { when, current });

test('the-owner-hands-the-household-over-and-the-tenant-alone-decides-reads-and-erases', async (t) => {
  const { made, owner, tenant } = await flat();
  t.after(() => made.app.close());
  assert.match((await tenant.get('/privacy')).body, /is decided by owner, who lives here/);
  assert.equal((await tenant.submit('/privacy', '/privacy/sharing', { 'usage-statistics': 'on' })).statusCode, 403);
  assert.equal(
    (await tenant.submit('/people', '/people/resident', { name: 'Tariq', current: TENANTS })).statusCode,
    403,
  );
  assert.equal(
    (await owner.submit('/people', '/people/resident', { name: 'Tariq', current: 'wrong' })).statusCode,
    403,
  );
  assert.equal((await moveIn(owner)).statusCode, 303);
  assert.equal((await tenant.submit('/privacy', '/privacy/sharing', { 'usage-statistics': 'on' })).statusCode, 303);
  made.store.write('telemetry', { sent: { temperature: { at: 0, value: 31.5 } } });
  const seen = async (who: Browser) =>
    JSON.stringify([(await who.get('/privacy')).body, (await who.get('/api/my-data')).body]);
  assert.ok((await seen(tenant)).includes('31.5') && !(await seen(owner)).includes('31.5'));
  assert.ok(!(await owner.get('/privacy')).body.includes('id="left"'));
  assert.equal((await owner.submit('/privacy', '/privacy/sharing', { 'usage-statistics': 'off' })).statusCode, 403);
  assert.ok(
    made.context.privacy.flows().consents.has('usage-statistics'),
    'the owner’s word changes nothing of theirs',
  );
  await erase(owner, OWN, 'now');
  assert.ok(made.context.privacy.flows().consents.has('usage-statistics'), 'nor does what the owner erases');
  assert.equal(
    (await tenant.submit('/', '/reset', { password: TENANTS })).statusCode,
    403,
    'the tenant resets nothing',
  );
});

test('my-data-goes-by-one-form-with-the-password-again-and-the-device-stays-set-up', async (t) => {
  const { made, owner, tenant, words } = await flat();
  t.after(() => made.app.close());
  await moveIn(owner);
  await tenant.submit('/privacy', '/privacy/sharing', { 'usage-statistics': 'on' });
  const page = (await tenant.get('/privacy/erase')).body;
  assert.match(page, /Room climate/);
  assert.match(page, /within 72 hours|Within 72 hours/);
  assert.equal((await erase(tenant, 'wrong', 'now')).statusCode, 403);
  assert.deepEqual(made.context.privacy.state().erasures, []);
  const accounts = made.store.read('accounts');
  assert.equal((await erase(tenant, TENANTS, 'now')).statusCode, 303);
  assert.equal(made.context.privacy.state().erasures[0]?.state, 'waiting');
  assert.deepEqual(made.forgotten, [['room-climate', 'usage-statistics']]);
  assert.ok(words().some(({ kind }) => kind === 'erase') && words().some(({ kind }) => kind === 'erased-here'));
  assert.deepEqual(made.store.read('accounts'), accounts);
  assert.equal((await owner.get('/people')).statusCode, 200, 'the owner is still at home');
  assert.match((await tenant.get('/privacy')).body, /not yet confirmed by the manufacturer/);
  assert.deepEqual(made.faults, []);
});

test('a-banner-tells-whose-data-is-about-to-go-and-they-keep-it-with-one-press', async (t) => {
  const { made, owner, tenant, words } = await flat();
  t.after(() => made.app.close());
  await moveIn(owner);
  await erase(tenant, TENANTS);
  for (const path of ['/', '/privacy', '/updates']) assert.match((await tenant.get(path)).body, /about to be erased/);
  const seen = (await owner.get('/')).body;
  assert.match(seen, /The data of this household is about to be erased/, 'who lives with it is told too');
  assert.ok(!seen.includes('action="/privacy/keep"'), 'it is not theirs to keep');
  const [pending] = made.context.privacy.state().erasures;
  const id = pending?.id ?? '';
  assert.equal((await owner.submit('/privacy', '/privacy/keep', { id })).statusCode, 409);
  assert.equal((await tenant.submit('/', '/privacy/keep', { id })).statusCode, 303);
  assert.deepEqual([made.context.privacy.state().erasures[0]?.state, words().at(-1)], ['kept', { kind: 'keep', id }]);
  assert.ok(!(await tenant.get('/')).body.includes('about to be erased'));
  await erase(tenant, TENANTS);
  made.wait(24 * HOUR);
  await made.context.privacy.tick();
  assert.equal(made.context.privacy.state().erasures[1]?.state, 'waiting', 'nobody took it back');
});

test('what-is-taken-away-is-ones-own-and-no-formula-of-a-spreadsheet', async (t) => {
  const { made, owner, tenant } = await flat();
  t.after(() => made.app.close());
  await owner.submit('/privacy', '/privacy/sharing', { 'usage-statistics': 'on' });
  await owner.submit('/', '/settings/name', { name: '=HYPERLINK("x")' });
  const json = await owner.get('/api/my-data');
  assert.match(String(json.headers['content-disposition']), /^attachment/);
  const own = json.json();
  assert.deepEqual(
    [own.account, own.livesHere, own.deviceName],
    [{ name: 'owner', role: 'owner' }, true, '=HYPERLINK("x")'],
  );
  assert.equal(own.consents[0].consent_record.events[0].event_state, 'given');
  assert.match(own.atTheManufacturer, /^https:/);
  const table = (await owner.get('/privacy/my-data.csv')).body;
  assert.ok(table.includes(`"deviceName","'=HYPERLINK(""x"")"\r\n`));
  const theirs = (await tenant.get('/api/my-data')).json();
  assert.deepEqual([theirs.consents, theirs.pseudonyms, theirs.deviceName], [[], [], undefined]);
  assert.equal((await new Browser(made.app).get('/api/my-data')).statusCode, 401);
});

test('a-receipt-says-what-was-allowed-under-which-notice-and-how-it-is-taken-back', async (t) => {
  const { made, owner } = await flat();
  t.after(() => made.app.close());
  await owner.submit('/privacy', '/privacy/sharing', { 'usage-statistics': 'on' });
  const [record] = made.context.privacy.state().consents.filter(({ item }) => item === 'usage-statistics');
  const { body } = await owner.get('/privacy/receipts');
  for (const told of ['To learn which functions are used', record?.notice ?? '', 'switched off on the privacy page'])
    assert.ok(body.includes(told), told);
});

test('an-account-code-is-shown-once-and-only-what-verifies-it-is-kept', async (t) => {
  const { made, owner, tenant, words } = await flat();
  t.after(() => made.app.close());
  assert.equal((await owner.submit('/privacy', '/privacy/code', { current: 'wrong' })).statusCode, 403);
  const { body } = await owner.submit('/privacy', '/privacy/code', { current: OWN });
  const code = /id="account_code">([^<]+)</.exec(body)?.[1] ?? '';
  assert.match(code, /^([a-z2-7]{4} ){8}[a-z2-7]{4}$/);
  assert.match(body, /<svg class="picture"/);
  const kept = JSON.stringify([...made.store.rooms, words()]);
  const signs = code.replaceAll(' ', '');
  assert.ok(!kept.includes(code) && !kept.includes(signs) && !kept.includes(signs.slice(8)));
  assert.ok(!(await owner.get('/privacy')).body.includes(code));
  const told = words().filter((word) => word.kind === 'subject' && word.account?.account === signs.slice(0, 8));
  assert.ok(told.length > 0, 'the services are told by whom it is opened');
  const typed = { code: code.toUpperCase().replaceAll(' ', '-'), current: TENANTS };
  assert.equal((await tenant.submit('/privacy', '/privacy/code/use', typed)).statusCode, 303);
  assert.equal(
    (await tenant.submit('/privacy', '/privacy/code/use', { ...typed, code: '1'.repeat(36) })).statusCode,
    422,
  );
});

test('the-reset-asks-the-manufacturer-first-where-the-person-says-so-and-erases-nothing-where-it-cannot', async (t) => {
  const { made, owner, words, reach } = await flat();
  t.after(() => made.app.close());
  const page = (await owner.get('/reset')).body;
  assert.ok(
    page.includes('name="services"') && !/name="services"[^>]* checked/.test(page),
    'nothing is chosen beforehand',
  );
  reach(false);
  const refused = await owner.submit('/reset', '/reset', { password: OWN, services: 'on' });
  assert.deepEqual([refused.statusCode, made.resets()], [409, 0]);
  assert.ok(!words().some(({ kind }) => kind === 'erase'));
  reach(true);
  assert.equal((await owner.submit('/reset', '/reset', { password: OWN, services: 'on' })).statusCode, 303);
  const last = words().slice(-3);
  assert.deepEqual([last.map(({ kind }) => kind), made.resets()], [['erase', 'erased-here', 'reset-here'], 1]);
  assert.deepEqual(last[2], { kind: 'reset-here', scrap: false });
  assert.deepEqual([made.store.rooms.has('privacy'), made.store.rooms.has('ledger')], [false, false]);
});

test('a-device-that-is-thrown-away-is-said-to-be-or-is-not-erased-and-using-it-again-is-chosen-beforehand', async (t) => {
  const { made, owner, words, reach } = await flat();
  t.after(() => made.app.close());
  const page = (await owner.get('/reset')).body;
  assert.match(page, /name="after"\s+type="radio"\s+value="again"\s+required\s+checked/);
  reach(false);
  const refused = await owner.submit('/reset', '/reset', { password: OWN, services: 'off', after: 'scrap' });
  assert.deepEqual([refused.statusCode, made.resets()], [409, 0]);
  assert.match(refused.body, /cannot be told\. Nothing was erased/);
  reach(true);
  const answer = await owner.submit('/reset', '/reset', { password: OWN, services: 'off', after: 'scrap' });
  assert.deepEqual([answer.statusCode, made.resets()], [303, 1]);
  assert.match(String(answer.headers['set-cookie']), /erased-scrapped/);
  assert.deepEqual(words().at(-1), { kind: 'reset-here', scrap: true });
});

test('the-guide-leads-each-person-to-what-they-may-do', async (t) => {
  const { made, owner, tenant } = await flat();
  t.after(() => made.app.close());
  assert.match((await owner.get('/leaving')).body, /href="\/reset"/);
  const theirs = (await tenant.get('/leaving')).body;
  assert.ok(theirs.includes('href="/privacy/erase"') && !theirs.includes('href="/reset"'));
});
