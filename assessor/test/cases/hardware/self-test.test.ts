import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Declaration } from '@hearthward/product';
import { selfTest } from '../../../src/cases/hardware/self-test.ts';
import type { Data, Judgement } from '../../../src/model.ts';
import type { Target } from '../../../src/target.ts';
import { KETTLE } from '../exposure/fake-kettle-declaration.ts';

/** What a product says of its self-test, judged of what was seen while a laboratory broke one part after the other. */
const [read] = KETTLE.externalFunctions.filter(({ kind }) => kind === 'read');
const TESTED: Declaration = {
  ...KETTLE,
  selfTests: (['memory', 'clock'] as const).map((part) => ({
    id: part,
    description: { en: part },
    part,
    method: 'a test',
    withinMillis: 100,
    onFailure: 'told' as const,
  })),
  selfTestShown: { function: read?.id ?? '', passed: 'All is well', failed: 'Something is broken' },
};
type Row = readonly [kind: string, subject: string, data: Data];
const result = (subject: string, when: string, says: 'well' | 'bad' | 'both' | 'nothing' | 'unread'): Row => [
  'result',
  subject,
  {
    when,
    read: says !== 'unread',
    passed: says === 'well' || says === 'both',
    failed: says === 'bad' || says === 'both',
  },
];
const did = (subject: string, what: string, because = ''): Row => ['handled', subject, { what, because }];
const SEEN: Readonly<Record<string, Row>> = {
  whole: result('product', 'whole', 'well'),
  breaksMemory: did('memory', 'failed'),
  cyclesMemory: did('memory', 'power-cycled'),
  memory: result('memory', 'failed', 'bad'),
  mendsMemory: did('memory', 'mended'),
  breaksClock: did('clock', 'failed'),
  cyclesClock: did('clock', 'power-cycled'),
  clock: result('clock', 'failed', 'bad'),
  mendsClock: did('clock', 'mended'),
  mended: result('product', 'mended', 'well'),
};
function judge(change: Readonly<Record<string, Row>> = {}, without: readonly string[] = []): Judgement {
  const observations = Object.entries({ ...SEEN, ...change })
    .filter(([name]) => !without.includes(name))
    .map(([, [kind, subject, data]], n) => ({
      id: `self-test/${n + 1}`,
      case: 'self-test',
      kind,
      subject,
      at: '2026-11-26T00:00:00.000Z',
      data,
      blobs: [],
    }));
  return selfTest.judge({ declaration: TESTED, observations, assessedAt: '2026-11-26T00:00:00.000Z' });
}

test('a product that tells of each part that fails passes', () => {
  const { verdict, uncovered, decided, because } = judge();
  assert.deepEqual([verdict, uncovered, decided], ['PASS', [], 'automatic'], because);
});

test('a product that tries nothing, or says that all is well, fails', () => {
  assert.equal(judge({ whole: result('product', 'whole', 'nothing') }).verdict, 'FAIL');
  for (const says of ['well', 'nothing', 'both'] as const) {
    const { verdict, because } = judge({ clock: result('clock', 'failed', says) });
    assert.deepEqual([verdict, /its clock does not work/.test(because)], ['FAIL', true], says);
  }
});

test('nothing passes that was not seen to its end', () => {
  for (const name of ['whole', 'breaksMemory', 'cyclesMemory', 'memory', 'breaksClock', 'clock', 'mended'])
    assert.equal(judge({}, [name]).verdict, 'INCONCLUSIVE', name);
  assert.equal(judge({ breaksClock: did('clock', 'failed', 'ended with 1') }).verdict, 'INCONCLUSIVE');
  assert.equal(judge({ cyclesClock: did('clock', 'power-cycled', 'ended with 1') }).verdict, 'INCONCLUSIVE');
  assert.equal(judge({ clock: result('clock', 'failed', 'unread') }).verdict, 'INCONCLUSIVE');
  assert.equal(judge({ mended: result('product', 'mended', 'bad') }).verdict, 'INCONCLUSIVE');
  assert.equal(judge({ whole: result('product', 'whole', 'bad') }).verdict, 'INCONCLUSIVE', 'a unit that is not whole');
  assert.equal(judge({ whole: ['result', 'product', { when: 'whole' }] }).verdict, 'ERROR');
});

test('it is tried only where a laboratory can break parts and switch the power', () => {
  const asked = { ask: ['true'], takeBack: ['true'] };
  const [guard] = KETTLE.authenticationMechanisms;
  const target = {
    authorisation: { changes: true },
    accounts: { [guard?.id ?? '']: { password: 'x' } },
    handling: { powerCycle: ['true'], failPart: { memory: asked } },
  } as unknown as Target;
  assert.deepEqual(selfTest.ready(TESTED, target), { ok: true });
  const others: readonly (readonly [Declaration, Target])[] = [
    [KETTLE, target],
    [{ ...TESTED, selfTestShown: { function: 'none', passed: 'a', failed: 'b' } }, target],
    [TESTED, { ...target, accounts: {} }],
    [TESTED, { ...target, authorisation: { ...target.authorisation, changes: false } }],
    [TESTED, { ...target, handling: { powerCycle: ['true'] } }],
    [TESTED, { ...target, handling: { failPart: { memory: asked } } }],
  ];
  for (const [declaration, given] of others) assert.equal(selfTest.ready(declaration, given).ok, false);
});
