import { beginningOf, reportLink, type ReportPlace, type Stamp } from '@hearthward/protocol';
import { Type, type Static } from 'typebox';
import type { Decision, EventTime, SecurityEvent } from '../../seams.ts';
import { entryOf, PRIORITIES, REPORTED, type Priority } from '../catalogue.ts';
import { entryLink, type LogEntry } from './entry.ts';

/**
 * The log as decisions: entries of each priority form a chain with room for so many; a new one makes the oldest of its
 * own priority make way, and no other. What was reported to the manufacturer forms a chain beside them, of which the
 * services see every link and nothing that they were not told.
 */
const Count = Type.Integer({ minimum: 0 });
const strict = { additionalProperties: false } as const;
const Head = Type.Object(
  {
    /** places below it have made way */
    from: Count,
    /** the place that comes next */
    next: Count,
    /** of the last entry; of the beginning where there is none */
    link: Type.String(),
  },
  strict,
);
export type Head = Static<typeof Head>;

export const LogState = Type.Object(
  {
    v: Type.Literal(1),
    /** counts erasures */
    chain: Count,
    seq: Count,
    boot: Count,
    heads: Type.Object({ routine: Head, notable: Head, vital: Head }, strict),
    reports: Head,
    /** how many of each priority had room when the last entry was written */
    room: Type.Object({ routine: Count, notable: Count, vital: Count }, strict),
  },
  strict,
);
export type LogState = Static<typeof LogState>;
export type Room = LogState['room'];

/** 3,500 entries at about 500 bytes stay near two megabytes of flash. */
export const ROOM: Room = { routine: 1_500, notable: 1_000, vital: 1_000 };

export const emptyLog = (room: Room = ROOM): LogState => beginning(0, 0, room);

// EN 303 645 5.11-1, G045 DS-1-4, PL-4-2: an erased log begins a new chain, which says that it is one, and what came before stays unreadable
export const erasedLog = ({ chain, boot, heads, room }: LogState): LogState =>
  beginning(chain + 1, boot, room, PRIORITIES.map((each) => heads[each].link).join(''));

const beginning = (chain: number, boot: number, room: Room, after?: string): LogState => {
  const headOf = (what: string): Head => ({ from: 0, next: 0, link: beginningOf(what, chain, after) });
  return {
    v: 1,
    chain,
    seq: 0,
    boot,
    heads: { routine: headOf('routine'), notable: headOf('notable'), vital: headOf('vital') },
    // the services know the beginning of the first chain, and of any other what the device says
    reports: headOf('reports'),
    room,
  };
};

export interface Happened extends EventTime {
  readonly event: SecurityEvent;
}
export type LogEffect =
  | { readonly kind: 'insert'; readonly entry: LogEntry }
  /** entries of a priority below a place */
  | { readonly kind: 'drop'; readonly priority: Priority; readonly below: number };

/** One entry. `state.boot` is that of the start which writes it. */
// G045 PL-4-2: the oldest of the same priority makes way, so that no flood washes out what matters
export const decideLog = (state: LogState, { event, up, source }: Happened): Decision<LogState, LogEffect> => {
  const { priority } = entryOf(event.kind);
  const head = state.heads[priority];
  const stamp: Stamp = { boot: state.boot, up, source };
  const report = REPORTED.has(event.kind) ? placeOf(state, stamp) : undefined;
  const entry: LogEntry = {
    ...event,
    seq: state.seq,
    stamp,
    priority,
    place: head.next,
    before: head.link,
    ...(report ? { report } : {}),
  };
  const next = head.next + 1;
  const from = Math.max(head.from, next - state.room[priority]);
  return {
    state: {
      ...state,
      seq: state.seq + 1,
      heads: { ...state.heads, [priority]: { from, next, link: entryLink(state.chain, entry) } },
      ...(report ? { reports: { from: 0, next: report.n + 1, link: reportLink(entry, report) } } : {}),
    },
    effects: [
      { kind: 'insert', entry },
      ...(from > head.from ? [{ kind: 'drop', priority, below: from } as const] : []),
    ],
  };
};

const placeOf = ({ chain, reports }: LogState, stamp: Stamp): ReportPlace => ({
  chain,
  n: reports.next,
  before: reports.link,
  stamp,
});
