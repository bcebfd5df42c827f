import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EventMessage } from '@hearthward/protocol';
import fc from 'fast-check';
import { DAY, HOUR, MINUTE } from '../../src/clock.ts';
import { auditTrail } from '../../src/operators/audit.ts';
import { USUAL_PLAN } from '../../src/updates/rollout/plan.ts';
import { countsOf } from '../../src/updates/rollout/words.ts';

import { BEGIN, by, fleetOf, isPublished, PLAN } from './fleet.ts';

test('a-release-goes-from-stage-to-stage-by-what-its-devices-say-and-by-the-word-of-a-second-person', async (t) => {
  const fleet = await fleetOf(t, 400);
  const { hall, rollouts, say, told } = fleet;
  const begin = await rollouts().begin({ ...BEGIN, testers: ['device7'] });
  assert.ok(begin.ok && begin.unsigned === undefined, JSON.stringify(begin));
  const [offer] = fleet.offers();
  assert.deepEqual(
    [offer?.version, offer?.number, offer?.state, offer?.below, offer?.jitterSeconds, offer?.members.length],
    ['1.1.0', 2, 'offered', 100, 3600, 1],
  );
  assert.deepEqual(told, ['hub 1.1.0 offered 100']);
  hall.clock.at += HOUR;
  for (let at = 0; at < 400; at++) {
    await say(`device${at}`, 1, 'update-will-restart');
    await say(`device${at}`, 2, 'update-installed');
  }
  await rollouts().tick();
  assert.deepEqual(fleet.offers()[0]?.below, 100, 'a stage lasts its time');
  hall.clock.at += DAY;
  await rollouts().tick();
  assert.equal(fleet.offers()[0]?.below, 1000);
  hall.clock.at += DAY;
  await rollouts().tick();
  const [waiting] = await rollouts().list('hub');
  assert.deepEqual(
    [waiting?.phase, waiting?.why, waiting?.next],
    ['awaiting-approval', { because: 'planned' }, { kind: 'approval', below: 5000 }],
  );
  assert.equal(fleet.offers()[0]?.below, 1000);
  const same = await rollouts().decide({ ...by(' dora'), act: 'approve' });
  assert.ok(!same.ok && same.code === 'second-person');
  assert.ok((await rollouts().decide({ ...by('Emil'), act: 'approve' })).ok);
  assert.equal(fleet.offers()[0]?.below, 5000);
  for (let days = 0; days < 5; days++) {
    hall.clock.at += DAY;
    await rollouts().tick();
  }
  const [complete] = await rollouts().list();
  assert.equal(complete?.phase, 'complete');
  assert.deepEqual(fleet.offers()[0]?.below, 10_000);
  const actions = (await auditTrail(fleet.store.db, 20)).map(({ action, actor }) => `${actor} ${action}`).reverse();
  assert.deepEqual(actions, [
    'Dora rollout-begun',
    'services rollout-stage',
    'services rollout-waits',
    'Emil rollout-approved',
    'services rollout-stage',
    'services rollout-complete',
  ]);
});

test('a-release-that-devices-roll-back-is-halted-in-what-devices-find-and-goes-on-only-when-it-no-longer-fails', async (t) => {
  const fleet = await fleetOf(t);
  const { rollouts, say, hall } = fleet;
  await rollouts().begin(BEGIN);
  for (const at of [0, 1, 2, 3]) await say(`device${at}`, 1, 'update-will-restart');
  for (const at of [0, 1, 2, 3])
    await say(`device${at}`, 2, 'update-rolled-back', { version: '1.1.0', because: 'unhealthy-api' });
  await rollouts().tick();
  assert.equal(fleet.offers()[0]?.state, 'halted');
  assert.deepEqual(fleet.told.at(-1), 'hub 1.1.0 halted 100');
  const [halted] = await rollouts().list('hub');
  assert.deepEqual([halted?.phase, halted?.why?.because, halted?.counts.failed], ['halted', 'failures', 4]);
  assert.ok((halted?.counts.failures.low ?? 0) > USUAL_PLAN.acceptableFailures);
  const still = await rollouts().decide({ ...by('Emil'), act: 'resume' });
  assert.ok(!still.ok && still.code === 'still-failing');
  assert.equal(fleet.offers()[0]?.state, 'halted');
  for (const at of [0, 1, 2, 3]) await say(`device${at}`, 9, 'update-installed');
  hall.clock.at += MINUTE;
  const resumed = await rollouts().decide({ ...by('Emil'), act: 'resume' });
  assert.ok(resumed.ok);
  assert.equal(fleet.offers()[0]?.state, 'offered');
});

