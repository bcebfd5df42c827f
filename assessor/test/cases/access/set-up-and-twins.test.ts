import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Declaration } from '@hearthward/product';
import { passwordChangeForced } from '../../../src/cases/access/passwords/change-forced.ts';
import type { Case, LoginProbe, Observation } from '../../../src/model.ts';
import { LAMP } from './fake-declaration.ts';
import { DELIVERED_LAMP, type DeliveredFault } from './fake-delivered.ts';
import { INITIAL } from './fake-lamp.ts';
import { run, runDelivered } from './fake-run.ts';

/** The forced change on a unit in factory default, whose set-up is walked as it is declared. */
const judged = (observations: readonly Observation[], declaration: Declaration = DELIVERED_LAMP) =>
  passwordChangeForced.judge({ declaration, observations, assessedAt: '2026-11-21T00:00:00.000Z' });

test('passes-a-unit-that-asks-for-another-password-before-anything-else', async () => {
  const { judgement, observations, delivered, kept } = await runDelivered(passwordChangeForced);
  assert.equal(judgement.verdict, 'PASS', `${judgement.because} ${JSON.stringify(observations)}`);
  assert.deepEqual(judgement.uncovered, []);
  assert.deepEqual(delivered.names, ['Hall & stairs'], 'other inputs as declared, boxes as offered');
  assert.notEqual(delivered.password(), INITIAL);
  assert.ok(!delivered.asked.some((each) => each.startsWith('POST /logout')), 'no form of another kind is sent');
  const evidence = kept.join('\n') + JSON.stringify(observations);
  assert.match(evidence, /POST \/first/);
  assert.ok(!evidence.includes(INITIAL), 'no initial password in evidence');
  assert.ok(!evidence.includes(delivered.password()), 'no new password in evidence');
});

const CAUGHT: Readonly<Partial<Record<DeliveredFault, RegExp>>> = {
  'usable-before': /can be used before/,
  'takes-initial': /accepted as the new one/,
  'keeps-initial': /still works/,
};
for (const [fault, because] of Object.entries(CAUGHT)) {
  test(`catches-its-faulty-twin: password-change-forced, ${fault}`, async () => {
    const { judgement } = await runDelivered(passwordChangeForced, fault as DeliveredFault);
    assert.equal(judgement.verdict, 'FAIL', judgement.because);
    assert.match(judgement.because, because);
    assert.ok(judgement.evidence.length > 0);
  });
}

for (const fault of ['takes-nothing', 'loses-the-way', 'asks-for-ever'] as const) {
  test(`decides-nothing-of-a-set-up-that-does-not-end: ${fault}`, async () => {
    const { judgement, delivered } = await runDelivered(passwordChangeForced, fault);
    assert.equal(judgement.verdict, 'INCONCLUSIVE', judgement.because);
    assert.ok(delivered.asked.length < 90, `${delivered.asked.length} requests`);
  });
}

test('without-a-declared-set-up-the-function-that-changes-the-password-is-used', async () => {
  const { judgement, observations, delivered } = await runDelivered(passwordChangeForced, undefined, {
    declaration: LAMP,
  });
  assert.equal(judgement.verdict, 'PASS', `${judgement.because} ${JSON.stringify(observations)}`);
  assert.ok(!delivered.asked.some((each) => each.includes('/first')));
  for (const fault of Object.keys(CAUGHT)) {
    const twin = await runDelivered(passwordChangeForced, fault as DeliveredFault, { declaration: LAMP });
    assert.equal(twin.judgement.verdict, 'FAIL', `${fault}: ${twin.judgement.because}`);
  }
  const stuck = await runDelivered(passwordChangeForced, 'takes-nothing', { declaration: LAMP });
  assert.equal(stuck.judgement.verdict, 'INCONCLUSIVE', stuck.judgement.because);
});

