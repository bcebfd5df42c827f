import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Declaration, TamperInput } from '@hearthward/product';
import { tamperDetection } from '../../../src/cases/hardware/tamper-detection.ts';
import type { Data, Judgement } from '../../../src/model.ts';
import type { Target } from '../../../src/target.ts';
import { KETTLE } from '../exposure/fake-kettle-declaration.ts';

/** What a product does once a laboratory has opened it, judged of what was seen. */
const [read] = KETTLE.externalFunctions.filter(({ kind }) => kind === 'read');
const input = (id: string, more: Partial<TamperInput>): TamperInput => ({
  id,
  description: { en: id },
  guards: 'the board',
  watched: ['running', 'off'],
  latch: 'a coin cell',
  onTamper: 'quarantine',
  ...more,
});
const SEALED: Declaration = {
  ...KETTLE,
  communicationMechanisms: KETTLE.communicationMechanisms.map((each, n) => ({ ...each, alert: n === 0 })),
  tamperInputs: [input('mesh', { onTamper: 'zeroise', zeroises: 'stored' }), input('lid', {})],
  tamperShown: { function: read?.id ?? '', untouched: 'Shut', tampered: 'Open', zeroised: 'All gone' },
};
type Row = readonly [kind: string, subject: string, data: Data];
const shown = (subject: string, when: string, says: 'shut' | 'open' | 'other' | 'nothing' | 'unread'): Row => [
  'shown',
  subject,
  {
    when,
    read: says !== 'unread',
    untouched: says === 'shut',
    tampered: says === 'open' || says === 'other',
    named: says === 'open',
  },
];
const did = (subject: string, what: string, because = ''): Row => ['handled', subject, { what, because }];
const destroyed = (opens: boolean, said: boolean, reached = true): Row => [
  'destroyed',
  'mesh',
  { opens, reached, said },
];
const SEEN: Readonly<Record<string, Row>> = {
  whole: shown('product', 'whole', 'shut'),
  opens: did('lid', 'opened'),
  opened: shown('lid', 'opened', 'open'),
  closes: did('lid', 'closed'),
  closed: shown('lid', 'closed', 'open'),
  opensOff: did('lid', 'opened-while-off'),
  openedOff: shown('lid', 'opened-while-off', 'open'),
  alerted: ['alerted', 'lid', { heard: true }],
  cuts: did('mesh', 'opened-while-off'),
  keys: destroyed(false, true),
};
function judge(
  change: Readonly<Record<string, Row>> = {},
  without: readonly string[] = [],
  declaration = SEALED,
): Judgement {
  const observations = Object.entries({ ...SEEN, ...change })
    .filter(([name]) => !without.includes(name))
    .map(([, [kind, subject, data]], n) => ({
      id: `tamper-detection/${n + 1}`,
      case: 'tamper-detection',
      kind,
      subject,
      at: '2026-11-26T00:00:00.000Z',
      data,
      blobs: [],
    }));
  return tamperDetection.judge({ declaration, observations, assessedAt: '2026-11-26T00:00:00.000Z' });
}

test('a product that notices, remembers and destroys as it declares passes', () => {
  const { verdict, uncovered, decided, because } = judge();
  assert.deepEqual([verdict, uncovered, decided], ['PASS', [], 'automatic'], because);
});

test('a product that notices nothing fails, running, closed again or switched off', () => {
  assert.equal(judge({ whole: shown('product', 'whole', 'nothing') }).verdict, 'FAIL');
  for (const name of ['opened', 'closed', 'openedOff'] as const) {
    const when = name === 'openedOff' ? 'opened-while-off' : name;
    for (const says of ['shut', 'other', 'nothing'] as const) {
      const { verdict, because } = judge({ [name]: shown('lid', when, says) });
      assert.deepEqual([verdict, /its lid was opened/.test(because)], ['FAIL', true], `${name} ${says}`);
    }
  }
});

test('a product that keeps its keys, or says nothing of how it is brought back, fails', () => {
  assert.match(judge({ keys: destroyed(true, true) }).because, /the password of before still opens it/);
  assert.equal(judge({ keys: destroyed(true, true) }).verdict, 'FAIL');
  assert.equal(judge({ keys: destroyed(false, false) }).verdict, 'FAIL');
});

test('a product whose maker never hears of it fails', () => {
  assert.match(judge({ alerted: ['alerted', 'lid', { heard: false }] }).because, /who made it was not told/);
});

test('nothing passes that was not seen', () => {
  for (const name of Object.keys(SEEN)) assert.equal(judge({}, [name]).verdict, 'INCONCLUSIVE', name);
  assert.equal(judge({ opens: did('lid', 'opened', 'ended with 1') }).verdict, 'INCONCLUSIVE');
  assert.equal(judge({ keys: destroyed(false, false, false) }).verdict, 'INCONCLUSIVE');
  assert.equal(judge({ closed: shown('lid', 'closed', 'unread') }).verdict, 'INCONCLUSIVE');
  assert.equal(judge({ whole: shown('product', 'whole', 'open') }).verdict, 'INCONCLUSIVE', 'it was opened before');
  assert.equal(judge({ whole: ['shown', 'product', { when: 'whole' }] }).verdict, 'ERROR');
  const asleep = { ...SEALED, tamperInputs: [input('lid', { watched: ['standby'] })] };
  assert.match(judge({}, [], asleep).because, /while it sleeps/);
});

test('it is tried only where a laboratory can open the product and its owner allows what cannot be put back', () => {
  const [guard] = KETTLE.authenticationMechanisms;
  const target = {
    authorisation: { changes: true, destructive: true },
    accounts: { [guard?.id ?? '']: { password: 'x' } },
    handling: { openCase: { lid: { open: ['true'], close: ['true'] } } },
  } as unknown as Target;
  assert.deepEqual(tamperDetection.ready(SEALED, target), { ok: true });
  const { tamperShown: _none, ...silent } = SEALED;
  const others: readonly (readonly [Declaration, Target])[] = [
    [KETTLE, target],
    [silent, target],
    [SEALED, { ...target, accounts: {} }],
    [SEALED, { ...target, authorisation: { ...target.authorisation, destructive: false } }],
    [SEALED, { ...target, handling: {} }],
  ];
  for (const [declaration, given] of others) assert.equal(tamperDetection.ready(declaration, given).ok, false);
});