test('a-person-halts-a-release-with-a-reason-that-is-on-record-and-it-stays-halted-over-restarts', async (t) => {
  const fleet = await fleetOf(t);
  const { rollouts } = fleet;
  await rollouts().begin(BEGIN);
  const why = { ...by('Emil'), why: 'no' };
  assert.ok(!(await rollouts().decide({ ...why, act: 'halt' })).ok);
  assert.equal(fleet.offers()[0]?.state, 'offered');
  assert.ok((await rollouts().decide({ ...by('Emil'), act: 'halt' })).ok);
  fleet.restart();
  fleet.hall.clock.at += 3 * DAY;
  await fleet.rollouts().tick();
  assert.equal(fleet.offers()[0]?.state, 'halted');
  const [entry] = await auditTrail(fleet.store.db, 1);
  assert.deepEqual([entry?.actor, entry?.action, entry?.subject], ['Emil', 'rollout-halted', 'hub 1.1.0']);
  assert.match(entry?.detail ?? '', /looked at it closely/);
});

test('devices-that-say-nothing-after-the-switch-have-failed-but-not-while-they-could-not-be-heard', async (t) => {
  const fleet = await fleetOf(t);
  const { hall, say, store } = fleet;
  await fleet.rollouts().begin(BEGIN);
  for (const at of [0, 1, 2, 3, 4]) await say(`device${at}`, 1, 'update-on-trial');
  await store.db.updateTable('devices').set({ revoked_at: hall.clock.at }).where('device_id', '=', 'device4').execute();
  hall.clock.at += 7 * HOUR;
  fleet.restart();
  await fleet.rollouts().tick();
  const [early] = await fleet.rollouts().list();
  assert.deepEqual(
    [early?.phase, early?.counts.begun, early?.counts.silent],
    ['running', 4, 0],
    'the services were away',
  );
  hall.clock.at += HOUR;
  await fleet.rollouts().tick();
  const [later] = await fleet.rollouts().list();
  assert.deepEqual([later?.phase, later?.counts.silent], ['halted', 4]);
  assert.equal(fleet.offers()[0]?.state, 'halted');
});

test('what-is-no-plan-no-release-no-device-and-no-reason-begins-nothing', async (t) => {
  const fleet = await fleetOf(t);
  const { rollouts } = fleet;
  for (const [change, code, says] of [
    [{ plan: { ...PLAN, stages: [] } }, 'plan-refused', /stages/],
    [{ plan: { ...PLAN, stages: PLAN.stages.slice(0, 1) } }, 'plan-refused', /10000/],
    [{ plan: 'all of them' }, 'plan-refused', /the plan/],
    [{ version: '9.9.9' }, 'release-unknown', /not published/],
    [{ product: 'camera' }, 'release-unknown', /not published/],
    [{ testers: ['device1', 'nobody'] }, 'tester-unknown', /no device nobody/],
    [{ why: 'yes' }, 'no-reason', /ten letters/],
  ] as const) {
    const refused = await rollouts().begin({ ...BEGIN, ...change });
    assert.ok(!refused.ok);
    assert.equal(refused.code, code);
    assert.match(refused.because, says);
  }
  assert.deepEqual([await rollouts().list(), fleet.offers()], [[], []]);
  assert.ok((await rollouts().begin(BEGIN)).ok);
  const again = await rollouts().begin(BEGIN);
  assert.ok(!again.ok && again.code === 'rollout-there');
  const none = await rollouts().decide({ ...by('Emil'), version: '1.0.0', act: 'halt' });
  assert.ok(!none.ok && none.code === 'rollout-unknown');
});

test('what-could-not-be-signed-is-signed-with-the-next-tick-and-nothing-else-is-offered-meanwhile', async (t) => {
  const fleet = await fleetOf(t);
  const { hall } = fleet;
  await fleet.rollouts().begin(BEGIN);
  const now = hall.clock.at;
  hall.clock.at = Date.parse('2020-01-01T00:00:00Z');
  const halted = await fleet.rollouts().decide({ ...by('Emil'), act: 'halt' });
  assert.ok(halted.ok);
  assert.match(halted.unsigned ?? '', /the clock says 2020/);
  hall.clock.at = now;
  assert.equal(fleet.offers()[0]?.state, 'offered');
  // the process ended between the decision and its offer
  fleet.restart();
  await fleet.rollouts().tick();
  assert.equal(fleet.offers()[0]?.state, 'halted');
  // and between a signature and whatever followed it: the same again signs nothing
  const version = hall.state().timestamp.metadata.signed.version;
  fleet.restart();
  await fleet.rollouts().tick();
  assert.equal(hall.state().timestamp.metadata.signed.version, version);
});

