import type { Decision, Millis } from '../../seams.ts';
import type { FaultCode, PlainFault } from '../../driver/faults.ts';

/** When `boot` starts its processes again, and when it gives up. */
export interface Supervision {
  /** when they ended, newest last */
  readonly endings: readonly Millis[];
}
export const UNTROUBLED: Supervision = { endings: [] };

export type ProcessName = 'core' | 'signer' | 'updater' | 'control';

export interface Ended {
  readonly process: ProcessName;
  readonly how: string;
  /** what it said before it ended */
  readonly fault?: PlainFault;
}
export type SupervisionEffect =
  | { readonly kind: 'start'; readonly inMillis: number }
  | { readonly kind: 'give-up'; readonly fault: PlainFault };

const FIRST_DELAY = 500;
const LONGEST_DELAY = 30_000;
/** Endings within this time count as one trouble. */
const TROUBLE = 5 * 60_000;
const ENDINGS_BORNE = 8;

/** Faults that a restart does not mend: a person must. */
const LASTING: ReadonlySet<FaultCode> = new Set([
  'bundle-invalid',
  'data-damaged',
  'data-other-version',
  'data-owned',
  'data-unreadable',
  'declaration-mismatch',
  'disk-full',
  'key-unusable',
  'not-apart',
  'not-declared',
  'not-manufactured',
  'port-forbidden',
  'port-occupied',
  'zeroised',
]);

export const decideSupervision = (
  state: Supervision,
  event: Ended,
  now: Millis,
): Decision<Supervision, SupervisionEffect> => {
  const endings = [...state.endings.filter((at) => now - at < TROUBLE), now];
  if (event.fault && LASTING.has(event.fault.code)) {
    return { state: { endings }, effects: [{ kind: 'give-up', fault: event.fault }] };
  }
  if (endings.length > ENDINGS_BORNE) {
    const fault: PlainFault = event.fault ?? {
      code: 'process-failed',
      message: `The process ${event.process} ended ${endings.length} times (${event.how})`,
      cure: 'Look at its output above; report it if it comes back.',
    };
    return { state: { endings }, effects: [{ kind: 'give-up', fault }] };
  }
  // EN 303 645 5.9-1: a process that ends is started again, ever later while it keeps ending
  const inMillis = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (endings.length - 1));
  return { state: { endings }, effects: [{ kind: 'start', inMillis }] };
};
