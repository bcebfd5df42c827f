import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Declaration } from '@hearthward/product';
import { administratorConcurrency } from '../../../src/cases/access/sessions/concurrency.ts';
import { LAMP, MECHANISM } from './fake-declaration.ts';

/** A second login where the declaration says what it meets. */
type Offer = NonNullable<NonNullable<Declaration['authenticationMechanisms'][number]['session']>['secondLogin']>;
const OFFERS: Offer = { kind: 'offers', page: '/more', path: '/more', field: 'go', value: 'on', decline: 'back' };

const used = (session: string, when: string, success: boolean) =>
  [
    'use',
    { session, when, function: 'status', answer: { reached: true, status: success ? 200 : 401, success, bytes: 9 } },
  ] as const;
const login = (which: string, kind: string) => ['login', { which, outcome: { kind, status: 303, ms: 5 } }] as const;

function verdict(secondLogin: Offer, ...told: readonly (readonly [string, object])[]): string {
  const session = { ...MECHANISM.session, secondLogin };
  const declaration = { ...LAMP, authenticationMechanisms: [{ ...MECHANISM, session }] } as Declaration;
  const at = '2026-11-21T00:00:00.000Z';
  const observations = told.map(([kind, data], n) => ({
    id: `administrator-concurrency/${n + 1}`,
    case: 'administrator-concurrency',
    kind,
    subject: MECHANISM.id,
    at,
    data: data as never,
    blobs: [],
  }));
  return administratorConcurrency.judge({ declaration, observations, assessedAt: at }).verdict;
}

const BEGUN = [login('first', 'in'), used('first', 'before', true)] as const;
const DECLINED = [login('declining', 'offered'), used('first', 'declined', true)] as const;
const TAKEN = [login('second', 'in'), used('first', 'after', false), used('second', 'after', true)] as const;

test('an-offer-passes-only-where-declining-and-taking-it-do-what-they-say', () => {
  assert.equal(verdict(OFFERS, ...BEGUN, ...DECLINED, ...TAKEN), 'PASS');
  assert.equal(verdict(OFFERS, ...BEGUN, login('declining', 'offered'), used('first', 'declined', false)), 'FAIL');
  assert.equal(verdict(OFFERS, ...BEGUN, login('declining', 'in'), used('first', 'declined', false)), 'FAIL');
  assert.equal(verdict(OFFERS, ...BEGUN, login('declining', 'in'), used('first', 'declined', true)), 'FAIL');
  const both = [login('second', 'in'), used('first', 'after', true), used('second', 'after', true)] as const;
  assert.equal(verdict(OFFERS, ...BEGUN, ...DECLINED, ...both), 'FAIL');
});

test('an-offer-that-was-not-seen-is-no-pass', () => {
  assert.equal(verdict(OFFERS, ...BEGUN, ...TAKEN), 'INCONCLUSIVE');
  assert.equal(
    verdict(OFFERS, ...BEGUN, login('declining', 'unexpected'), used('first', 'declined', true), ...TAKEN),
    'INCONCLUSIVE',
  );
});

test('a-second-login-that-is-declared-as-refused-must-be', () => {
  const refused = [login('second', 'refused'), used('first', 'after', true)] as const;
  assert.equal(verdict({ kind: 'refuses' }, ...BEGUN, ...refused), 'PASS');
  assert.equal(verdict({ kind: 'refuses' }, ...BEGUN, ...TAKEN), 'FAIL');
  assert.equal(verdict({ kind: 'ends-first' }, ...BEGUN, ...TAKEN), 'PASS');
});
