import type { NoticeDocument } from '@hearthward/product';
import type { Frame } from '../views.ts';

/** What the pages on personal data are made of. */

export interface PrivacyView extends Frame {
  /** what it senses, keeps and sends, as the public notice has it */
  readonly told: NoticeDocument;
  /** field -> its last value in words, and when it was sent, ISO 8601; of another household's nothing */
  readonly last: Readonly<Record<string, { readonly value: string; readonly at: string }>>;
  readonly noticeUrl: string;
  /** optional data uses as they stand now; the form is shown only where there are some */
  readonly choices?: readonly Choice[];
  /** who decides what the household shares, where it is somebody else */
  readonly resident?: string;
  /** children whose own data this person decides about */
  readonly children?: readonly { readonly name: string; readonly choices: readonly Choice[] }[];
  /** what left the home, newest first; absent where it is another household's */
  readonly left?: readonly LeftLine[];
  /** items of which nothing leaves, since whoever it is for has no key that holds: both in words */
  readonly keyless?: readonly { readonly item: string; readonly party: string }[];
  readonly erasures?: readonly ErasureShown[];
  /** what this person has decided, newest first; a receipt for each */
  readonly decided?: boolean;
  /** public part of the account code that this person's data is linked to */
  readonly code?: string;
  /** a code that was just made: shown this one time */
  readonly made?: {
    readonly code: string;
    readonly picture: { readonly side: number; readonly path: string };
  };
  /** where the manufacturer shows what it has of somebody */
  readonly accountUrl?: string;
  /** message keys of what was wrong with the last try */
  readonly refused?: readonly string[];
}

export interface Choice {
  readonly id: string;
  readonly text: string;
  readonly on: boolean;
}

/** A day's messages of one field to one recipient. */
export interface LeftLine {
  /** ISO 8601 date, UTC */
  readonly day: string;
  /** a field in words, an item in words that only its recipient can read, or what went over the channel beside telemetry */
  readonly what: string | { readonly sealed: string } | { readonly topic: 'events' | 'seals' | 'privacy' };
  readonly recipient: string;
  readonly count: number;
  readonly bytes: number;
  /** of the last one, ISO 8601 */
  readonly last: string;
}

/** How far somebody's wish to be erased has come. */
export interface ErasureShown {
  readonly id: string;
  readonly state: 'undo' | 'kept' | 'erasing' | 'scrubbing' | 'waiting' | 'erased' | 'refused';
  readonly askedAt: string;
  /** until when it can be taken back; with `mayKeep` by this person */
  readonly until: string;
  readonly mayKeep: boolean;
  /** why the device could not erase it the last time; it tries again */
  readonly failed?: string;
  /** when it was gone from the device */
  readonly goneAt?: string;
  readonly places: readonly {
    /** kind of place, and its name where it has one */
    readonly kind: 'services' | 'keys' | 'backups' | 'device' | 'party';
    readonly name?: string;
    readonly state: 'waiting' | 'failed' | 'erased' | 'unreadable' | 'held';
    readonly at: string;
    readonly until?: string;
    readonly because?: string;
  }[];
  /** a signed confirmation, as it was found to be */
  readonly confirmed?: { readonly what: 'erased' | 'expired' | 'forged'; readonly at?: string };
}

export interface EraseMineView extends Frame {
  /** what is erased, in words */
  readonly deletes: readonly string[];
  /** with what the household has */
  readonly household: boolean;
  /** how long it can be taken back; 0: it cannot */
  readonly undoHours: number;
  /** when the confirmation is there at the latest, and when the last backup is gone; absent where nothing is declared */
  readonly confirmedHours?: number;
  readonly backupDays?: number;
  readonly refused?: readonly string[];
}

export interface ReceiptsView extends Frame {
  readonly manufacturer: string;
  readonly receipts: readonly {
    readonly id: string;
    /** id of the declared item */
    readonly item: string;
    /** absent where it was decided under an older notice, which says what it was for then */
    readonly purpose?: string;
    readonly given: boolean;
    readonly by: 'self' | 'guardian';
    readonly how: 'set-up' | 'privacy-page' | 'account-page';
    readonly at: string;
    readonly notice: string;
    readonly withdraw: string;
    readonly subject: string;
  }[];
}

export interface LeavingView extends Frame {
  /** may have everything erased, and may say who lives here */
  readonly accountUrl?: string;
}
