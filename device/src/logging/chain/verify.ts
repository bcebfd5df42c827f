import { PRIORITIES, type Priority } from '../catalogue.ts';
import type { Head, LogState } from './decide.ts';
import { entryLink, type LogEntry } from './entry.ts';
import { openSeal, type Seal } from './seal.ts';

/** What was done to a log, and where: `place` counts entries of the priority, as each entry says it. */
export type Finding =
  | {
      readonly what: 'altered' | 'missing' | 'reordered' | 'added';
      readonly priority: Priority;
      readonly place: number;
    }
  /** the end is missing: the log says itself that it had come further */
  | { readonly what: 'cut-off'; readonly priority: Priority; readonly place: number }
  /** what was sealed is not what is there */
  | { readonly what: 'not-as-sealed'; readonly priority: Priority; readonly place: number }
  /** older entries are gone although there was room for them */
  | { readonly what: 'washed-out'; readonly priority: Priority; readonly place: number }
  | { readonly what: 'seal-forged' | 'seal-of-another' | 'put-back' };

export type LogVerdict =
  | {
      readonly ok: true;
      readonly entries: number;
      /** entries after the last seal: bound to each other, and to the device by nothing yet */
      readonly unsealed: number;
    }
  | { readonly ok: false; readonly findings: readonly [Finding, ...Finding[]] };

/** Of one finding each log would name all that follow from it. */
const MOST_FINDINGS = 20;

/**
 * Whether a log is as the device wrote it: `entries` in the order in which they are kept, `state` as it says of itself
 * how far it came, the last seal, and the key and device that must have made it.
 */
// G045 PL-4-2: a gap, a change, another order, a cut-off end and an old copy are told, with the place
export const verifyLog = (
  entries: readonly LogEntry[],
  state: LogState,
  seal: Seal | undefined,
  made: { readonly by: string; readonly device: string },
): LogVerdict => {
  const { sealed, because } = sealedBy(seal, made);
  const under = sealed?.chain === state.chain ? sealed : undefined;
  const findings: Finding[] = [
    ...(because ? [{ what: because }] : []),
    ...(sealed && isEarlier(state, sealed) ? [{ what: 'put-back' as const }] : []),
    ...outOfOrder(entries),
    ...PRIORITIES.flatMap((priority) => [
      ...chainOf(
        entries.filter((each) => each.priority === priority),
        priority,
        state,
        under,
      ),
    ]),
  ];
  const [first, ...more] = findings.slice(0, MOST_FINDINGS);
  if (first) return { ok: false, findings: [first, ...more] };
  return { ok: true, entries: entries.length, unsealed: state.seq - (under?.seq ?? 0) };
};

/** A log that no seal has reached yet is that of a first start. */
const sealedBy = (
  seal: Seal | undefined,
  made: { readonly by: string; readonly device: string },
): { readonly sealed?: LogState; readonly because?: 'seal-forged' | 'seal-of-another' } => {
  if (seal === undefined) return {};
  const sealed = openSeal(seal);
  if (sealed === undefined) return { because: 'seal-forged' };
  return seal.key === made.by && sealed.device === made.device
    ? { sealed: sealed.log }
    : { because: 'seal-of-another' };
};

const isEarlier = (state: LogState, sealed: LogState): boolean =>
  state.chain < sealed.chain || (state.chain === sealed.chain && state.seq < sealed.seq);

function* outOfOrder(entries: readonly LogEntry[]): Generator<Finding> {
  for (const [index, entry] of entries.entries()) {
    const before = entries[index - 1];
    if (before && before.seq >= entry.seq) yield { what: 'reordered', priority: entry.priority, place: entry.place };
  }
}

function* chainOf(
  entries: readonly LogEntry[],
  priority: Priority,
  state: LogState,
  under: LogState | undefined,
): Generator<Finding> {
  const head = state.heads[priority];
  const was = under?.heads[priority];
  yield* madeWay(head, was, priority, state.room[priority]);
  let expected = head.from;
  /** of the entry before; of the first one it is what that one says, which its own link binds */
  let link = head.from === 0 ? undefined : entries[0]?.before;
  for (const entry of entries) {
    const { place } = entry;
    if (place >= head.next) {
      yield { what: 'added', priority, place };
      return;
    }
    if (place > expected) yield { what: 'missing', priority, place: expected };
    else if (place < expected) yield { what: 'reordered', priority, place };
    else if (link !== undefined && entry.before !== link)
      yield { what: 'altered', priority, place: Math.max(0, place - 1) };
    if (was && place === was.next && entry.before !== was.link) {
      yield { what: 'not-as-sealed', priority, place: Math.max(0, place - 1) };
    }
    link = entryLink(state.chain, entry);
    expected = place + 1;
    if (was && expected === was.next && link !== was.link) yield { what: 'not-as-sealed', priority, place };
  }
  if (expected < head.next) yield { what: 'cut-off', priority, place: expected };
  else if (link !== undefined && link !== head.link) yield { what: 'altered', priority, place: head.next - 1 };
}

/** Entries make way only where there is no room, and the log never becomes shorter than it was sealed. */
function* madeWay(head: Head, was: Head | undefined, priority: Priority, room: number): Generator<Finding> {
  const known = was?.from ?? 0;
  if (head.from > known && head.next - head.from < room) yield { what: 'washed-out', priority, place: head.from };
  if (head.from < known || (was && head.next < was.next)) yield { what: 'cut-off', priority, place: head.next };
}
