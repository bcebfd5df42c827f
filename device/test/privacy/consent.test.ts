import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INITIAL_CHANNEL, type ChannelState } from '../../src/channel/decide.ts';
import { by, DECLARATION, openHome } from './home.ts';

/** What people allow, as it works with telemetry and the queue of the channel. */

const fieldsIn = (home: ReturnType<typeof openHome>): string[] =>
  home.waiting().flatMap(({ fields }) => Object.keys(fields));

test('declining-everything-leaves-the-device-working', async () => {
  const home = openHome();
  await home.privacy.tick();
  home.send(1);
  assert.deepEqual(fieldsIn(home), ['warmth', 'uptime'], 'what needs no consent goes on');
  assert.deepEqual(home.store.read('settings'), { name: '', consents: { usage: false, steps: false } });
});

test('each-purpose-is-allowed-on-its-own', async () => {
  const home = openHome();
  await home.privacy.tick();
  assert.equal(await home.privacy.decide(by('owner', { usage: true })), undefined);
  home.privacy.acts('owner');
  home.send(1);
  assert.deepEqual(fieldsIn(home), ['warmth', 'lamp', 'uptime'], 'steps were not allowed by allowing usage');
});

test('a-withdrawal-stops-what-still-waits-and-nothing-else', async () => {
  const home = openHome();
  await home.privacy.tick();
  await home.privacy.decide(by('owner', { usage: true }));
  home.send(1);
  home.wait(10_000);
  home.send(2);
  assert.equal(home.waiting().length, 2);
  await home.privacy.decide(by('owner', { usage: false }));
  assert.deepEqual(fieldsIn(home), ['warmth', 'uptime', 'warmth', 'uptime']);
  assert.ok(home.waiting().every(({ of }) => of?.['usage'] === undefined && of?.['climate'] !== undefined));
  home.wait(10_000);
  home.send(3);
  assert.ok(!fieldsIn(home).includes('lamp'), 'nothing of it is sent from then on');
  const told = home.words().filter((word) => word.kind === 'consent');
  assert.deepEqual(
    told.map(({ item, given, by: who, how, n }) => [item, given, who, how, n]),
    [
      ['usage', true, 'self', 'privacy-page', 1],
      ['usage', false, 'self', 'privacy-page', 2],
    ],
  );
  assert.match(told[0]?.notice ?? '', /^[0-9a-f]{16}$/);
});

test('a-withdrawal-that-the-power-cut-before-the-queue-was-cleared-holds-at-the-next-start', async () => {
  const before = openHome();
  await before.privacy.tick();
  await before.privacy.decide(by('owner', { usage: true }));
  before.send(1);
  // the records say no, the queue is as it was
  const queue = before.channel();
  await before.privacy.decide(by('owner', { usage: false }));
  const after = openHome({ store: before.store, channel: queue });
  assert.ok(fieldsIn(after).includes('lamp'));
  await after.privacy.start();
  assert.ok(!fieldsIn(after).includes('lamp'));
  after.wait(60_000);
  after.send(2);
  assert.ok(!fieldsIn(after).includes('lamp'));
});

test('words-that-a-power-cut-kept-from-the-channel-are-told-at-the-next-start', async () => {
  const silent = openHome({ channel: INITIAL_CHANNEL });
  await silent.privacy.decide(by('owner', { usage: true }));
  await silent.privacy.tick();
  assert.deepEqual(
    [silent.words(), silent.privacy.state().owed.length > 0],
    [[], true],
    'before set-up nothing is said',
  );
  const later = openHome({ store: silent.store });
  await later.privacy.start();
  await later.privacy.tick();
  assert.deepEqual(
    later.words().map(({ kind }) => kind),
    ['subject', 'subject', 'consent', 'subject', 'subject', 'subject'],
  );
  assert.deepEqual(later.privacy.state().owed, []);
});

test('a-version-that-comes-back-after-a-rollback-finds-the-withdrawal-and-what-it-changes-becomes-a-record', async () => {
  const home = openHome();
  await home.privacy.tick();
  await home.privacy.decide(by('owner', { usage: true }));
  await home.privacy.decide(by('owner', { usage: false }));
  const settings = home.store.read('settings');
  assert.deepEqual(settings, { name: '', consents: { usage: false, steps: false } }, 'as the older version reads it');
  home.store.write('settings', { name: 'Hall', consents: { usage: true, steps: false } });
  const again = openHome({ store: home.store });
  await again.privacy.start();
  const [record] = again.privacy.state().consents;
  assert.deepEqual([record?.given, record?.n, record?.notice], [true, 3, '0'.repeat(16)]);
  assert.deepEqual(again.store.read('settings'), { name: 'Hall', consents: { usage: true, steps: false } });
});

