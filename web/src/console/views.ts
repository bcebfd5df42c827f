import type { Frame } from '../panel/views.ts';

/** What the operator console's pages are made of. */

export interface DeviceRow {
  readonly deviceId: string;
  readonly serial: string;
  readonly model: string;
  readonly state: 'made' | 'enrolled' | 'connected' | 'silent';
  readonly lastSeen?: string;
  readonly enrolledAt?: string;
}
export interface FleetView extends Frame {
  readonly counts: Readonly<Record<DeviceRow['state'], number>>;
  readonly filter: { readonly state?: string; readonly search?: string };
  readonly devices: readonly DeviceRow[];
  readonly total: number;
  readonly page: number;
  readonly pages: number;
}
export interface DeviceView extends Frame {
  /** what an operator may ask of it, where its owner allows it */
  readonly commands: readonly string[];
  readonly device: DeviceRow;
  readonly certificate?: { readonly serial: string; readonly notBefore: string; readonly notAfter: string };
  readonly custody: {
    readonly state: 'trusted' | 'held' | 'out';
    readonly since?: string;
    readonly because?: 'absent' | 'two-places';
    /** how often its identity was seen in two places */
    readonly copies: number;
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
  readonly series: readonly {
    readonly field: string;
    readonly unit?: string;
    readonly points: readonly (readonly [at: number, value: number])[];
  }[];
}
export interface OperatorLoginView extends Frame {
  readonly failed: boolean;
  readonly waitSeconds?: number;
  readonly help?: { readonly longestSeconds: number };
}
