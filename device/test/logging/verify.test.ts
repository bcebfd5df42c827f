import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EVENT_KINDS, type EventKind } from '../../src/logging/catalogue.ts';
import { erasedLog, type LogState } from '../../src/logging/chain/decide.ts';
import { entryLink, type LogEntry } from '../../src/logging/chain/entry.ts';
import { verifyLog } from '../../src/logging/chain/verify.ts';
import { DEVICE, newLogKey, sealOf, shownOf, writtenFrom, type Written } from './written.ts';

/** G045 PL-4-2, ST-D-25: whatever is done to a log shows, and what the device does itself never looks like it. */

const key = newLogKey();
const MADE = { by: shownOf(key), device: DEVICE };
const ROOM = { routine: 4, notable: 3, vital: 3 };
const kinds = fc.array(fc.constantFrom(...EVENT_KINDS), { minLength: 1, maxLength: 30 });
const whole = fc.record({ sealed: kinds, after: fc.array(fc.constantFrom(...EVENT_KINDS), { maxLength: 12 }) });

const logOf = ({ sealed, after }: { sealed: readonly EventKind[]; after: readonly EventKind[] }) => {
  const before = writtenFrom(sealed, ROOM);
  return { before, seal: sealOf(before.state, key), now: writtenFrom(after, ROOM, before) };
};
const verdict = ({ entries, state }: Written, seal?: ReturnType<typeof sealOf>) =>
  verifyLog(entries, state, seal, MADE);

test('an honest log verifies, whatever made way in it, with a seal of any moment or none', () => {
  fc.assert(
    fc.property(whole, (given) => {
      const { before, seal, now } = logOf(given);
      const unsealed = given.after.length;
      assert.deepEqual(verdict(now, seal), { ok: true, entries: now.entries.length, unsealed });
      assert.deepEqual(verdict(now), { ok: true, entries: now.entries.length, unsealed: now.state.seq });
      assert.ok(before.entries.length <= 10 && now.entries.length <= 10, 'bounded');
    }),
  );
});

/** What somebody does who can write the entries, but not make links fit. */
const TAMPERINGS: Readonly<Record<string, (entries: readonly LogEntry[], at: number) => readonly LogEntry[]>> = {
  removed: (entries, at) => entries.filter((_, index) => index !== at),
  'said twice': (entries, at) => entries.flatMap((entry, index) => (index === at ? [entry, entry] : [entry])),
  'moved to the end': (entries, at) => [...entries.filter((_, index) => index !== at), ...entries.slice(at, at + 1)],
  'another time': (entries, at) => changed(entries, at, (entry) => ({ ...entry, at: '2020-01-01T00:00:00.000Z' })),
  'another start': (entries, at) =>
    changed(entries, at, (entry) => ({ ...entry, stamp: { ...entry.stamp, boot: entry.stamp.boot + 1 } })),
  'another running time': (entries, at) =>
    changed(entries, at, (entry) => ({ ...entry, stamp: { ...entry.stamp, up: entry.stamp.up + 1 } })),
  'a better source': (entries, at) =>
    changed(entries, at, (entry) => ({ ...entry, stamp: { ...entry.stamp, source: 'services' } })),
  'another kind': (entries, at) =>
    changed(entries, at, (entry) => ({ ...entry, kind: entry.kind === 'logout' ? 'login-failed' : 'logout' })),
  'another detail': (entries, at) =>
    changed(entries, at, (entry) => ({ ...entry, detail: { ...entry.detail, because: 'nothing' } })),
  'more repeats': (entries, at) =>
    changed(entries, at, (entry) => ({ ...entry, repeats: { count: 9, since: entry.at } })),
};
const changed = (entries: readonly LogEntry[], at: number, change: (entry: LogEntry) => LogEntry) =>
  entries.map((entry, index) => (index === at ? change(entry) : entry));

test('an entry that is removed, doubled, moved or changed in any field is told', () => {
  fc.assert(
    fc.property(whole, fc.nat(), fc.constantFrom(...Object.keys(TAMPERINGS)), (given, where, how) => {
      const { seal, now } = logOf(given);
      const at = where % now.entries.length;
      const entries = TAMPERINGS[how]?.(now.entries, at) ?? [];
      // moving the last one to the end does nothing
      fc.pre(JSON.stringify(entries) !== JSON.stringify(now.entries));
      const found = verdict({ ...now, entries }, seal);
      assert.equal(found.ok, false, how);
      const touched = now.entries[at];
      if (found.ok || !touched || how === 'moved to the end') return;
      assert.ok(
        found.findings.some((each) => 'priority' in each && each.priority === touched.priority),
        'the place is named',
      );
    }),
    { numRuns: 400 },
  );
});

