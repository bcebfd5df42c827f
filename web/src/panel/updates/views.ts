import type { Frame } from '../views.ts';

/** What the page of updates is made of. */

export const UPDATE_KINDS = ['security', 'feature'] as const;
export type UpdateKind = (typeof UPDATE_KINDS)[number];

export interface UpdatesView extends Frame {
  readonly version: string;
  readonly model: string;
  /** ISO date */
  readonly supportUntil: string;
  /** when the manufacturer’s service last answered, and whether it has failed to since; absent before the first answer */
  readonly check?: { readonly at: string; readonly failing: boolean };
  readonly offer?: OfferedUpdate;
  /** the last one that was tried */
  readonly last?: {
    readonly at: string;
    readonly version: string;
    readonly outcome: 'installed' | 'rolled-back' | 'refused';
    readonly because?: 'unhealthy' | 'damaged' | 'not-genuine' | 'not-for-this-device';
  };
  readonly choice: UpdateChoice;
}

export interface OfferedUpdate {
  readonly version: string;
  readonly number: number;
  readonly kind: UpdateKind;
  readonly summary: string;
  readonly risksRemoved: readonly {
    readonly id: string;
    readonly severity: 'critical' | 'high' | 'medium' | 'low' | 'none';
    readonly risk: string;
  }[];
  readonly downtimeSeconds: number;
  readonly keepsWorking: readonly string[];
  readonly phase: 'offered' | 'downloading' | 'preparing' | 'ready' | 'switching' | 'trying';
  /** nobody has agreed yet, and nothing is committed to: people may hasten it or put it off */
  readonly open: boolean;
  /** while downloading, from 0 to 1 */
  readonly progress?: number;
  /** ISO 8601, when it begins by itself; absent where a person has to begin it */
  readonly beginsAt?: string;
}

export interface UpdateChoice {
  readonly automatic: Readonly<Record<UpdateKind, boolean>>;
  readonly notices: Readonly<Record<UpdateKind, boolean>>;
}