test('consents-of-a-version-without-records-become-records-and-silence-stays-silence', async () => {
  const home = openHome();
  home.store.write('settings', { name: 'Hall', consents: { usage: true } });
  await home.privacy.start();
  await home.privacy.tick();
  assert.deepEqual(
    home.privacy.state().consents.map(({ item, given, how }) => [item, given, how]),
    [['usage', true, 'set-up']],
  );
  assert.ok(home.privacy.flows().consents.has('usage'));
});

test('nobody-decides-for-somebody-else-and-a-guardian-decides-for-a-child', async () => {
  const home = openHome();
  await home.privacy.tick();
  assert.equal(await home.privacy.decide(by('tenant', { usage: true })), 'not-yours', 'the household is not theirs');
  assert.equal(await home.privacy.decide(by('owner', { steps: true }, 'tenant')), 'not-yours');
  assert.equal(await home.privacy.decide(by('kid', { steps: true })), 'guardian-decides');
  assert.deepEqual(home.privacy.state().consents, []);
  assert.equal(await home.privacy.decide(by('owner', { steps: true }, 'kid')), undefined);
  assert.equal(await home.privacy.decide(by('tenant', { steps: true })), undefined);
  assert.deepEqual(
    home.privacy.state().consents.map(({ account, by: who }) => [account, who]),
    [
      ['kid', 'guardian'],
      ['tenant', 'self'],
    ],
  );
});

test('one-choice-of-several-that-is-not-theirs-changes-none', async () => {
  const home = openHome();
  await home.privacy.tick();
  assert.equal(await home.privacy.decide(by('tenant', { steps: true, usage: true })), 'not-yours');
  assert.deepEqual(home.privacy.state().consents, []);
});

test('what-somebody-does-is-sent-under-their-own-name-and-by-their-own-consent', async () => {
  const home = openHome();
  await home.privacy.tick();
  await home.privacy.decide(by('tenant', { steps: true }));
  home.send(1);
  assert.ok(!fieldsIn(home).includes('walked'), 'nobody is known whose it is');
  home.privacy.acts('owner');
  home.wait(10_000);
  home.send(2);
  assert.ok(!fieldsIn(home).includes('walked'), 'the owner has not allowed it');
  home.privacy.acts('tenant');
  home.wait(10_000);
  home.send(3);
  const own = home.privacy
    .state()
    .subjects.pseudonyms.find(({ account, of }) => account === 'tenant' && of === 'person');
  assert.equal(home.waiting().at(-1)?.of?.['steps'], own?.subject);
});

test('a-withdrawal-at-the-services-is-followed-and-an-older-one-changes-nothing', async () => {
  const home = openHome();
  await home.privacy.tick();
  await home.privacy.decide(by('owner', { usage: true }));
  home.send(1);
  const subject = home.privacy.state().subjects.pseudonyms.find(({ items }) => items.includes('usage'))?.subject ?? '';
  await home.tell(1, { kind: 'consent', subject, item: 'usage', given: false, n: 1 });
  assert.ok(home.privacy.flows().consents.has('usage'), 'the decision here has the same number');
  await home.tell(2, { kind: 'consent', subject, item: 'usage', given: false, n: 2 });
  assert.ok(!home.privacy.flows().consents.has('usage'));
  assert.ok(!fieldsIn(home).includes('lamp'), 'nor does what waited leave');
  assert.deepEqual(
    home.words().filter(({ kind }) => kind === 'heard'),
    [
      { kind: 'heard', n: 1 },
      { kind: 'heard', n: 2 },
    ],
  );
  assert.equal((home.store.read('settings') as { consents: Record<string, boolean> }).consents['usage'], false);
});

test('a-field-that-a-message-of-an-older-version-carries-without-a-name-is-taken-back-too', async () => {
  const queue: ChannelState['queue'] = [
    { seq: 1, topic: 'telemetry', payload: JSON.stringify({ v: 1, at: '', fields: { lamp: 1, uptime: 2 }, seq: 1 }) },
    { seq: 2, topic: 'telemetry', payload: JSON.stringify({ v: 1, at: '', fields: { lamp: 1 }, seq: 2 }) },
  ];
  const home = openHome({ channel: { ...INITIAL_CHANNEL, phase: 'connected', nextSeq: 3, queue } });
  await home.privacy.start();
  assert.deepEqual(home.waiting(), [{ v: 1, at: '', fields: { uptime: 2 }, seq: 1 }]);
  assert.deepEqual(
    home.privacy.ledger().map(({ field, count }) => [field, count]),
    [
      ['lamp', 2],
      ['lamp', 2],
    ],
    'handed to a connection that is up, it may have left: it is counted',
  );
});

test('a-product-that-asks-nobody-has-no-choices', async () => {
  const home = openHome({ declaration: { ...DECLARATION, personalData: [] } });
  await home.privacy.start();
  await home.privacy.tick();
  home.send(1);
  assert.deepEqual([home.words(), fieldsIn(home)], [[], ['uptime']], 'no pseudonym is drawn for nothing');
});