test('offers-of-a-product-that-no-rollout-is-of-are-left-alone', async (t) => {
  const { rollouts, hall, offers } = await fleetOf(t);
  const { version } = hall.state().timestamp.metadata.signed;
  await rollouts().tick();
  assert.deepEqual([offers(), hall.state().timestamp.metadata.signed.version], [[], version]);
});

test('events-in-any-order-and-however-often-count-each-device-once-by-its-last-word', async (t) => {
  const fleet = await fleetOf(t);
  const { store, hall } = fleet;
  await fleet.rollouts().begin(BEGIN);
  const KINDS = [
    'update-will-restart',
    'update-on-trial',
    'update-installed',
    'update-rolled-back',
    'update-rejected',
    'device-started',
    'update-available',
  ] as const;
  const WORDS = {
    'update-will-restart': 'begun',
    'update-on-trial': 'begun',
    'update-installed': 'confirmed',
    'update-rolled-back': 'failed',
    'update-rejected': 'failed',
  } as Record<string, string>;
  const event = fc.record({
    device: fc.nat({ max: 5 }),
    kind: fc.constantFrom(...KINDS),
    about: fc.constantFrom<EventMessage['detail']>(
      { version: '1.1.0' },
      { number: 2 },
      { version: '1.0.0' },
      { number: 7 },
      {},
      { softwareVersion: '1.1.0' },
    ),
  });
  let first = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { maxLength: 12 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      async (events, order) => {
        await store.db.deleteFrom('rollout_devices').execute();
        const sent = events.map((each, at) => ({ ...each, seq: first + at }));
        first += events.length + 1;
        const twice = [...sent, ...sent].map((each) => ({ each, at: order.next().value })).sort((a, b) => a.at - b.at);
        for (const { each, at } of twice) {
          await fleet.say(`device${each.device}`, each.seq, each.kind, each.about);
          if (at < 0.1) fleet.restart();
        }
        const last = new Map<number, string>();
        for (const { device, kind, about } of sent) {
          const word = WORDS[kind];
          if (word && (about['version'] === '1.1.0' || about['number'] === 2)) last.set(device, word);
        }
        const counted = await countsOf(store.db, by('x'), hall.clock.at + 1);
        const total = (key: 'begun' | 'confirmed' | 'failed' | 'silent') =>
          Object.values(counted).reduce((sum, each) => sum + each[key], 0);
        const words = [...last.values()];
        assert.deepEqual(
          [total('begun'), total('confirmed'), total('failed'), total('silent')],
          [last.size, ...['confirmed', 'failed', 'begun'].map((word) => words.filter((each) => each === word).length)],
        );
      },
    ),
    { numRuns: 150 },
  );
});

test('whatever-happens-and-wherever-it-crashes-devices-find-what-was-decided-last', async (t) => {
  const fleet = await fleetOf(t);
  const step = fc.oneof(
    fc.record({ do: fc.constant('hear' as const), device: fc.nat({ max: 11 }), good: fc.boolean() }),
    fc.record({ do: fc.constantFrom('halt' as const, 'approve' as const, 'resume' as const) }),
    fc.record({ do: fc.constantFrom('tick' as const, 'crash' as const, 'begin' as const), hours: fc.nat({ max: 40 }) }),
  );
  let seq = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
      await fleet.store.db.deleteFrom('rollout_devices').execute();
      await fleet.store.db.deleteFrom('rollouts').execute();
      await fleet.rollouts().begin(BEGIN);
      for (const each of steps) {
        if (each.do === 'hear') {
          await fleet.say(`device${each.device}`, seq++, each.good ? 'update-installed' : 'update-rolled-back');
          continue;
        }
        if (each.do === 'tick' || each.do === 'crash' || each.do === 'begin') {
          fleet.hall.clock.at += (each.hours * HOUR) / 10;
          if (each.do === 'crash') fleet.restart();
          if (each.do === 'begin') await fleet.rollouts().begin(BEGIN);
          else await fleet.rollouts().tick();
        } else await fleet.rollouts().decide({ ...by('Emil'), act: each.do });
        await isPublished(fleet);
      }
    }),
    { numRuns: 25 },
  );
});
