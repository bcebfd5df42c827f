import type { Channel } from '../channel/channel.ts';
import type { SealableLog } from '../store/store.ts';
import { REPORTED } from './catalogue.ts';
import type { LogEntry } from './chain/entry.ts';
import type { Seal } from './chain/seal.ts';

/** What the manufacturer hears of the log: each report with its place in their chain, and how far the chain had come. */
export interface Reporting {
  readonly written: (entry: LogEntry) => void;
  readonly sealed: (seal: Seal) => void;
}

/**
 * Reports are said once. What was written and not said, because the power went in between, lies in the log and is said
 * before the next one; nothing is said before the end of the set-up, and what was written until then stays at home.
 */
// EN 303 645 5.7-2, G045 PL-4-2: with each report goes what the services need to see that none is missing, changed or old
export const openReporting = (world: {
  readonly log: Pick<SealableLog, 'entries'>;
  readonly channel: Pick<Channel, 'say' | 'state'>;
  readonly fault: (thrown: unknown) => void;
}): Reporting => {
  const { channel, log, fault } = world;
  /** what was said, or is on its way into the channel's state */
  let said = channel.state().reports;
  /** how many reports the last seal was about that was sent; of another chain it says nothing */
  let sealedTo: string | undefined;

  const say = ({ at, kind, detail, report }: LogEntry): void => {
    if (!report) return;
    const { chain, n } = report;
    said = { chain, since: said?.chain === chain ? said.since : n, next: n + 1 };
    channel.say('events', { v: 1, at, kind, detail, place: report }, { chain, n }).catch(fault);
  };
  const forgotten = (until: LogEntry): readonly LogEntry[] => {
    const { report } = until;
    if (!report || said?.chain !== report.chain || report.n <= said.next) return [];
    const from = said.next;
    return log
      .entries()
      .filter((each) => each.report && each.report.n >= from && each.report.n < report.n && REPORTED.has(each.kind));
  };
  return {
    written: (entry) => {
      for (const each of forgotten(entry)) say(each);
      say(entry);
    },
    sealed: ({ reports }) => {
      if (!reports || reports.statement === sealedTo) return;
      sealedTo = reports.statement;
      channel.say('seals', { v: 1, seal: reports }).catch(fault);
    },
  };
};
