import { test } from 'node:test';
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { decideSetup, deviceStateOf, FROM_FACTORY, type SetupEvent, type SetupState } from '../../src/setup/decide.ts';

const EVENTS: SetupEvent[] = [
  { kind: 'label-password-verified' },
  { kind: 'password-set' },
  { kind: 'choices-made' },
  { kind: 'reset', rooms: ['accounts'] },
  { kind: 'erased' },
  { kind: 'started', rooms: ['accounts'] },
];

test('there-is-no-way-to-initialised-past-a-password-of-ones-own', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 12 }), (events) => {
      let state: SetupState = FROM_FACTORY;
      let own = false;
      for (const event of events) {
        const before = state;
        state = decideSetup(state, event).state;
        if (event.kind === 'password-set' && before.step === 'label-verified') own = true;
        if (state.step === 'factory-default' || state.step === 'resetting') own = false;
        if (deviceStateOf(state) === 'initialised') assert.ok(own);
      }
    }),
  );
});

test('a-step-out-of-order-changes-nothing-and-says-so', () => {
  const decided = decideSetup(FROM_FACTORY, { kind: 'password-set' });
  assert.equal(decided.state, FROM_FACTORY);
  assert.deepEqual(decided.effects, [{ kind: 'out-of-order' }]);
});

test('a-reset-that-was-interrupted-goes-on-at-the-next-start', () => {
  const { state } = decideSetup({ step: 'initialised' }, { kind: 'reset', rooms: ['accounts'] });
  assert.equal(deviceStateOf(state), 'factory-default');
  assert.deepEqual(decideSetup(state, { kind: 'started', rooms: ['accounts'] }).effects, [
    { kind: 'erase', rooms: ['accounts'] },
  ]);
  assert.equal(decideSetup(state, { kind: 'erased' }).state.step, 'factory-default');
});

test('a-login-later-on-does-not-begin-the-set-up-again', () => {
  assert.equal(decideSetup({ step: 'initialised' }, { kind: 'label-password-verified' }).state.step, 'initialised');
});
