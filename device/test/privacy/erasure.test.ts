import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { withoutPerson } from '../../src/privacy/erasing.ts';
import { createSealer } from '../../src/secrets/sealer.ts';
import { openStore } from '../../src/store/store.ts';
import { memoryStore } from '../panel/bench.ts';
import { temporaryFolder } from '../stand-in/factory.ts';
import { by, DAY, openHome, type HomeBench } from './home.ts';

/** One person's data goes: from the queue, the product, the records and the disk; what others have stays. */

const HOUR = 3_600_000;
const own = (home: HomeBench, account: string): string[] =>
  home.privacy
    .state()
    .subjects.pseudonyms.filter((each) => each.account === account)
    .map(({ subject }) => subject);
const stateOf = (home: HomeBench): string | undefined => home.privacy.state().erasures.at(-1)?.state;
const lived = async (home: HomeBench): Promise<HomeBench> => {
  await home.privacy.tick();
  await home.privacy.moveIn('tenant');
  await home.privacy.decide(by('tenant', { usage: true, steps: true }));
  await home.privacy.decide(by('owner', { steps: true }));
  home.privacy.acts('tenant');
  home.send(7);
  home.deliver();
  home.wait(10_000);
  home.send(8);
  return home;
};

test('erases-one-tenant', async () => {
  const home = await lived(openHome());
  const gone = own(home, 'tenant');
  const [owners] = home.privacy
    .state()
    .subjects.pseudonyms.filter(({ account, of }) => account === 'owner' && of === 'person');
  home.store.write('product', { wifi: 'the flat' });
  const settings = { name: 'Flat 3', consents: { usage: true, steps: false } };
  home.store.write('settings', settings);
  const accounts = home.store.read('accounts');

  assert.equal(await home.privacy.erase('tenant', 0), undefined);

  const left = JSON.stringify([...home.store.rooms].filter(([room]) => room !== 'accounts'));
  const { subjects, consents, erasures } = home.privacy.state();
  assert.deepEqual(
    [subjects.pseudonyms.some(({ subject }) => gone.includes(subject)), consents.map(({ account }) => account)],
    [false, ['owner']],
  );
  assert.deepEqual(
    home.privacy
      .ledger()
      .map(({ field }) => field)
      .sort(),
    ['privacy', 'uptime'],
  );
  assert.deepEqual(
    home.waiting().map(({ fields }) => Object.keys(fields)),
    [['uptime']],
    'what waited of theirs is not sent',
  );
  assert.deepEqual(home.store.read('telemetry'), { sent: { uptime: { at: home.now(), value: 8 } } });
  assert.ok(!left.includes('walked') && !left.includes('warmth'));
  // the flat's owner has their device as it was
  assert.deepEqual(home.store.read('accounts'), accounts);
  assert.deepEqual(home.store.read('product'), { wifi: 'the flat' });
  assert.equal((home.store.read('settings') as { name: string }).name, 'Flat 3');
  assert.ok(subjects.pseudonyms.some(({ subject }) => subject === owners?.subject));
  assert.deepEqual(home.forgotten, [['steps', 'climate', 'usage']]);
  assert.deepEqual(
    erasures.map(({ state, goneAt }) => [state, goneAt]),
    [['waiting', home.now()]],
  );
  const asked = home.words().filter(({ kind }) => kind === 'erase' || kind === 'erased-here');
  assert.deepEqual(
    asked.map((word) => [word.kind, 'subjects' in word ? word.subjects : []]),
    [
      ['erase', gone],
      ['erased-here', []],
    ],
  );
});

test('who-moves-in-begins-under-a-new-name-and-without-the-choices-of-who-lived-here', async () => {
  const home = openHome();
  await home.privacy.tick();
  await home.privacy.decide(by('owner', { usage: true }));
  home.send(3);
  home.deliver();
  const before = own(home, 'owner');
  await home.privacy.moveIn('tenant');
  home.wait(60_000);
  home.send(4);
  const [message] = home.waiting();
  assert.deepEqual(Object.keys(message?.fields ?? {}), ['warmth', 'uptime'], 'the owner’s consent is not the tenant’s');
  assert.ok(!before.includes(message?.of?.['climate'] ?? ''));
  assert.equal((home.store.read('telemetry') as { sent: Record<string, unknown> }).sent['lamp'], undefined);
  assert.ok(home.privacy.ledger().every(({ field }) => field !== 'lamp' && field !== 'warmth'));
  assert.equal(await home.privacy.moveIn('kid'), 'child');
  assert.equal(await home.privacy.moveIn('nobody'), 'no-such-account');
  // who lived here before can still have theirs erased
  await home.privacy.erase('owner', 0);
  const asked = home.words().find(({ kind }) => kind === 'erase');
  assert.ok(asked?.kind === 'erase' && before.every((subject) => asked.subjects.includes(subject)));
  assert.ok(home.privacy.flows().of['climate'] !== undefined, 'and the tenant’s goes on');
});

