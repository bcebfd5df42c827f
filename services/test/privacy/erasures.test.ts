import assert from 'node:assert/strict';
import { afterEach, beforeEach, it } from 'node:test';
import { type ErasureStatement, MAX_MESSAGE_BYTES } from '@hearthward/protocol';
import { auditTrail } from '../../src/operators/audit.ts';
import type { ErasureProgress } from '../../src/privacy/seams.ts';
import type { Store } from '../../src/store/open.ts';
import { ALICE, BOB, DAY, DEVICE, HOUR, orderOf, type World, world } from './world.ts';
import { onEachStore } from '../store/everywhere.ts';

const PLACES = ['keys', 'services', 'backups', `device:${DEVICE}`, 'party:cloud'];

onEachStore('erasures', (lies) => {
  let w: World;
  beforeEach(async () => {
    w = await world(lies);
  });
  afterEach(() => w.end());

  const of = async (subject = ALICE): Promise<ErasureProgress> => {
    const [first] = await w.erasures.ofSubjects([subject]);
    assert.ok(first);
    return first;
  };
  const kinds = ({ confirmations }: ErasureProgress) =>
    confirmations.map(
      ({ payload }) => (JSON.parse(Buffer.from(payload, 'base64').toString()) as ErasureStatement).kind,
    );

  it('go-through-keys-rows-device-and-declared-parties-and-are-confirmed', async () => {
    await w.erasures.ask(orderOf(w, 'a'));
    await w.erasures.goOn();
    const progress = await of();
    assert.deepEqual(
      progress.places.map(({ place, state }) => `${place} ${state}`),
      PLACES.map((place) => `${place} erased`),
    );
    assert.deepEqual(kinds(progress), ['erased', 'expired']);
    assert.equal(w.vault.stateOf(ALICE), 'ended');
    assert.equal(w.vault.stateOf(BOB), 'open');
    const last = w.told.at(-1)?.news;
    assert.ok(last?.kind === 'erasure' && last.state === 'erased' && last.confirmations.length === 2);
    assert.deepEqual(
      (await auditTrail(w.store.db, 9)).map(({ action, detail }) => [
        action,
        (JSON.parse(detail) as { is?: string }).is,
      ]),
      [
        ['erasure', 'expired'],
        ['erasure', 'erased'],
        ['erasure', 'under-way'],
        ['erasure-asked', undefined],
      ],
    );
  });

  it('can-be-taken-back-until-the-declared-moment-and-not-after-it-whatever-the-asker-says', async () => {
    const asked = await w.erasures.ask(orderOf(w, 'a', { undoUntil: w.now + 300 * DAY }));
    assert.ok(asked !== 'refused');
    assert.equal(asked.undoUntil, w.now + 24 * HOUR);
    await w.erasures.goOn();
    assert.equal(w.vault.stateOf(ALICE), 'blocked');
    w.now += 24 * HOUR - 1;
    const kept = await w.erasures.keep(asked.id, asked.askedBy);
    assert.ok(kept !== 'refused' && kept.state === 'kept');
    assert.equal(w.vault.stateOf(ALICE), 'open');
    w.now += 3 * DAY;
    await w.erasures.goOn();
    assert.equal(w.erased.size, 0);
    const again = await w.erasures.ask(orderOf(w, 'b', { undoUntil: w.now + HOUR }));
    assert.ok(again !== 'refused');
    w.now += HOUR;
    assert.equal(await w.erasures.keep(again.id, again.askedBy), 'refused');
    await w.erasures.goOn();
    assert.equal(w.vault.stateOf(ALICE), 'ended');
  });

  it('say-who-is-later-than-declared-once-on-record-and-until-it-has-settled', async () => {
    let isDone = false;
    w.answers.set('party:cloud', async ({ now }) => ({ state: isDone ? 'erased' : 'waiting', at: now }));
    await w.erasures.ask(orderOf(w, 'a', { undoUntil: w.now + HOUR }));
    const promised = w.now + HOUR + 3 * DAY;
    const lates = async () => (await auditTrail(w.store.db, 50)).filter(({ action }) => action === 'erasure-late');
    w.now = promised - 1;
    await w.erasures.goOn();
    assert.deepEqual([(await of()).late, await lates()], [[], []]);
    w.now = promised;
    await w.erasures.goOn();
    assert.deepEqual((await of()).late, [{ place: 'party:cloud', since: promised }]);
    w.now += 10 * DAY;
    w.again();
    await w.erasures.goOn();
    assert.deepEqual(
      (await lates()).map(({ actor, detail }) => [actor, detail]),
      [['services', '{"place":"party:cloud"}']],
    );
    assert.deepEqual([(await of()).late.length, kinds(await of())], [1, []]);
    isDone = true;
    w.now += DAY;
    await w.erasures.goOn();
    assert.deepEqual([(await of()).late, kinds(await of())], [[], ['erased', 'expired']]);
  });

  it('are-looked-at-without-anybody-being-told-or-anything-being-kept', async () => {
    await w.erasures.ask(orderOf(w, 'a'));
    await w.erasures.goOn();
    const before = [w.told.length, (await auditTrail(w.store.db, 50)).length, await of()];
    assert.deepEqual(await w.erasures.find('a'.padEnd(22, '0')), await of());
    assert.equal(await w.erasures.find('z'.padEnd(22, '0')), undefined);
    assert.deepEqual([w.told.length, (await auditTrail(w.store.db, 50)).length, await of()], before);
  });

  it('refuse-in-the-same-words-what-is-unknown-and-what-is-somebody-elses', async () => {
    w.vault.people.set('c'.repeat(22), { deviceId: 'other00001', epoch: 1, items: [], state: 'open' });
    for (const subjects of [['c'.repeat(22)], ['d'.repeat(22)], [ALICE, 'c'.repeat(22)], [ALICE, 'd'.repeat(22)], []])
      assert.equal(await w.erasures.ask(orderOf(w, 'a', { subjects })), 'refused');
    const account = { who: 'account', account: 'abcdefgh' } as const;
    assert.equal(await w.erasures.ask(orderOf(w, 'a', { askedBy: account })), 'refused');
    assert.equal((await w.erasures.ofSubjects([ALICE])).length, 0);
    const asked = await w.erasures.ask(orderOf(w, 'a', { undoUntil: w.now + HOUR }));
    assert.ok(asked !== 'refused');
    const stranger = { who: 'device', deviceId: 'other00001' } as const;
    for (const by of [stranger, account]) {
      assert.equal(await w.erasures.ask(orderOf(w, 'a', { askedBy: by })), 'refused');
      assert.equal(await w.erasures.keep(asked.id, by), 'refused');
    }
    assert.equal(await w.erasures.keep('z'.repeat(22), asked.askedBy), 'refused');
    await w.erasures.erasedHere('other00001', { kind: 'erased-here', id: asked.id });
    assert.ok((await of()).places.every(({ state }) => state === 'waiting'));
  });

  it('tell-a-device-of-very-many-pseudonyms-no-more-than-it-hears-and-the-confirmation-all-the-same', async () => {
    const subjects = Array.from({ length: 256 }, (_, n) => `many${n}`.padEnd(22, 'A'));
    for (const subject of subjects)
      w.vault.people.set(subject, { deviceId: DEVICE, epoch: 1, items: ['climate'], state: 'open' });
    w.certificates = ['x'.repeat(1000), 'y'.repeat(1000)];
    await w.erasures.ask(orderOf(w, 'a', { subjects }));
    await w.erasures.goOn();
    for (const { news } of w.told)
      assert.ok(JSON.stringify({ v: 1, n: 1_800_000_000, news }).length <= MAX_MESSAGE_BYTES);
    const last = w.told.at(-1)?.news;
    assert.ok(last?.kind === 'erasure' && last.confirmations.length === 1);
    assert.deepEqual(kinds({ ...(await of(subjects[0])), confirmations: last.confirmations }), ['expired']);
  });

  it('answer-the-same-order-again-with-how-far-it-is', async () => {
    w.answers.set('party:cloud', async ({ now }) => ({ state: 'waiting', at: now, because: 'it has begun' }));
    const order = orderOf(w, 'a');
    await w.erasures.ask(order);
    await w.erasures.goOn();
    const again = await w.erasures.ask({ ...order, subjects: [BOB], undoUntil: w.now + DAY });
    assert.ok(again !== 'refused');
    assert.deepEqual([again.state, again.subjects], ['under-way', [ALICE]]);
    assert.equal(w.vault.stateOf(BOB), 'open');
  });

  it('of-two-people-at-once-go-side-by-side-and-one-that-is-kept-frees-nobody-who-is-named-elsewhere', async () => {
    const until = w.now + HOUR;
    await Promise.all([
      w.erasures.ask(orderOf(w, 'a', { undoUntil: until })),
      w.erasures.ask(orderOf(w, 'b', { subjects: [BOB] })),
      w.erasures.ask(orderOf(w, 'c', { subjects: [ALICE, BOB], undoUntil: until })),
    ]);
    await w.erasures.goOn();
    assert.equal(w.vault.stateOf(BOB), 'ended');
    await w.erasures.keep('a'.padEnd(22, '0'), { who: 'device', deviceId: DEVICE });
    assert.equal(w.vault.stateOf(ALICE), 'blocked');
    w.now = until;
    await w.erasures.goOn();
    assert.equal(w.vault.stateOf(ALICE), 'ended');
  });

  it('do-not-confirm-while-a-party-refuses-a-disk-is-full-or-a-device-is-away-and-say-why', async () => {
    let isWell = false;
    const ill = async ({ now }: { now: number }) =>
      isWell
        ? ({ state: 'erased', at: now } as const)
        : ({ state: 'failed', at: now, because: 'it answered 500' } as const);
    w.answers.set('party:cloud', ill);
    w.answers.set(`device:${DEVICE}`, async ({ now }) => ({ state: 'waiting', at: now, because: 'it was told' }));
    w.answers.set('services', async () => {
      if (!isWell) throw Object.assign(new Error('database or disk is full: SECRET'), { errcode: 13 });
      return { state: 'erased', at: w.now };
    });
    await w.erasures.ask(orderOf(w, 'a'));
    for (let n = 0; n < 12; n++) {
      w.now += 6 * HOUR;
      await w.erasures.goOn();
      const { state, confirmations, places } = await of();
      assert.deepEqual([state, confirmations.length], ['under-way', 0]);
      assert.equal(places.find(({ place }) => place === 'party:cloud')?.because, 'it answered 500');
      assert.equal(JSON.stringify(places).includes('SECRET'), false);
    }
    isWell = true;
    w.now += 6 * HOUR;
    await w.erasures.goOn();
    assert.equal((await of()).confirmations.length, 0, 'the device has not answered');
    await w.erasures.erasedHere(DEVICE, { kind: 'erased-here', id: 'a'.padEnd(22, '0') });
    await w.erasures.goOn();
    assert.deepEqual(kinds(await of()), ['erased', 'expired']);
  });

  it('wait-for-the-keys-of-every-replica-before-anything-else-is-asked', async () => {
    w.answers.set('keys', async () => {
      throw new Error('a replica is away');
    });
    await w.erasures.ask(orderOf(w, 'a'));
    await w.erasures.goOn();
    assert.deepEqual([...w.erased], []);
    const [keys] = (await of()).places;
    assert.deepEqual([keys?.state, keys?.because], ['failed', 'a fault of ours; the log has it']);
  });

  it('resume-after-a-crash-at-every-write-and-never-confirm-falsely', async () => {
    for (let crashAt = 0; crashAt < 60; crashAt++) {
      const subject = `s${crashAt}`.padEnd(22, 'A');
      w.vault.people.set(subject, { deviceId: DEVICE, epoch: 1, items: ['climate'], state: 'open' });
      const order = orderOf(w, `${crashAt}x`, { subjects: [subject], undoUntil: w.now + HOUR });
      let writes = 0;
      const power = () => Promise.reject(new Error('power'));
      const crashing = (store: Store): Store => ({
        ...store,
        // before the commit and after it, by turns: what was not kept has not happened, what was kept has
        transaction: (work) => {
          const write = writes++;
          if (write < crashAt) return store.transaction(work);
          return write === crashAt && crashAt % 2 === 0 ? store.transaction(work).then(power) : power();
        },
      });
      w.again(crashing);
      await w.erasures.ask(order).catch(() => undefined);
      await w.erasures.goOn();
      w.now += HOUR;
      await w.erasures.goOn();
      w.again();
      const [before] = await w.erasures.ofSubjects([subject]);
      if (before && before.confirmations.length > 0)
        for (const place of PLACES) assert.ok(w.erased.has(`${order.id} ${place}`), `${crashAt}: ${place}`);
      await w.erasures.ask(order);
      for (let n = 0; n < 3; n++) {
        w.now += 6 * HOUR;
        await w.erasures.goOn();
      }
      assert.deepEqual(kinds(await of(subject)), ['erased', 'expired'], `${crashAt}`);
      for (const place of PLACES) assert.ok(w.erased.has(`${order.id} ${place}`), `${crashAt}: ${place}`);
      const left = await w.store.db.selectFrom('erasures').select('id').where('due_at', 'is not', null).execute();
      assert.equal(left.length, 0, `${crashAt}: something is left to do`);
      if (writes <= crashAt) return;
    }
    assert.fail('there were more writes than were interrupted');
  });
});
