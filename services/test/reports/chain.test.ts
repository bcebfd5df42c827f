import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { beginningOf, openReportSeal, reportLink } from '@hearthward/protocol';
import fc from 'fast-check';
import { type Doubt, judgeReport, judgeSeal, type KnownLog } from '../../src/telemetry/reports/decide.ts';
import { DEVICE, history, key, type Message, newDevice, type Report, sealOf, told } from './told.ts';

/** Delivers in this order; `epochs`: the enrolment that each message belongs to, the first where absent. */
const delivered = (messages: readonly Message[], epochs: readonly number[] = []) => {
  let state: KnownLog | undefined;
  const kept = new Map<string, string[]>();
  const doubts: Doubt[] = [];
  const again: boolean[] = [];
  for (const [index, message] of messages.entries()) {
    const at = (chain: number, n: number) => kept.get(`${chain}/${n}`) ?? [];
    if ('seal' in message) {
      const reports = openReportSeal(message.seal);
      const known = reports ? at(reports.chain, reports.next - 1) : [];
      const judged = judgeSeal(state, { deviceId: DEVICE, key: message.seal.key, reports, known });
      state = judged.state;
      doubts.push(...judged.doubts);
      continue;
    }
    const { report } = message;
    const { chain, n } = report.place;
    const known = at(chain, n);
    const arrived = { epoch: epochs[index] ?? 1, report, place: report.place, since: report.since, known };
    const judged = judgeReport(state, arrived);
    state = judged.state;
    doubts.push(...judged.doubts);
    again.push(judged.again);
    if (!judged.again) kept.set(`${chain}/${n}`, [...known, reportLink(report, report.place)]);
  }
  const missing = (state?.gaps ?? []).reduce((sum, { from, below }) => sum + below - from, 0);
  return { state, missing, again, whats: doubts.map(({ what }) => what) };
};
const isReport = (message: Message): message is { readonly report: Report } => 'report' in message;
const few = fc.integer({ min: 1, max: 14 });
const lengths = fc.record({ count: few, sealEvery: few, since: fc.integer({ min: 0, max: 3 }), at: fc.nat() });