test('it-can-be-taken-back-until-its-moment-and-nothing-flows-meanwhile', async () => {
  const home = await lived(openHome());
  await home.privacy.erase('tenant', 24 * HOUR);
  const id = home.privacy.state().erasures[0]?.id ?? '';
  home.wait(23 * HOUR);
  await home.privacy.tick();
  home.send(9);
  assert.deepEqual(Object.keys(home.waiting().at(-1)?.fields ?? {}), ['uptime']);
  assert.equal(await home.privacy.keepData(id, 'owner'), 'not-yours');
  assert.equal(await home.privacy.keepData(id, 'tenant'), undefined);
  assert.deepEqual([stateOf(home), home.words().at(-1)], ['kept', { kind: 'keep', id }]);
  home.wait(2 * HOUR);
  await home.privacy.tick();
  home.send(10);
  assert.ok(Object.keys(home.waiting().at(-1)?.fields ?? {}).includes('walked'), 'it goes on as it was');

  await home.privacy.erase('tenant', HOUR);
  home.wait(HOUR);
  await home.privacy.tick();
  const later = home.privacy.state().erasures.at(-1)?.id ?? '';
  assert.equal(await home.privacy.keepData(later, 'tenant'), 'too-late');
  assert.equal(stateOf(home), 'waiting');
});

test('a-button-pressed-again-and-again-is-no-attack', async () => {
  const home = await lived(openHome());
  await home.privacy.erase('tenant', HOUR);
  assert.equal(await home.privacy.erase('tenant', 0), 'under-way', 'no way around the time to take it back');
  const id = home.privacy.state().erasures[0]?.id ?? '';
  await home.privacy.keepData(id, 'tenant');
  for (let again = 0; again < 2; again += 1) assert.equal(await home.privacy.erase('tenant', 0), undefined);
  assert.equal(await home.privacy.erase('tenant', 0), 'asked-too-often');
  assert.equal(await home.privacy.erase('owner', 0), undefined, 'and nobody is kept from theirs by it');
  home.wait(DAY);
  assert.equal(await home.privacy.erase('tenant', 0), undefined);
  assert.equal(home.events.filter((kind) => kind === 'erasure-asked').length, 5);
});

test('asked-elsewhere-it-is-carried-out-here-and-answered-again-until-that-is-heard', async () => {
  const home = await lived(openHome());
  const id = 'A'.repeat(22);
  const news = { kind: 'erase', id, subjects: own(home, 'tenant') } as const;
  await home.tell(1, news);
  await home.tell(2, news);
  assert.deepEqual(
    home.words().filter(({ kind }) => kind === 'erased-here' || kind === 'heard'),
    [
      { kind: 'heard', n: 1 },
      { kind: 'erased-here', id },
      { kind: 'erased-here', id },
      { kind: 'heard', n: 2 },
    ],
  );
  assert.deepEqual(
    home.privacy.state().consents.map(({ account }) => account),
    ['owner'],
  );
  const foreign = 'B'.repeat(22);
  await home.tell(3, { kind: 'erase', id: foreign, subjects: ['C'.repeat(22)] });
  assert.deepEqual(home.words().at(-1), { kind: 'erased-here', id: foreign }, 'of nobody there is nothing here');
  assert.equal(home.privacy.state().consents.length, 1);
});

test('a-device-that-comes-back-after-a-year-drops-what-it-has-of-somebody-erased-meanwhile', async () => {
  const home = await lived(openHome());
  const subject = home.waiting()[0]?.of?.['steps'] ?? '';
  home.wait(365 * DAY);
  await home.tell(1, { kind: 'ended', subject });
  await home.tell(1, { kind: 'ended', subject });
  assert.ok(!home.privacy.state().subjects.pseudonyms.some((each) => each.subject === subject));
  assert.ok(home.waiting().every(({ fields, of }) => of?.['steps'] !== subject && fields['walked'] === undefined));
  assert.deepEqual(
    home.words().filter(({ kind }) => kind === 'erased-here'),
    [],
    'nobody asked',
  );
});

