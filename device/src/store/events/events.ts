import type { SQLInputValue } from 'node:sqlite';
import type { LogState } from '../../logging/chain/decide.ts';
import type { LogEntry } from '../../logging/chain/entry.ts';
import type { Seal } from '../../logging/chain/seal.ts';
import type { EventTime, SecurityEvent } from '../../seams.ts';

/**
 * The event log in a database, each value sealed. What changes it runs inside a transaction of the caller, who calls what
 * it gives back once that has gone through: only then is it so in memory too.
 */
export interface EventsIn {
  readonly append: (
    events: readonly { readonly event: SecurityEvent; readonly when: EventTime | undefined }[],
  ) => () => readonly LogEntry[];
  /** newest first, as they were written */
  readonly newest: (limit: number) => readonly unknown[];
  readonly forget: () => () => void;
  /** every body anew, when the store key is replaced */
  readonly move: (body: (sealed: unknown) => SQLInputValue) => void;
  /** of a log that is a chain */
  readonly chain?: {
    /** oldest first */
    readonly entries: () => readonly unknown[];
    /** the same, from a number on, at most so many */
    readonly from: (seq: number, limit: number) => readonly unknown[];
    readonly state: () => LogState;
    readonly seal: () => Seal | undefined;
    readonly keepSeal: (seal: Seal) => void;
  };
}

export interface EventSealing {
  readonly sealed: (value: unknown) => SQLInputValue;
  /** a fault where the bytes were not sealed by this store */
  readonly opened: (body: unknown) => unknown;
}