describe('the chain of what a device reports, by value', () => {
  const honest = ({ count, sealEvery, since }: { count: number; sealEvery: number; since: number }) =>
    history(newDevice(since), count, sealEvery)[1];

  test('one history raises no doubt, and what comes again is nothing new', () => {
    fc.assert(
      fc.property(lengths, (given) => {
        const messages = honest(given);
        const once = delivered(messages);
        assert.deepEqual([once.whats, once.missing, once.again.includes(true)], [[], 0, false]);
        assert.equal(once.state?.sealed, given.since + given.count, 'the last seal is about all of it');
        const at = given.at % messages.length;
        const replayed = [...messages, ...messages.slice(at), ...messages.slice(0, at)];
        const twice = delivered(replayed);
        assert.deepEqual([twice.whats, twice.missing], [[], 0]);
        assert.equal(twice.again.filter(Boolean).length, given.count, 'each report was known the second time');
      }),
    );
  });

  test('any report left out is seen as missing, and found again when it comes late', () => {
    fc.assert(
      fc.property(lengths, (given) => {
        const messages = honest(given);
        const reports = messages.filter(isReport);
        const gone = reports[given.at % reports.length];
        assert.ok(gone);
        const rest = messages.filter((each) => each !== gone);
        // with the only report left out nothing arrives but seals, before the first report
        if (reports.length === 1) return;
        const without = delivered(rest);
        assert.equal(without.missing, 1);
        assert.ok(without.whats.includes('missing'), without.whats.join());
        const found = delivered([...rest, gone]);
        assert.equal(found.missing, 0);
        assert.ok(!found.whats.includes('rewritten'), found.whats.join());
      }),
    );
  });

  test('a cut-off end is seen by the seal', () => {
    fc.assert(
      fc.property(lengths, (given) => {
        const messages = honest(given);
        const reports = messages.filter(isReport);
        const cut = 1 + (given.at % reports.length);
        const end = reports.slice(cut);
        const { missing, whats } = delivered(messages.filter((each) => !isReport(each) || !end.includes(each)));
        assert.deepEqual([missing, whats.includes('missing')], [end.length, end.length > 0]);
      }),
    );
  });

  test('another order is put right: nothing is missing at the end, and nothing is taken for changed', () => {
    fc.assert(
      fc.property(
        lengths.chain((given) => {
          const messages = honest(given);
          return fc.shuffledSubarray([...messages], { minLength: messages.length, maxLength: messages.length });
        }),
        (messages) => {
          const { missing, whats } = delivered(messages);
          assert.equal(missing, 0);
          assert.deepEqual(
            [...new Set(whats)].filter((what) => what !== 'missing'),
            [],
          );
        },
      ),
    );
  });

  test('any field of any report that is changed on its way, or by who took the device over, raises a doubt', () => {
    const changes: readonly ((report: Report) => Report)[] = [
      (report) => ({ ...report, at: '2031-01-01T00:00:00.000Z' }),
      (report) => ({ ...report, kind: 'device-started' }),
      (report) => ({ ...report, detail: { ...report.detail, because: 'nothing' } }),
      (report) => ({ ...report, detail: {} }),
      (report) => ({ ...report, place: { ...report.place, before: beginningOf('other', 0) } }),
      (report) => ({ ...report, place: { ...report.place, n: report.place.n + 1 } }),
      (report) => ({ ...report, place: { ...report.place, chain: report.place.chain + 1 } }),
      (report) => ({ ...report, place: { ...report.place, stamp: { ...report.place.stamp, up: 999_999 } } }),
      (report) => ({ ...report, place: { ...report.place, stamp: { ...report.place.stamp, boot: 0 } } }),
      (report) => ({ ...report, place: { ...report.place, stamp: { ...report.place.stamp, source: 'unknown' } } }),
    ];
    fc.assert(
      fc.property(lengths, fc.nat(changes.length - 1), (given, which) => {
        const messages = honest(given);
        const reports = messages.filter(isReport);
        const victim = reports[given.at % reports.length];
        assert.ok(victim);
        const change = changes[which];
        assert.ok(change);
        const { whats } = delivered(
          messages.map((each) => (each === victim ? { report: change(victim.report) } : each)),
        );
        assert.notDeepEqual(whats, []);
      }),
      { numRuns: 300 },
    );
  });

  test('a device whose data were put back tells another history from there on, and is seen at its first word', () => {
    fc.assert(
      fc.property(lengths, few, (given, more) => {
        let device = newDevice(given.since);
        const states = [device];
        const messages: Message[] = [];
        for (let each = 0; each < given.count; each += 1) {
          const [next, report] = told(device, `w${each}`);
          device = next;
          states.push(device);
          messages.push({ report });
        }
        const earlier = states[given.at % given.count];
        assert.ok(earlier);
        const [, anew] = history({ ...earlier, boot: earlier.boot + 1 }, more, 2, 'other');
        const first = delivered([...messages, ...anew.slice(0, 1)]);
        assert.ok(first.whats.includes('rewritten'), first.whats.join());
        const all = delivered([...messages, ...anew]);
        assert.equal(
          all.whats.filter((what) => what === 'rewritten').length,
          1,
          'told once, not with every word after',
        );
      }),
    );
  });

  test('a reset begins another chain with an enrolment; without one it is a history that was cut off', () => {
    const [, before] = history(newDevice(0), 4);
    const [, anew] = history(newDevice(3, 1), 4);
    const both = [...before, ...anew];
    const epochs = both.map((_, index) => (index < before.length ? 1 : 2));
    assert.deepEqual(delivered(both, epochs).whats, []);
    assert.deepEqual(delivered(both).whats, ['begun-anew']);
    const [, old] = history({ ...newDevice(0), boot: 9 }, 1, 1, 'old');
    assert.deepEqual(delivered([...both, ...old], [...epochs, 3, 3]).whats, ['put-back']);
    assert.deepEqual(delivered([...both, ...before.slice(0, 1)], [...epochs, 2]).whats, [], 'a replay is none');
  });

  test('starts and running time that go back, and seals of others, are told', () => {
    const [device, messages] = history(newDevice(0), 3);
    const [, back] = told({ ...device, boot: 0 }, 'x');
    assert.deepEqual(delivered([...messages, { report: back }]).whats, ['out-of-time']);
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
    const forged = { ...sealOf(device), statement: sealOf({ ...device, n: 9 }).statement };
    for (const [seal, what] of [
      [forged, 'seal-forged'],
      [{ statement: '', signature: '', key: '' }, 'seal-forged'],
      [sealOf(device, other), 'seal-of-another'],
      [sealOf(device, key, 'd1'), 'seal-of-another'],
      [sealOf({ ...device, link: beginningOf('other', 0) }), 'rewritten'],
    ] as const) {
      assert.deepEqual(delivered([...messages, { seal }]).whats, [what]);
      assert.notDeepEqual(delivered([{ seal }]).state, {}, 'nor before the first report');
    }
  });

  test('a device that loses what it likes fills no memory', () => {
    let device = newDevice(0);
    const messages: Message[] = [];
    for (let each = 0; each < 200; each += 1) {
      const [next, report] = told(device, 'w');
      device = next;
      if (each % 2 === 0) messages.push({ report });
    }
    const { state, whats } = delivered(messages);
    assert.equal(state?.gaps.length, 16);
    assert.equal((state?.lost ?? 0) + 16, 99, 'what is looked for no more is counted');
    assert.equal(whats.length, 99);
  });
});