test('cut-off-at-every-write-it-goes-on-and-says-that-it-is-gone-only-then', async () => {
  for (let cutAfter = 0, whole = false; !whole; cutAfter += 1) {
    const home = await lived(openHome());
    const subjects = own(home, 'tenant');
    let writes = 0;
    const cut = (): void => {
      if (writes++ >= cutAfter) throw new Error('the power is gone');
    };
    const { store } = home;
    const failing: HomeBench['store'] = {
      ...store,
      write: (room, state) => (cut(), store.write(room, state)),
      writeAll: (states) => (cut(), store.writeAll(states)),
      erase: (rooms) => (cut(), store.erase(rooms)),
    };
    const off = openHome({ store: failing, channel: home.channel(), at: home.now() });
    await off.privacy.erase('tenant', 0).catch(() => undefined);
    whole = writes <= cutAfter;
    const said = off.words().some(({ kind }) => kind === 'erased-here');
    const asked = (store.read('privacy') as { erasures: { state: string }[] }).erasures[0];
    assert.ok(!said || asked?.state === 'waiting', `${cutAfter}: ${asked?.state}`);
    const again = openHome({ store, channel: off.channel(), at: home.now() });
    await again.privacy.start();
    await again.privacy.tick();
    if (!asked) continue;
    const now = again.privacy.state();
    assert.deepEqual(
      now.erasures.map(({ state }) => state),
      ['waiting'],
      `${cutAfter}`,
    );
    assert.ok(!now.subjects.pseudonyms.some(({ subject }) => subjects.includes(subject)), `${cutAfter}`);
    assert.ok(
      again.waiting().every(({ fields }) => fields['walked'] === undefined),
      `${cutAfter}`,
    );
    assert.ok(
      again.words().some(({ kind }) => kind === 'erase') && again.words().some(({ kind }) => kind === 'erased-here'),
    );
  }
});

test('what-fails-on-the-way-is-not-done-and-is-tried-again', async () => {
  let broken = true;
  const home = await lived(
    openHome({
      parts: {
        removePerson: (...given) => {
          if (broken) throw new Error('the disk is full');
          return withoutPerson(...given);
        },
      },
    }),
  );
  await home.privacy.erase('tenant', 0);
  assert.deepEqual([stateOf(home), home.faults.length], ['erasing', 1]);
  assert.ok(!home.words().some((word) => word.kind === 'erased-here' && word.because === undefined));
  broken = false;
  await home.privacy.tick();
  assert.equal(stateOf(home), 'waiting');
});

test('no-byte-of-it-is-left-in-any-file-of-the-store-nor-opens-in-a-copy-taken-before', async () => {
  const folder = await temporaryFolder();
  try {
    const key = Buffer.alloc(32, 9);
    // everything lies there as it is, so that bytes can be looked for
    const plain = (): ReturnType<typeof createSealer> => ({
      seal: (_purpose, bytes) => Buffer.concat([Buffer.from([1]), bytes]),
      open: (_purpose, bytes) => Buffer.from(bytes.subarray(1)),
      close: () => undefined,
    });
    const path = join(folder.path, 'state.sqlite');
    const store = openStore({ path, sealer: createSealer(key), sealing: plain });
    const memory = memoryStore();
    const home = await lived(openHome({ store: { ...store, rooms: memory.rooms } }));
    const canaries = [...own(home, 'tenant'), '"walked"', '"warmth"'];
    const bytes = (): string =>
      readdirSync(folder.path)
        .map((name) => readFileSync(join(folder.path, name), 'latin1'))
        .join();
    for (const canary of canaries) assert.ok(bytes().includes(canary), `${canary} was there`);
    await home.privacy.erase('tenant', 0);
    const subjects = new Set(home.privacy.state().erasures.flatMap((each) => each.subjects));
    for (const canary of canaries) {
      // the number of the wish itself is kept, to follow it by; it stands for nobody any more
      if (!subjects.has(canary)) assert.ok(!bytes().includes(canary), canary);
    }
    assert.ok(!bytes().includes('"account":"tenant","item"'));
    store.close();
  } finally {
    await folder.remove();
  }
});

test('what-cannot-be-erased-is-said-to-the-services-once-for-each-reason-and-tried-again', async () => {
  let fails: unknown = Object.assign(new Error('no space'), { code: 'ENOSPC' });
  const made = memoryStore();
  const store = {
    ...made,
    erase: (rooms: readonly string[]) => {
      if (fails !== undefined) throw fails;
      made.erase(rooms);
    },
  };
  const home = await lived(openHome({ store }));
  assert.equal(await home.privacy.erase('tenant', 0), undefined);
  const id = home.privacy.state().erasures.at(-1)?.id ?? '';
  const heard = () =>
    home.words().flatMap((word) => (word.kind === 'erased-here' ? [[word.id, word.because ?? 'done']] : []));
  await home.privacy.tick();
  await home.privacy.tick();
  assert.deepEqual(heard(), [[id, 'disk-full']], 'said once');
  assert.equal(home.privacy.failureOf(id), 'disk-full');
  assert.equal(home.events.filter((kind) => kind === 'erasure-failed').length, 1);
  fails = Object.assign(new Error('not allowed'), { code: 'EROFS' });
  await home.privacy.tick();
  assert.deepEqual(heard().at(-1), [id, 'data-unreadable']);
  assert.equal(stateOf(home), 'scrubbing');
  fails = undefined;
  await home.privacy.tick();
  assert.deepEqual(heard().at(-1), [id, 'done']);
  assert.deepEqual([stateOf(home), home.privacy.failureOf(id)], ['waiting', undefined]);
});
