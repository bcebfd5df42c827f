import type { Frame } from '../panel/views.ts';

/** What the operator console's pages are made of. */

export interface DeviceRow {
  readonly deviceId: string;
  readonly serial: string;
  readonly model: string;
  readonly state: 'made' | 'enrolled' | 'connected' | 'silent';
  readonly lastSeen?: string;
  readonly enrolledAt?: string;
  /** since when something speaks against its log that nobody has looked at */
  readonly doubtedAt?: string;
}
export interface FleetView extends Frame {
  readonly counts: Readonly<Record<DeviceRow['state'] | 'doubted', number>>;
  readonly filter: { readonly state?: string; readonly search?: string; readonly doubted?: boolean };
  readonly devices: readonly DeviceRow[];
  readonly total: number;
  readonly page: number;
  readonly pages: number;
}
export interface DeviceView extends Frame {
  /** what an operator may ask of it, where its owner allows it */
  readonly commands: readonly string[];
  readonly device: DeviceRow;
  /** when its owner last had it checked; `found`: codes of what was amiss */
  readonly checked?: { readonly at: string; readonly verdict: 'well' | 'attention'; readonly found: string };
  readonly certificate?: { readonly serial: string; readonly notBefore: string; readonly notAfter: string };
  readonly custody: {
    readonly state: 'trusted' | 'held' | 'out';
    readonly since?: string;
    readonly because?: 'absent' | 'two-places' | 'scrapped';
    /** how often its identity was seen in two places */
    readonly copies: number;
  };
  /** the chain of what it reports; absent before the first report */
  readonly log?: {
    readonly reports: number;
    readonly missing: number;
    /** so many of the reports are under a seal of the device; absent where it never sent one */
    readonly sealed?: number;
    readonly doubtedAt?: string;
    readonly doubts: readonly {
      readonly what:
        | 'missing'
        | 'rewritten'
        | 'begun-anew'
        | 'put-back'
        | 'out-of-time'
        | 'place-withheld'
        | 'seal-forged'
        | 'seal-of-another';
      readonly count: number;
      readonly first: string;
      readonly last: string;
      readonly n?: number;
    }[];
  };
  /** newest first */
  readonly certificates: readonly {
    readonly kind: 'initial' | 'operational';
    readonly state: 'live' | 'ended' | 'superseded' | 'revoked';
    readonly serial: string;
    readonly notBefore: string;
    readonly notAfter: string;
  }[];
  readonly events: readonly { readonly at: string; readonly kind: string; readonly detail: string }[];
  /** the form that came without a reason */
  readonly unreasoned?: 'personal' | 'manage';
  /** of people: after a reason, and with it */
  readonly personal?: {
    readonly reason: string;
    readonly series: DeviceView['series'];
    /** items that only a party can read, with its name */
    readonly sealed: readonly { readonly item: string; readonly party: string }[];
  };
  /** of nobody */
  readonly series: readonly {
    readonly field: string;
    readonly unit?: string;
    readonly points: readonly (readonly [at: number, value: number])[];
  }[];
}
export interface RolloutCounts {
  readonly begun: number;
  readonly confirmed: number;
  readonly failed: number;
  readonly silent: number;
  /** shares, 0 to 1, that are still possible */
  readonly failures: { readonly low: number; readonly high: number };
}
export interface RolloutView {
  readonly product: string;
  readonly version: string;
  readonly number: number;
  readonly phase: 'planned' | 'running' | 'awaiting-approval' | 'halted' | 'complete';
  /** `below` in ten-thousandths of the fleet, times ISO 8601 */
  readonly stage: { readonly at: number; readonly of: number; readonly below: number; readonly since: string };
  readonly begun: { readonly by: string; readonly at: string };
  readonly why?:
    | {
        readonly because: 'failures' | 'failures-of-one-model' | 'person';
        readonly model?: string;
        readonly by?: string;
      }
    | { readonly because: 'planned' | 'too-few-devices' };
  readonly counts: RolloutCounts;
  readonly batches: Readonly<Record<string, RolloutCounts>>;
  readonly plan: {
    readonly stages: readonly { readonly below: number; readonly soakSeconds: number; readonly approval: boolean }[];
    readonly acceptableFailures: number;
    readonly toleratedFailures: number;
  };
  readonly next:
    | { readonly kind: 'stage'; readonly below: number; readonly from: string; readonly approval: boolean }
    | { readonly kind: 'evidence'; readonly below: number; readonly until: string }
    | { readonly kind: 'complete'; readonly from: string }
    | { readonly kind: 'approval'; readonly below: number }
    | { readonly kind: 'person' | 'none' };
}
export interface RolloutsView extends Frame {
  /** newest release first */
  readonly rollouts: readonly RolloutView[];
}
export interface OperatorLoginView extends Frame {
  readonly failed: boolean;
  readonly waitSeconds?: number;
  readonly help?: { readonly longestSeconds: number };
}
