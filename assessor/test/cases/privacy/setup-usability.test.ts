import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setupUsability } from '../../../src/cases/privacy/setup-usability.ts';
import { userPasswords } from '../../../src/cases/access/subjects.ts';
import { DELIVERED_LAMP } from '../access/fake-delivered.ts';
import { judged, type Told } from './told.ts';

const MECHANISM = userPasswords(DELIVERED_LAMP)[0]?.id ?? '';
const asked = (name: string, more: object = {}): Told => [
  'asked',
  name,
  { page: '/setup', as: 'declared', decided: true, labelled: true, ...more },
];
const walked = (ended = 'nothing-asked'): Told => ['walked', MECHANISM, { ended, pages: 3 }];
const PASSWORD = asked('password', { as: 'password', decided: false });
const verdict = (...told: readonly Told[]) => judged(setupUsability, told, DELIVERED_LAMP).verdict;

test('few-decisions-that-are-made-already-pass', () =>
  assert.equal(verdict(walked(), PASSWORD, asked('name'), asked('habits', { as: 'consent' })), 'PASS'));

test('a-set-up-that-asks-too-much-or-leaves-people-alone-with-it-is-found', () => {
  assert.equal(verdict(walked(), PASSWORD, asked('phone', { as: 'undeclared' })), 'FAIL', 'not declared');
  assert.equal(verdict(walked(), PASSWORD, asked('name', { decided: false })), 'FAIL', 'no safe choice made');
  assert.equal(verdict(walked(), PASSWORD, asked('name', { labelled: false })), 'FAIL', 'nameless');
  const many = Array.from({ length: 7 }, (_, n) => asked(`choice-${n}`));
  assert.equal(verdict(walked(), PASSWORD, ...many), 'FAIL', 'too many');
});

test('a-set-up-that-was-not-seen-to-its-end-is-left-open', () => {
  assert.equal(verdict(), 'INCONCLUSIVE');
  assert.equal(verdict(walked('lost'), PASSWORD), 'INCONCLUSIVE');
  assert.equal(verdict(walked(), asked('name')), 'INCONCLUSIVE', 'a unit that was set up before');
});
