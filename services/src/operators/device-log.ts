import type { DeviceView } from '@hearthward/web';
import { iso } from '../clock.ts';
import type { DeviceLog } from '../telemetry/reports/reports.ts';

/** What the page of a device says of its log; nothing before the first report. */
export const logIn = (log: DeviceLog | undefined): Pick<DeviceView, 'log'> => {
  if (!log) return {};
  const missing = log.gaps.reduce((sum, { from, below }) => sum + below - from, log.lost);
  return {
    log: {
      reports: Math.max(0, log.next - log.since - log.gaps.filter(isInside).reduce((sum, gap) => sum + sizeOf(gap), 0)),
      missing,
      ...(log.sealed === undefined ? {} : { sealed: Math.max(0, Math.min(log.sealed, log.next) - log.since) }),
      ...(log.doubtedAt === undefined ? {} : { doubtedAt: iso(log.doubtedAt) }),
      doubts: Object.entries(log.doubts).map(([what, { count, first, last, n }]) => ({
        what: what as keyof DeviceLog['doubts'],
        count,
        first: iso(first),
        last: iso(last),
        ...(n === undefined ? {} : { n }),
      })),
    },
  };
};

type Gap = DeviceLog['gaps'][number];
const sizeOf = ({ from, below }: Gap): number => below - from;
/** one at the end, of which a seal has told, is behind what arrived */
const isInside = ({ before }: Gap): boolean => before !== undefined;
