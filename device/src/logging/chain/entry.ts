import { linkOf, sorted, type ReportPlace, type Stamp } from '@hearthward/protocol';
import type { SecurityEvent } from '../../seams.ts';
import type { Priority } from '../catalogue.ts';

/** An event as the log keeps it. */
export interface LogEntry extends SecurityEvent {
  /** counts every entry since the data were last erased */
  readonly seq: number;
  readonly stamp: Stamp;
  readonly priority: Priority;
  /** counts entries of its priority; those form a chain of their own, whose oldest make way */
  readonly place: number;
  /** link of the entry before it in that chain */
  readonly before: string;
  /** of an event that the manufacturer hears of: its place among those */
  readonly report?: ReportPlace;
}

/** The link that an entry adds to the chain of its priority. */
export const entryLink = (chain: number, entry: LogEntry): string => {
  const { seq, stamp, priority, place, before, at, kind, detail, repeats, report } = entry;
  return linkOf([
    'entry',
    chain,
    priority,
    place,
    before,
    seq,
    [stamp.boot, stamp.up, stamp.source],
    [at, kind, sorted(detail)],
    repeats ? [repeats.count, repeats.since] : [],
    report ? [report.n, report.before] : [],
  ]);
};