/** Who holds the store's key can make every link fit again; not the signature. */
const rebuilt = (entries: readonly LogEntry[], state: LogState): Written => {
  const heads = { ...state.heads };
  const made: LogEntry[] = [];
  for (const entry of entries) {
    const before = made.findLast(({ priority }) => priority === entry.priority);
    const fitting = before ? { ...entry, before: entryLink(state.chain, before) } : entry;
    made.push(fitting);
    heads[entry.priority] = { ...heads[entry.priority], link: entryLink(state.chain, fitting) };
  }
  return { entries: made, state: { ...state, heads } };
};

test('a sealed entry that is rewritten, with all links after it, is told', () => {
  fc.assert(
    fc.property(whole, fc.nat(), (given, where) => {
      const { before, seal, now } = logOf(given);
      const sealed = now.entries.filter(({ seq }) => seq < before.state.seq);
      fc.pre(sealed.length > 0);
      const target = sealed[where % sealed.length];
      const forged = rebuilt(
        now.entries.map((entry) => (entry === target ? { ...entry, at: '2020-01-01T00:00:00.000Z' } : entry)),
        now.state,
      );
      const found = verdict(forged, seal);
      assert.equal(found.ok, false);
      assert.ok(!found.ok && found.findings.every(({ what }) => what === 'not-as-sealed'), JSON.stringify(found));
    }),
  );
});

test('a log that is cut off, emptied or put back is told by its seal, also where it says of itself that it is whole', () => {
  fc.assert(
    fc.property(kinds, kinds, (first, second) => {
      const earlier = writtenFrom(first, ROOM);
      const later = writtenFrom(second, ROOM, earlier);
      assert.equal(verdict(earlier, sealOf(later.state, key)).ok, false, 'an old copy');
      assert.equal(verdict({ entries: [], state: later.state }).ok, false, 'entries gone, state there');
      const empty = writtenFrom([], ROOM);
      const found = verdict(empty, sealOf(later.state, key));
      assert.ok(!found.ok && found.findings.some(({ what }) => what === 'put-back'));
      const cut = { entries: later.entries.slice(0, -1), state: later.state };
      assert.ok(!verdict(cut).ok);
    }),
  );
});

test('older entries that go although there is room for them are told', () => {
  const { entries, state } = writtenFrom(['key-renewed', 'factory-reset', 'set-up-completed', 'key-renewed'], ROOM);
  const vital = state.heads.vital;
  assert.deepEqual([vital.from, vital.next], [1, 4]);
  const washed = {
    entries: entries.slice(1),
    state: { ...state, heads: { ...state.heads, vital: { ...vital, from: 2 } } },
  };
  assert.deepEqual(verdict(washed), { ok: false, findings: [{ what: 'washed-out', priority: 'vital', place: 2 }] });
});

test('a seal by another key, of another device, or for other words is refused', () => {
  const log = writtenFrom(['key-renewed', 'login-failed'], ROOM);
  const good = sealOf(log.state, key);
  assert.equal(verdict(log, good).ok, true);
  const cases = [
    [sealOf(log.state, newLogKey()), 'seal-of-another'],
    [sealOf(log.state, key, 'device-0002'), 'seal-of-another'],
    [{ ...good, statement: good.statement.replace('"boot":1', '"boot":2') }, 'seal-forged'],
    [{ ...good, signature: sealOf(log.state, newLogKey()).signature }, 'seal-forged'],
    [{ statement: '', signature: '', key: '' }, 'seal-forged'],
    [{ ...good, key: 'AAAA' }, 'seal-forged'],
  ] as const;
  for (const [seal, what] of cases) assert.deepEqual(verdict(log, seal), { ok: false, findings: [{ what }] });
});

test('an erased log begins a chain of its own, and the old one put back in its place is told', () => {
  const before = writtenFrom(['set-up-completed', 'login-failed'], ROOM);
  const after = writtenFrom(['factory-reset'], ROOM, { entries: [], state: erasedLog(before.state) });
  assert.equal(after.state.chain, 1);
  assert.equal(after.entries[0]?.seq, 0);
  assert.equal(verdict(after, sealOf(after.state, key)).ok, true);
  assert.equal(verdict(after, sealOf(before.state, key)).ok, true, 'the seal of before says nothing of this chain');
  const back = verdict(before, sealOf(after.state, key));
  assert.ok(!back.ok && back.findings.some(({ what }) => what === 'put-back'));
});