test('leaves-a-delivered-unit-as-it-is-without-leave', async () => {
  const { judgement, delivered } = await runDelivered(passwordChangeForced, undefined, { destructive: false });
  assert.equal(judgement.verdict, 'INCONCLUSIVE', judgement.because);
  assert.equal(delivered.password(), INITIAL);
  assert.ok(!delivered.asked.some((each) => each.startsWith('POST /first')));
});

/** A case that only walks, and what the probe answered. */
async function walked(on: (each: Case) => Promise<unknown>): Promise<Awaited<ReturnType<LoginProbe['setUp']>>> {
  let result: Awaited<ReturnType<LoginProbe['setUp']>> | undefined;
  await on({
    ...passwordChangeForced,
    observe: async (probe) => {
      result = await probe.login.setUp('panel-password', 'Brisk-Otter-92-Lagoons');
    },
  });
  assert.ok(result);
  return result;
}

test('refuses-to-set-up-a-unit-that-is-in-use', async () => {
  const inUse = await walked((each) => run(each, undefined, { declaration: DELIVERED_LAMP, destructive: true }));
  assert.deepEqual(inUse, { ok: false, because: 'the target file does not give this unit as one in factory default' });
  const undeclared = await walked((each) => runDelivered(each, undefined, { declaration: LAMP }));
  assert.equal(undeclared.ok, false);
  const forbidden = await walked((each) => runDelivered(each, undefined, { destructive: false }));
  assert.deepEqual(forbidden, { ok: false, because: 'the authorisation does not allow what cannot be undone' });
});

test('walks-page-by-page-and-says-where-it-ended', async () => {
  const done = await walked((each) => runDelivered(each));
  assert.ok(done.ok);
  const { pages, sent, ended } = done.walk;
  assert.equal(ended, 'nothing-asked');
  assert.deepEqual(sent, ['initial-password', 'new-password', 'other']);
  assert.deepEqual(
    pages.map((page) => [page.path, page.asks.join()]),
    [
      ['/first', 'initial-password'],
      ['/first', 'new-password'],
      ['/first', 'other'],
      ['/', ''],
    ],
  );
  const ends = async (fault: DeliveredFault) => {
    const result = await walked((each) => runDelivered(each, fault));
    return result.ok ? [result.walk.ended, result.walk.pages.length] : undefined;
  };
  assert.deepEqual(await ends('takes-nothing'), ['asked-again', 3]);
  assert.deepEqual(await ends('loses-the-way'), ['lost', 2]);
  assert.deepEqual(await ends('asks-for-ever'), ['lost', 12]);
});

test('does-not-pass-a-delivered-unit-on-less-or-on-other-evidence', async () => {
  const { observations } = await runDelivered(passwordChangeForced);
  assert.equal(judged(structuredClone(observations)).verdict, 'PASS');
  for (const kind of new Set(observations.map((each) => each.kind))) {
    assert.notEqual(judged(observations.filter((each) => each.kind !== kind)).verdict, 'PASS', `without ${kind}`);
  }
  for (const when of ['before', 'still', 'after']) {
    const less = observations.filter(
      (each) => each.kind !== 'use' || (each.data as { readonly when: string }).when !== when,
    );
    assert.notEqual(judged(less).verdict, 'PASS', `without use ${when}`);
  }
  for (const given of ['initial', 'strong']) {
    const less = observations.filter(
      (each) => each.kind !== 'replaced' || (each.data as { readonly given: string }).given !== given,
    );
    assert.notEqual(judged(less).verdict, 'PASS', `without replaced ${given}`);
  }
  for (const at of observations.keys()) {
    const tampered = observations.map((each, index) => (index === at ? { ...each, data: { extra: 1 } } : each));
    assert.ok(['ERROR', 'FAIL'].includes(judged(tampered).verdict));
  }
  assert.notEqual(judged(observations.map((each) => ({ ...each, subject: 'another' }))).verdict, 'PASS');
});
