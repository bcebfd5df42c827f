import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideSupervision, UNTROUBLED, type Ended } from '../../src/processes/boot/supervise.ts';

const ended: Ended = { process: 'core', how: 'SIGKILL' };

test('waits longer with each ending, and gives up when it does not help', () => {
  let state = UNTROUBLED;
  const seen: (number | string)[] = [];
  for (let index = 0; index < 9; index++) {
    const decision = decideSupervision(state, ended, index * 1000);
    state = decision.state;
    const [effect] = decision.effects;
    seen.push(effect?.kind === 'start' ? effect.inMillis : `${effect?.kind} ${effect?.fault.code}`);
  }
  assert.deepEqual(seen, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 'give-up process-failed']);
});

test('endings far apart are no trouble', () => {
  let state = UNTROUBLED;
  for (let index = 0; index < 50; index++) {
    const decision = decideSupervision(state, ended, index * 3_600_000);
    state = decision.state;
    assert.deepEqual(decision.effects, [{ kind: 'start', inMillis: 500 }]);
  }
});

test('a fault that only a person can mend ends it at once, with the cure', () => {
  const fault = { code: 'port-occupied', message: 'm', cure: 'c' } as const;
  assert.deepEqual(decideSupervision(UNTROUBLED, { ...ended, fault }, 0).effects, [{ kind: 'give-up', fault }]);
  const passing = { code: 'services-unreachable', message: 'm', cure: 'c' } as const;
  assert.equal(decideSupervision(UNTROUBLED, { ...ended, fault: passing }, 0).effects[0]?.kind, 'start');
});
