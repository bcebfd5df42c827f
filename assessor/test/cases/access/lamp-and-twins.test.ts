import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCESS_CASES } from '../../../src/cases/access/index.ts';
import type { Case } from '../../../src/model.ts';
import type { Fault } from './fake-lamp.ts';
import { run, runAll } from './fake-run.ts';

const caseOf = (id: string): Case => {
  const found = ACCESS_CASES.find((each) => each.id === id);
  assert.ok(found, id);
  return found;
};

const TWINS: Readonly<Record<string, readonly Fault[]>> = {
  'password-unique': ['universal-password', 'initial-works'],
  'password-strength': ['weak-short', 'weak-run'],
  'password-masking': ['shows-password', 'echoes'],
  'authentication-cryptography': ['cookie-without-flags', 'get-form'],
  'authentication-value-change': ['old-password-works', 'no-current-needed', 'broken-change'],
  'authentication-error-uniformity': ['tells-unknown-user', 'slow-for-known-user', 'tells-locked-accounts'],
  'brute-force': ['no-throttle', 'right-password-during-delay'],
  'administrator-concurrency': ['many-sessions'],
  'session-timeout': ['endless-session'],
  'session-identifiers': [
    'short-identifier',
    'counting-identifier',
    'keeps-identifier',
    'logout-keeps-session',
    'cookie-without-flags',
  ],
  'access-authentication': ['open-reading'],
  'change-authentication': ['open-changing', 'forgeable', 'made-up-session'],
  'account-management': ['removed-signs-in', 'removed-stays-in'],
  'least-privilege-accounts': ['guest-may-all'],
  'security-logging': ['silent-log', 'password-in-log'],
  'log-timestamps': ['wrong-clock'],
  'log-protection': ['washed-log', 'erasable-log'],
};

for (const [id, faults] of Object.entries(TWINS)) {
  test(`passes-a-good-product: ${id}`, async () => {
    const { judgement, lamp, passwordBefore, observations } = await run(caseOf(id));
    assert.equal(judgement.verdict, 'PASS', `${judgement.because} ${JSON.stringify(observations.slice(0, 6))}`);
    assert.deepEqual(judgement.uncovered, []);
    assert.equal(lamp.password(), passwordBefore, 'the password is put back');
    assert.equal(lamp.brightness(), '3', 'the value is put back');
    assert.ok(!JSON.stringify(observations).includes(passwordBefore), 'no password in the observations');
  });
  for (const fault of faults) {
    test(`catches-its-faulty-twin: ${id}, ${fault}`, async () => {
      const { judgement } = await run(caseOf(id), fault);
      assert.equal(judgement.verdict, 'FAIL', judgement.because);
      assert.ok(judgement.evidence.length > 0);
    });
  }
}

test('neither-condemns-nor-passes-a-lock-that-no-answer-tells-of', async () => {
  const { judgement, observations } = await run(caseOf('brute-force'), 'locks-silently');
  assert.equal(judgement.verdict, 'INCONCLUSIVE', judgement.because);
  assert.match(judgement.because, /the right one is refused as well, without a word, for about \d+ seconds/);
  assert.ok(observations.some(({ kind, data }) => kind === 'right' && JSON.stringify(data).includes('"after"')));
});

test('leaves-the-forced-change-open-on-a-unit-in-use', async () => {
  const { judgement, lamp, passwordBefore } = await run(caseOf('password-change-forced'));
  assert.equal(judgement.verdict, 'INCONCLUSIVE');
  assert.deepEqual(judgement.uncovered, [
    'panel-password: that a unit in factory default asks for a new password before anything else',
  ]);
  assert.equal(lamp.password(), passwordBefore);
});
for (const fault of ['accepts-same', 'initial-works'] as const) {
  test(`catches-its-faulty-twin: password-change-forced, ${fault}`, async () => {
    const { judgement, lamp, passwordBefore } = await run(caseOf('password-change-forced'), fault);
    assert.equal(judgement.verdict, 'FAIL', judgement.because);
    assert.equal(lamp.password(), passwordBefore, 'the password is put back');
  });
}

test('needs-the-initial-password-or-a-batch-to-call-passwords-unique', async () => {
  const without = await run(caseOf('password-unique'), undefined, { initial: false });
  assert.equal(without.judgement.verdict, 'INCONCLUSIVE');
  const batch = 'serial,mac,password\nA1,02:00,KQ7TZP2W\nA2,02:01,M9XRBC4D\n';
  const assisted = await run(caseOf('password-unique'), undefined, { initial: false, batch });
  assert.equal(assisted.judgement.verdict, 'PASS', assisted.judgement.because);
  assert.equal(assisted.judgement.decided, 'assisted');
  const twice = await run(caseOf('password-unique'), undefined, { batch: `${batch}A3,02:02,M9XRBC4D\n` });
  assert.equal(twice.judgement.verdict, 'FAIL');
});

test('decides-every-topic-of-a-good-product-within-one-budget', async () => {
  const batch = Array.from(
    { length: 3 },
    (_, at) => `S${at},02:0${at},${['KQ7TZP2WHB6R9XCD', 'M9XRBC4DTTK2WQPZ', 'B3HDKPW6RZ8N4QXT'][at]}`,
  );
  const others = [
    'certificate-authentication',
    'certificate-lifecycle',
    'certificate-renewal',
    'device-identity-unique',
    'mutual-authentication',
    'password-generation',
  ];
  const cases = ACCESS_CASES.filter((each) => !others.includes(each.id));
  const all = await runAll(cases, undefined, { batch: ['serial,mac,password', ...batch].join('\n') });
  const undecided = cases.flatMap((each, at) =>
    all[at]?.judgement.verdict === 'PASS' ? [] : [`${each.id}: ${all[at]?.judgement.because}`],
  );
  assert.deepEqual(undecided.length, 1, undecided.join('\n'));
  assert.match(undecided[0] ?? '', /^password-change-forced/);
});
