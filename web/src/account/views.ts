import type { Frame } from '../panel/views.ts';
import type { Words } from '../parts/format.ts';

/** What the account pages are made of: a person's data at the manufacturer's services, opened by a code and nothing else. Times are ISO 8601. */

export interface AccountFrame extends Frame {
  /** whose site it is */
  readonly maker: string;
}
export interface AccountLoginView extends AccountFrame {
  readonly failed: boolean;
  readonly waitSeconds?: number;
}

export interface AccountDeviceName {
  readonly deviceId: string;
  readonly product: Words;
  readonly serial: string;
  /** since when it is theirs no more */
  readonly partedAt?: string;
}
export interface AccountItem {
  /** the pseudonym under which it is kept */
  readonly subject: string;
  readonly item: string;
  readonly name: Words;
  readonly purpose: Words;
  readonly days: number;
  readonly count: number;
  readonly from?: string;
  readonly to?: string;
  /** when the newest of it is deleted */
  readonly until?: string;
  /** who alone can read it, by name: it is kept sealed, and cannot be shown here */
  readonly sealedTo?: string;
  /** only where the person asked to see them */
  readonly latest?: readonly {
    readonly field: Words;
    readonly unit?: string;
    readonly at: string;
    readonly value: string;
  }[];
}
export interface AccountDataView extends AccountFrame {
  readonly devices: readonly (AccountDeviceName & {
    /** an erasure can still be taken back: nothing is taken or shown meanwhile */
    readonly blocked: boolean;
    readonly items: readonly AccountItem[];
  })[];
}

export interface AccountConsent {
  readonly subject: string;
  readonly item: string;
  readonly name: Words;
  readonly purpose: Words;
  readonly given: boolean;
  readonly at: string;
  readonly by: 'self' | 'guardian';
  readonly how: 'set-up' | 'privacy-page' | 'account-page';
  readonly notice: string;
}
export interface AccountConsentsView extends AccountFrame {
  readonly devices: readonly (AccountDeviceName & { readonly consents: readonly AccountConsent[] })[];
}

export interface AccountEraseView extends AccountFrame {
  readonly devices: readonly AccountDeviceName[];
  /** sent with the form, so that the same form sent twice is one order */
  readonly order: string;
  readonly undoHours: number;
  readonly failed: boolean;
  readonly waitSeconds?: number;
}

export interface AccountErasure {
  readonly id: string;
  readonly askedAt: string;
  readonly undoUntil: string;
  readonly state: 'undo' | 'kept' | 'under-way' | 'erased';
  readonly places: readonly {
    readonly place: string;
    readonly state: 'waiting' | 'failed' | 'erased' | 'unreadable' | 'held';
    readonly at: string;
    readonly until?: string;
    readonly because?: string;
    /** since when it is later than it promised */
    readonly late?: string;
  }[];
  /** what each signed confirmation says, first one first */
  readonly confirmations: readonly ('erased' | 'expired')[];
}
export interface AccountErasuresView extends AccountFrame {
  /** newest first */
  readonly erasures: readonly AccountErasure[];
  readonly verifyPage: string;
}

export interface AccountLookedView extends AccountFrame {
  /** newest first */
  readonly entries: readonly {
    readonly at: string;
    readonly who: 'you' | 'manufacturer';
    readonly what: AccountLooked;
    readonly why?: string;
  }[];
}
export type AccountLooked = 'listed' | 'shown' | 'exported' | 'withdrawn' | 'signed-in' | 'refused';

export interface AccountEndView extends AccountFrame {
  readonly failed: boolean;
  readonly waitSeconds?: number;
}
export interface AccountVerifyView extends AccountFrame {
  /** SHA-256 of each root's certificate, lower-case hex */
  readonly roots: readonly string[];
  readonly rootsPage: string;
}
