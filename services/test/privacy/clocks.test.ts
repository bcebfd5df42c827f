import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  decideRequest,
  dueAt,
  type Law,
  type PersonRequest,
  reportOf,
  TERMS,
  timelinessOf,
} from '../../src/operators/requests/decide.ts';

/** By when the law wants a person answered: GDPR Art. 12(3), PDPA 2010 (Malaysia) s.31. */

const DAY = 86_400_000;
const at = (iso: string) => Date.parse(iso);
const asked = (law: Law, receivedAt: number, change: Partial<PersonRequest> = {}): PersonRequest => ({
  id: 'abcdefgh23456789',
  kind: 'access',
  law,
  via: 'letter',
  receivedAt,
  acts: [],
  ...change,
});
const scope = { of: 'account', account: 'abcdefgh' } as const;
const EXTENDED = { at: 0, because: 'two companies have to answer', by: 'alice' };
const due = (law: Law, received: string, isExtended = false) =>
  new Date(dueAt(asked(law, at(received), isExtended ? { extended: EXTENDED } : {}))).toISOString();

describe('clocks of requests', () => {
  it('ends-a-month-with-the-day-of-its-number-or-the-last-one-there-is', () => {
    const late: readonly (readonly [received: string, lateFrom: string])[] = [
      // the last hour of the day where the law counts: winter and summer time
      ['2026-01-15T10:00:00Z', '2026-02-15T23:00:00.000Z'],
      ['2026-06-15T10:00:00Z', '2026-07-15T22:00:00.000Z'],
      ['2026-01-31T10:00:00Z', '2026-02-28T23:00:00.000Z'],
      ['2028-01-31T10:00:00Z', '2028-02-29T23:00:00.000Z'],
      ['2028-01-29T10:00:00Z', '2028-02-29T23:00:00.000Z'],
      ['2026-02-28T10:00:00Z', '2026-03-28T23:00:00.000Z'],
      ['2026-03-31T10:00:00Z', '2026-04-30T22:00:00.000Z'],
      ['2026-12-31T10:00:00Z', '2027-01-31T23:00:00.000Z'],
      // half past eleven at night in London is the next day in Brussels
      ['2026-01-30T23:30:00Z', '2026-02-28T23:00:00.000Z'],
    ];
    for (const [received, lateFrom] of late) assert.equal(due('gdpr', received), lateFrom, received);
    assert.equal(
      due('gdpr', '2026-01-31T10:00:00Z', true),
      '2026-04-30T22:00:00.000Z',
      'three months, not one and two',
    );
    assert.equal(due('gdpr', '2027-11-30T10:00:00Z', true), '2028-02-29T23:00:00.000Z');
  });

  it('counts-twenty-one-days-from-the-day-after-receipt-where-the-law-counts', () => {
    assert.equal(due('pdpa-my', '2026-02-10T02:00:00Z'), '2026-03-03T16:00:00.000Z');
    assert.equal(due('pdpa-my', '2028-02-10T02:00:00Z'), '2028-03-02T16:00:00.000Z', 'a leap year has a day more');
    assert.equal(due('pdpa-my', '2026-02-10T17:00:00Z'), '2026-03-04T16:00:00.000Z', 'it is the 11th in Kuala Lumpur');
    assert.equal(due('pdpa-my', '2026-02-10T02:00:00Z', true), '2026-03-17T16:00:00.000Z', 'and fourteen more');
  });

  it('never-ends-before-the-shortest-month-nor-after-the-longest-and-never-goes-back', () => {
    const moment = fc.integer({ min: at('2020-01-01T00:00:00Z'), max: at('2040-01-01T00:00:00Z') });
    const bounds = { gdpr: [28, 32.1], 'pdpa-my': [21, 22.1] } as const;
    fc.assert(
      fc.property(
        moment,
        fc.integer({ min: 0, max: 40 * DAY }),
        fc.constantFrom('gdpr', 'pdpa-my'),
        (when, later, law) => {
          const request = asked(law, when);
          const days = (dueAt(request) - when) / DAY;
          const [least, most] = bounds[law];
          assert.ok(days >= least && days <= most, `${days}`);
          assert.ok(dueAt(asked(law, when + later)) >= dueAt(request), 'who asked later is not due earlier');
          assert.ok(dueAt({ ...request, extended: EXTENDED }) > dueAt(request));
          const end = Temporal.Instant.fromEpochMilliseconds(dueAt(request)).toZonedDateTimeISO(TERMS[law].zone);
          assert.equal(end.toPlainTime().toString(), '00:00:00', 'a day ends where the law counts');
        },
      ),
    );
  });

  it('adds-months-as-the-regulation-does-whatever-the-day', () => {
    // no outside calendar: the rule itself, on days that are counted one by one
    const lengths = (year: number) => [31, year % 4 === 0 ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    const day = fc.record({
      year: fc.integer({ min: 2001, max: 2098 }),
      month: fc.nat(11),
      day: fc.integer({ min: 1, max: 31 }),
    });
    fc.assert(
      fc.property(day, fc.boolean(), ({ year, month, day: wanted }, isExtended) => {
        const received = Math.min(wanted, lengths(year)[month] ?? 0);
        const noon = Date.UTC(year, month, received, 11);
        const request = asked('gdpr', noon, isExtended ? { extended: EXTENDED } : {});
        const last = Temporal.Instant.fromEpochMilliseconds(dueAt(request) - 1).toZonedDateTimeISO('Europe/Brussels');
        const then = month + (isExtended ? 3 : 1);
        const [inYear, inMonth] = [year + Math.floor(then / 12), then % 12];
        assert.deepEqual(
          [last.year, last.month - 1, last.day, last.hour, last.minute],
          [inYear, inMonth, Math.min(received, lengths(inYear)[inMonth] ?? 0), 23, 59],
        );
      }),
    );
  });

  it('is-lengthened-only-where-the-law-lengthens-it', () => {
    const extend = { kind: 'extended', because: 'two companies have to answer', by: 'alice' } as const;
    const may = (law: Law, kind: PersonRequest['kind']) => {
      const decided = decideRequest(asked(law, 0, { kind }), extend, 1);
      return decided.ok || decided.code;
    };
    for (const kind of ['access', 'erasure', 'rectification', 'portability', 'objection'] as const)
      assert.equal(may('gdpr', kind), true);
    for (const kind of ['access', 'rectification'] as const) assert.equal(may('pdpa-my', kind), true);
    for (const kind of ['erasure', 'portability', 'objection'] as const)
      assert.equal(may('pdpa-my', kind), 'no-extension');
  });

  it('is-extended-once-with-a-reason-and-only-before-the-first-time-is-over', () => {
    const request = asked('gdpr', at('2026-01-15T10:00:00Z'));
    const extend = { kind: 'extended', because: 'two companies have to answer', by: 'alice' } as const;
    const last = dueAt(request) - 1;
    const extended = decideRequest(request, extend, last);
    assert.ok(extended.ok);
    assert.equal(timelinessOf(extended.request, last + 2), 'open');
    assert.deepEqual(decideRequest(extended.request, extend, last), { ok: false, code: 'extended-already' });
    assert.deepEqual(decideRequest(request, extend, last + 1), { ok: false, code: 'too-late-to-extend' });
  });

  it('does-nothing-for-somebody-who-only-says-who-they-are', () => {
    const request = asked('gdpr', 0, { kind: 'erasure' });
    const erase = { kind: 'acted', what: 'erasure-asked', by: 'alice', erasureId: 'e' } as const;
    assert.deepEqual(decideRequest(request, erase, 1), { ok: false, code: 'not-identified' });
    const known = decideRequest(request, { kind: 'identified', how: 'code', scope }, 1);
    assert.ok(known.ok);
    assert.deepEqual(decideRequest(known.request, { kind: 'identified', how: 'code', scope }, 1), {
      ok: false,
      code: 'identified-already',
    });
    const asking = decideRequest(known.request, erase, 2);
    assert.ok(asking.ok);
    assert.deepEqual(decideRequest(asking.request, erase, 3), { ok: false, code: 'asked-already' });
  });

  it('is-not-answered-by-words-where-something-was-to-be-done', () => {
    const close = { kind: 'closed', as: 'answered', said: 'it is all gone', by: 'alice' } as const;
    const access = asked('gdpr', 0, { identified: { at: 0, how: 'code', scope } });
    assert.deepEqual(decideRequest(access, close, 1), { ok: false, code: 'not-answered-yet' });
    const handed = decideRequest(access, { kind: 'acted', what: 'exported', by: 'alice' }, 1);
    assert.ok(handed.ok && decideRequest(handed.request, close, 2).ok);
    const erasure = { ...access, kind: 'erasure' } as const;
    for (const state of [undefined, 'undo', 'kept'] as const)
      assert.deepEqual(decideRequest(erasure, { ...close, ...(state ? { erasure: state } : {}) }, 1), {
        ok: false,
        code: 'not-answered-yet',
      });
    for (const state of ['under-way', 'erased'] as const)
      assert.ok(decideRequest(erasure, { ...close, erasure: state }, 1).ok);
    const refused = decideRequest(erasure, { ...close, as: 'refused' }, 1);
    assert.ok(refused.ok);
    assert.deepEqual(decideRequest(refused.request, close, 2), { ok: false, code: 'closed-already' });
  });

  it('reports-what-came-how-long-it-took-and-what-is-late', () => {
    const closed = (days: number, as: 'answered' | 'refused' = 'answered') =>
      asked('gdpr', 0, { closed: { at: days * DAY, as, said: 'told by letter', by: 'alice' } });
    const report = reportOf(
      [closed(2), closed(4, 'refused'), closed(40), asked('gdpr', 0), asked('gdpr', 49 * DAY)],
      50 * DAY,
    );
    assert.deepEqual(report, {
      received: 5,
      inTime: 2,
      late: 1,
      open: 2,
      overdue: 1,
      refused: 1,
      extended: 0,
      medianDays: 4,
    });
    assert.equal(reportOf([], 0).medianDays, undefined);
    assert.equal(timelinessOf(asked('pdpa-my', 0), 16 * DAY), 'soon');
  });
});
