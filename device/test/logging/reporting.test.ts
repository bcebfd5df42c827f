import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportLink } from '@hearthward/protocol';
import type { ChannelState } from '../../src/channel/decide.ts';
import type { LogEntry } from '../../src/logging/chain/entry.ts';
import { signReportsOf } from '../../src/logging/chain/seal.ts';
import { openReporting } from '../../src/logging/reporting.ts';
import { DEVICE, newLogKey, sealOf, shownOf, writtenFrom } from './written.ts';

const ROOM = { routine: 50, notable: 50, vital: 50 };
const { entries, state } = writtenFrom(
  ['device-started', 'login-succeeded', 'set-up-completed', 'enrolled', 'button-pressed', 'update-refused'],
  ROOM,
);
type Said = {
  readonly topic: string;
  readonly n: number | undefined;
  readonly body: Readonly<Record<string, unknown>>;
};

/** The reporting of a device whose channel had come so far. */
const opened = (reports?: NonNullable<ChannelState['reports']>) => {
  const said: Said[] = [];
  const reporting = openReporting({
    log: { entries: () => entries },
    channel: {
      state: () => ({ ...({} as ChannelState), ...(reports ? { reports } : {}) }),
      say: async (topic, body, place) => void said.push({ topic, n: place?.n, body }),
    },
    fault: (thrown) => assert.ifError(thrown),
  });
  return { reporting, said, told: () => said.map(({ n }) => n) };
};
const reported = entries.filter((entry): entry is LogEntry & Required<Pick<LogEntry, 'report'>> =>
  Boolean(entry.report),
);
const last = reported.at(-1);

test('what stays at home is not said, and each report goes with its place, whose links are one chain', () => {
  const { reporting, said } = opened();
  for (const entry of entries) reporting.written(entry);
  assert.deepEqual(
    said.map(({ n }) => n),
    [0, 1, 2, 3],
  );
  for (const [index, { body }] of said.entries()) {
    const entry = reported[index];
    assert.deepEqual(body, { v: 1, at: entry?.at, kind: entry?.kind, detail: entry?.detail, place: entry?.report });
    const before = reported[index - 1];
    if (before) assert.equal(entry?.report.before, reportLink(before, before.report));
  }
});

test('what a power cut kept from being said is said before the next report, once', () => {
  assert.ok(last);
  const { reporting, told } = opened({ chain: 0, since: 1, next: 2 });
  reporting.written(last);
  reporting.written({ ...last, report: { ...last.report, n: 4 } });
  assert.deepEqual(told(), [2, 3, 4]);
});

test('a device that never said anything, or whose log was erased since, makes up for nothing', () => {
  assert.ok(last);
  for (const reports of [undefined, { chain: 7, since: 0, next: 1 }]) {
    const { reporting, told } = opened(reports);
    reporting.written(last);
    assert.deepEqual(told(), [3]);
  }
});

test('a seal is sent when there are reports that it is about, and says nothing of the rest', () => {
  const key = newLogKey();
  const { reporting, said } = opened();
  const sealed = (log = state) => ({
    ...sealOf(log, key),
    reports: signReportsOf({ device: DEVICE, at: '', log }, key, shownOf(key)),
  });
  reporting.sealed(sealed());
  reporting.sealed(sealed(writtenFrom(['button-pressed'], ROOM, { entries, state }).state));
  assert.equal(said.length, 1, 'somebody pressed a button: nobody hears of it');
  reporting.sealed(sealed(writtenFrom(['update-refused'], ROOM, { entries, state }).state));
  assert.equal(said.length, 2);
  const [first] = said;
  assert.ok(first);
  const { statement } = (first.body as { seal: { statement: string } }).seal;
  assert.deepEqual(JSON.parse(statement), { device: DEVICE, chain: 0, next: 4, link: state.reports.link });
  reporting.sealed(sealOf(state, key));
  assert.equal(said.length, 2, 'a signer of a version before makes none');
});
