import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Declaration } from '@hearthward/product';
import { secureSetupCheck } from '../../../src/cases/privacy/secure-setup-check.ts';
import { judged, TELLING_LAMP, type Told } from './told.ts';

const findings = { function: 'home', field: '/found' };
const LAMP: Declaration = {
  ...TELLING_LAMP,
  setupCheck: {
    self: { page: 'home', findings },
    remote: { function: 'set-choices', mechanism: 'cloud', sends: { en: 'little' }, findings },
    tries: [
      {
        function: 'set-choices',
        field: 'habits',
        secure: 'no',
        insecure: 'yes',
        finding: { self: 'habits', remote: 'setting-habits' },
      },
    ],
  },
};
const told = (who: 'self' | 'remote', secure: string, insecure: string): readonly Told[] => [
  ['told', 'set-choices', { who, position: 'secure', says: secure }],
  ['told', 'set-choices', { who, position: 'insecure', says: insecure }],
];
const RESTORED: Told = ['restored', 'set-choices', { restored: true }];
const DECLARED: Told = ['declared', 'setup-check', { tries: 1 }];
const verdict = (...rows: readonly Told[]) => judged(secureSetupCheck, [DECLARED, ...rows], LAMP).verdict;
const BOTH = [...told('self', 'well', 'amiss'), ...told('remote', 'well', 'amiss')];

test('checks-that-tell-the-one-position-from-the-other-pass', () => assert.equal(verdict(...BOTH, RESTORED), 'PASS'));

test('a-check-that-always-says-well-is-found-whoever-says-it', () => {
  assert.equal(verdict(...told('self', 'well', 'well'), ...told('remote', 'well', 'amiss'), RESTORED), 'FAIL');
  assert.equal(verdict(...told('self', 'well', 'amiss'), ...told('remote', 'well', 'well'), RESTORED), 'FAIL');
  assert.equal(verdict(...told('self', 'nothing', 'well'), ...told('remote', 'well', 'amiss'), RESTORED), 'FAIL');
});

test('a-check-that-always-finds-something-is-found', () =>
  assert.equal(verdict(...told('self', 'amiss', 'amiss'), ...told('remote', 'well', 'amiss'), RESTORED), 'FAIL'));

test('a-unit-that-is-left-insecure-is-said-to-be', () => {
  assert.equal(verdict(...BOTH, ['restored', 'set-choices', { restored: false }]), 'FAIL');
  assert.equal(verdict(...BOTH), 'INCONCLUSIVE');
});

test('what-was-not-read-in-both-positions-is-left-open', () => {
  assert.equal(verdict(RESTORED), 'INCONCLUSIVE');
  assert.equal(verdict(...told('self', 'well', 'amiss'), RESTORED), 'INCONCLUSIVE');
  assert.equal(
    verdict(...told('self', 'well', 'nothing'), ...told('remote', 'well', 'amiss'), RESTORED),
    'INCONCLUSIVE',
  );
  assert.equal(verdict(...BOTH.slice(1), RESTORED), 'INCONCLUSIVE');
});

test('a-product-that-declares-no-check-claims-none-here', () => {
  assert.equal(judged(secureSetupCheck, [['declared', 'setup-check', { tries: 0 }]], TELLING_LAMP).verdict, 'PASS');
  assert.equal(judged(secureSetupCheck, [], TELLING_LAMP).verdict, 'INCONCLUSIVE');
});

test('a-check-that-is-declared-and-cannot-be-tried-is-left-open', () => {
  const { tries, ...untried } = LAMP.setupCheck!;
  const [first] = tries!;
  const asked = (setupCheck: Declaration['setupCheck'], ...rows: readonly Told[]) =>
    judged(secureSetupCheck, [DECLARED, ...rows], { ...LAMP, ...(setupCheck ? { setupCheck } : {}) }).verdict;
  assert.equal(asked(untried), 'INCONCLUSIVE');
  const { remote: _remote, ...self } = first!.finding;
  const half = { ...untried, tries: [{ ...first!, finding: self }] };
  assert.equal(asked(half, ...told('self', 'well', 'amiss'), RESTORED), 'INCONCLUSIVE', 'nobody tried the other');
});
