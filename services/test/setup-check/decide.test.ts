import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CHECKS_PER_HOUR, type SetupFinding, type SetupStatement } from '@hearthward/protocol';
import fc from 'fast-check';
import { DAY, HOUR } from '../../src/clock.ts';
import { findingsFrom, type ReleaseFacts, type SetupFacts, verdictOf, withAsk } from '../../src/setup-check/decide.ts';

const NOW = Date.parse('2026-06-01T12:00:00Z');
const statement: SetupStatement = {
  v: 1,
  device: 'hub-1',
  nonce: 'n'.repeat(43),
  ask: 'a'.repeat(43),
  channel: 'c'.repeat(43),
  at: NOW,
  version: '1.0.0',
  integrity: 'whole',
  tls: { version: 'TLSv1.3', suite: 'TLS_AES_256_GCM_SHA384', group: 'X25519' },
  settings: [{ code: 'password', good: true }],
};
const GOOD: SetupFacts = {
  now: NOW,
  certificate: { notBefore: NOW - 10 * DAY, notAfter: NOW + 80 * DAY },
  identityProven: true,
  software: { declared: '1.0.0', releases: [] },
  supportUntil: '2031-12-31',
  contact: { connected: true, lastSeen: undefined },
  logDoubted: false,
  tls: { version: 'TLSv1.3', suite: 'TLS_AES_256_GCM_SHA384' },
  groupUsable: true,
  statement,
};
const bad = (facts: SetupFacts): readonly string[] =>
  findingsFrom(facts)
    .filter(({ good }) => !good)
    .map(({ code }) => code);
const released = (...releases: readonly (Omit<ReleaseFacts, 'risks'> & Partial<ReleaseFacts>)[]): SetupFacts => ({
  ...GOOD,
  software: { declared: '1.0.0', releases: releases.map((each) => ({ risks: [], ...each })) },
});
const finding = (facts: SetupFacts, code: string): SetupFinding | undefined =>
  findingsFrom(facts).find((each) => each.code === code);

describe('what the manufacturer says of a device', () => {
  it('nothing is amiss with one in order', () => {
    assert.deepEqual([bad(GOOD), verdictOf(findingsFrom(GOOD))], [[], 'well']);
  });

  const AMISS: readonly (readonly [string, Partial<SetupFacts>, readonly string[]])[] = [
    ['an identity that is not proven', { identityProven: false }, ['identity']],
    ['an older TLS', { tls: { ...GOOD.tls, version: 'TLSv1.2' } }, ['connection']],
    [
      'ends that differ in what they agreed on',
      { tls: { ...GOOD.tls, suite: 'TLS_AES_128_GCM_SHA256' } },
      ['connection'],
    ],
    ['a group that is not to be used any more', { groupUsable: false }, ['connection']],
    [
      'a renewal that is long due',
      { certificate: { notBefore: NOW - 90 * DAY, notAfter: NOW + 2 * DAY } },
      ['certificate'],
    ],
    ['software that was changed', { statement: { ...statement, integrity: 'altered' } }, ['integrity']],
    ['support that ended yesterday', { supportUntil: '2026-05-31' }, ['support']],
    ['a day without a word', { contact: { connected: false, lastSeen: NOW - DAY } }, ['contact']],
    ['one that never was heard', { contact: { connected: false, lastSeen: undefined } }, ['contact']],
    ['a clock that is behind', { statement: { ...statement, at: NOW - 301_000 } }, ['clock']],
    ['a clock that is ahead', { statement: { ...statement, at: NOW + 301_000 } }, ['clock']],
    ['a log in doubt', { logDoubted: true }, ['log']],
    [
      'a setting that is not safe',
      { statement: { ...statement, settings: [{ code: 'open', good: false }] } },
      ['setting'],
    ],
  ];
  for (const [what, facts, codes] of AMISS)
    it(`tells of ${what}`, () => {
      assert.deepEqual(bad({ ...GOOD, ...facts }), codes);
      assert.equal(verdictOf(findingsFrom({ ...GOOD, ...facts })), 'attention');
    });

  it('counts support to the end of its last day, and a clock within five minutes as right', () => {
    assert.deepEqual(bad({ ...GOOD, supportUntil: '2026-06-01' }), []);
    assert.deepEqual(bad({ ...GOOD, statement: { ...statement, at: NOW - 300_000 } }), []);
  });

  it('asks for newer software once it has reached everybody, and not before', () => {
    assert.deepEqual(bad(released({ version: '1.0.0' }, { version: '1.1.0', phase: 'complete' })), ['software']);
    for (const phase of ['planned', 'running', 'awaiting-approval', 'halted'] as const)
      assert.deepEqual(bad(released({ version: '1.0.0' }, { version: '1.1.0', phase })), [], phase);
    assert.equal(finding(released({ version: '1.0.0' }, { version: '1.1.0' }), 'software')?.about, '1.1.0');
  });

  it('tells of software that was taken back, and of a weakness that newer software mends', () => {
    assert.deepEqual(bad(released({ version: '1.0.0', phase: 'halted' })), ['withdrawn']);
    const weak = released({ version: '1.0.0', risks: ['CVE-2026-1'] }, { version: '1.1.0', risks: ['CVE-2026-2'] });
    assert.deepEqual(bad(weak), ['advisory']);
    assert.equal(finding(weak, 'advisory')?.about, 'CVE-2026-2');
    assert.deepEqual(
      bad(released({ version: '1.0.0' }, { version: '1.1.0', phase: 'halted', risks: ['CVE-2026-2'] })),
      [],
    );
  });

  it('knows no software that was neither declared nor published', () => {
    assert.deepEqual(bad({ ...released({ version: '1.0.0' }), statement: { ...statement, version: '9.9.9' } }), [
      'software',
    ]);
    assert.deepEqual(bad({ ...GOOD, statement: { ...statement, version: '9.9.9' } }), ['software']);
  });

  it('says what it is about in letters that a page can take, whatever a device or a release calls itself', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (version, id) => {
        const facts = {
          ...released({ version }, { version: '2.0.0', risks: [id] }),
          statement: { ...statement, version },
        };
        for (const { about } of findingsFrom(facts)) assert.match(about ?? 'x', /^[A-Za-z0-9.:-]{1,40}$/);
      }),
    );
  });

  it('lets a device ask thirty times within any hour, however the clock runs', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: HOUR / 20 }), { maxLength: 120 }), (steps) => {
        let [times, at] = [[] as readonly number[], NOW];
        const granted: number[] = [];
        for (const step of steps) {
          at += step;
          const next = withAsk(times, at);
          if (!next) continue;
          times = next;
          granted.push(at);
        }
        for (const begin of granted)
          assert.ok(granted.filter((each) => each >= begin && each < begin + HOUR).length <= CHECKS_PER_HOUR);
      }),
    );
  });
});
