import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CHECKS_PER_HOUR, type SetupAnswer } from '@hearthward/protocol';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import {
  answerTo,
  decideSetupCheck,
  NEVER_CHECKED,
  SetupCheckState,
  unanswered,
  unansweredBy,
  type CheckOutcome,
  type SetupCheckEvent,
} from '../../../src/setup/check/decide.ts';
import { FAULT_CODES } from '../../../src/driver/faults.ts';

const HOUR = 3_600_000;
const asked = { ask: 'a'.repeat(43), statement: '0'.repeat(64) };
const good: SetupAnswer = {
  v: 1,
  ...asked,
  at: 1,
  verdict: 'well',
  findings: [{ code: 'software', good: true, about: '1.0.0' }],
};
const WELL: CheckOutcome = { kind: 'answered', verdict: 'well', findings: good.findings };

describe('what an answer of the manufacturer comes to', () => {
  test('one to this very question, in order, is taken as it is', () => {
    assert.deepEqual(answerTo(asked, 200, JSON.stringify(good)), WELL);
    const findings = [...good.findings, { code: 'log', good: false }];
    assert.deepEqual(answerTo(asked, 200, JSON.stringify({ ...good, verdict: 'attention', findings })), {
      kind: 'answered',
      verdict: 'attention',
      findings,
    });
  });

  const BAD: readonly (readonly [string, number, unknown, string])[] = [
    ['an answer to an earlier question', 200, { ...good, ask: 'b'.repeat(43) }, 'not-to-this'],
    ['an answer to another statement', 200, { ...good, statement: '1'.repeat(64) }, 'not-to-this'],
    [
      'well, of a device with something amiss',
      200,
      { ...good, findings: [{ code: 'log', good: false }] },
      'unreadable',
    ],
    ['attention, and nothing amiss', 200, { ...good, verdict: 'attention' }, 'unreadable'],
    ['an answer without findings', 200, { ...good, findings: [] }, 'unreadable'],
    ['an answer of another version', 200, { ...good, v: 2 }, 'unreadable'],
    ['a page', 200, '<h1>Welcome</h1>', 'unreadable'],
    ['nothing', 200, '', 'unreadable'],
    ['too many questions', 429, good, 'too-often'],
    ['a refusal', 403, good, 'refused'],
    ['a challenge that is over', 409, good, 'refused'],
    ['a page somewhere else', 302, good, 'refused'],
    ['a fault of the services', 503, good, 'failed'],
  ];
  for (const [what, status, body, because] of BAD)
    test(`${what} is no answer, and is told as ${because}`, () => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      assert.deepEqual(answerTo(asked, status, text), unanswered(because as never));
    });

  test('no other bytes are ever taken for well', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json(),
      fc.json().map((json) => JSON.stringify({ ...good, findings: json })),
    );
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), text, (status, body) => {
        assert.equal(answerTo(asked, status, body).kind, 'unanswered');
      }),
    );
  });

  test('each fault on the way has words for the person who asked', () => {
    for (const code of FAULT_CODES) assert.equal(unansweredBy(code).kind, 'unanswered', code);
    assert.deepEqual(unansweredBy('peer-untrusted'), unanswered('not-believed'));
    assert.deepEqual(unansweredBy('quarantined'), unanswered('cut-off'));
  });
});

describe('asking the manufacturer', () => {
  test('what came of it is kept with its time, and recorded', () => {
    const { state, effects } = decideSetupCheck(NEVER_CHECKED, { kind: 'told', outcome: WELL }, 7);
    assert.deepEqual(state, { asked: [], last: { at: 7, outcome: WELL } });
    assert.deepEqual(effects, [{ kind: 'record', outcome: WELL }]);
  });

  test('one time too many changes nothing, and an hour later it is asked again', () => {
    let state = NEVER_CHECKED;
    for (let n = 0; n < CHECKS_PER_HOUR; n++) {
      const next = decideSetupCheck(state, { kind: 'ask' }, 1_000 + n);
      assert.deepEqual(next.effects, [{ kind: 'converse' }]);
      ({ state } = next);
    }
    assert.deepEqual(decideSetupCheck(state, { kind: 'ask' }, 2_000), { state, effects: [{ kind: 'not-now' }] });
    assert.deepEqual(decideSetupCheck(state, { kind: 'ask' }, 1_000 + HOUR).effects, [{ kind: 'converse' }]);
    assert.deepEqual(
      decideSetupCheck(state, { kind: 'ask' }, -HOUR).effects,
      [{ kind: 'converse' }],
      'a clock set back',
    );
  });

  test('nothing of it outlives a reset', () => {
    const { state } = decideSetupCheck(NEVER_CHECKED, { kind: 'told', outcome: WELL }, 7);
    assert.deepEqual(decideSetupCheck(state, { kind: 'forget' }, 8), { state: NEVER_CHECKED, effects: [] });
  });

  test('whatever happens, what is kept can be read again, and never more than allowed are asked within an hour', () => {
    const event: fc.Arbitrary<SetupCheckEvent> = fc.constantFrom<SetupCheckEvent>(
      { kind: 'ask' },
      { kind: 'told', outcome: WELL },
      { kind: 'told', outcome: unanswered('too-late') },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.integer({ min: 0, max: HOUR / 30 })), { maxLength: 120 }), (steps) => {
        let [state, now] = [NEVER_CHECKED, 1_800_000_000_000];
        const conversed: number[] = [];
        for (const [each, later] of steps) {
          now += later;
          const next = decideSetupCheck(state, each, now);
          ({ state } = next);
          if (next.effects.some(({ kind }) => kind === 'converse')) conversed.push(now);
          assert.ok(Value.Check(SetupCheckState, state));
        }
        for (const from of conversed)
          assert.ok(conversed.filter((at) => at >= from && at < from + HOUR).length <= CHECKS_PER_HOUR);
      }),
    );
  });
});
