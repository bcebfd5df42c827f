import type { AccountLink, Confirmation, PlaceReport, PrivacyNews, PrivacyWord, Subject } from '@hearthward/protocol';

/**
 * What the pieces of this room hand to each other. Who a pseudonym belongs to, and the key of each, lie apart from what
 * devices send (a file of its own under a key of its own, no part of any backup of the store): without them the store holds
 * bytes that nobody can read or say whose they are.
 */

/** Where a pseudonym comes from. */
export interface SubjectOrigin {
  readonly deviceId: string;
  /** of the device's enrolment: a device that was set up anew has another household */
  readonly epoch: number;
  readonly items: readonly string[];
  readonly account?: AccountLink;
}

/** `open`: data comes and is read. `blocked`: an erasure can still be taken back; nothing is taken or read. `ended`: its key is destroyed. */
export type SubjectState = 'open' | 'blocked' | 'ended';

export type Begun = 'begun' | 'known' | 'ended' | 'foreign' | 'too-many';

export interface Vault {
  /**
   * Items and a link to an account are added to what is known. `foreign`: it came from another device or enrolment before,
   * and stays there; or the account is somebody else's, whose code this device has not.
   */
  readonly begin: (subject: Subject, origin: SubjectOrigin) => Promise<Begun>;
  /**
   * Of a device whose version names no pseudonyms, and of items that a message does not name: one for each enrolment, and
   * the same after it was ended, so that what comes later is still dropped.
   */
  readonly unnamed: (deviceId: string, epoch: number) => Promise<Subject>;
  readonly stateOf: (subject: Subject) => SubjectState | undefined;
  readonly originOf: (subject: Subject) => SubjectOrigin | undefined;
  /** seals under the person's key; undefined where there is none any more */
  readonly seal: (subject: Subject, label: string, plain: Uint8Array) => Uint8Array | undefined;
  /** undefined where its key is gone, it is blocked, or the bytes are of another place */
  readonly open: (subject: Subject, label: string, sealed: Uint8Array) => Uint8Array | undefined;
  /** the same for the same text under one person's key, and nothing to who has no key; undefined as for `seal` */
  readonly mark: (subject: Subject, text: string) => string | undefined;
  readonly subjectsOf: (account: string) => readonly Subject[];
  readonly subjectsFrom: (deviceId: string, epoch?: number) => readonly Subject[];
  /** whether this code opens an account; the same work for one that does not exist */
  readonly verifies: (link: AccountLink) => boolean;
  /** ends an account: its code opens nothing, here and in every replica, and no device links anything to it again */
  readonly unlink: (account: string) => Promise<void>;
  readonly block: (subjects: readonly Subject[], on: boolean) => Promise<void>;
  /** destroys keys and links here and in every replica; on disk everywhere when it resolves. @throws ServicesFault naming the replica that could not */
  readonly end: (subjects: readonly Subject[], erasureId: string) => Promise<void>;
  /** writes each file anew where somebody was ended since the last time: no page keeps which device or account they were of */
  readonly compact: () => Promise<void>;
  /** on disk in every file: no copy of the store brings back what was taken back here, which no device may have heard yet */
  readonly noteWithdrawal: (record: ConsentRecord) => Promise<void>;
  /** the last one of each person and item, of people who are not ended */
  readonly withdrawals: () => Iterable<ConsentRecord>;
  /** what was ever ended, for a restored backup: each is gone from it before anything is read */
  readonly endings: () => Iterable<{ readonly subject: Subject; readonly erasureId: string; readonly at: number }>;
  readonly close: () => Promise<void>;
}

export type Word<Kind extends PrivacyWord['kind']> = Extract<PrivacyWord, { kind: Kind }>;

/** Told by a device on its own connection, so the device is who it says. */
export interface Consents {
  readonly decide: (deviceId: string, word: Word<'consent'>, at: number) => Promise<'stored' | 'older' | 'foreign'>;
  /** asked for every message: no look at the disk */
  readonly given: (subject: Subject, item: string) => boolean;
  /**
   * On the account page, without the device; `tell` is for the device, which knows nothing of it. False where nothing was given.
   * Whatever fails on the way, what was begun is finished at the next start.
   */
  readonly withdraw: (
    subject: Subject,
    item: string,
    at: number,
    tell: (record: ConsentRecord) => Promise<void>,
  ) => Promise<boolean>;
  /** what was taken back at the services and is not in this store, a crash or an old copy having lost it; at each start, before anything is taken */
  readonly recall: (tell: (record: ConsentRecord) => Promise<void>) => Promise<void>;
  /** every decision, oldest first, for the person and for whoever has to prove it */
  readonly recordsOf: (subjects: readonly Subject[]) => Promise<readonly ConsentRecord[]>;
  /** with everything else of a person who is erased */
  readonly forget: (subjects: readonly Subject[]) => Promise<void>;
}

/** A decision of a person, with the fields of ISO/IEC TS 27560 that are not in the notice which it names. */
export interface ConsentRecord extends Omit<Word<'consent'>, 'kind' | 'how'> {
  readonly how: Word<'consent'>['how'] | 'account-page';
  /** by our clock */
  readonly at: number;
}

export type AskedBy =
  | { readonly who: 'device'; readonly deviceId: string }
  | { readonly who: 'account'; readonly account: string }
  /** on a request of a person whom an operator has identified */
  | { readonly who: 'operator'; readonly operator: string; readonly requestId: string };

export interface ErasureOrder {
  readonly id: string;
  readonly subjects: readonly Subject[];
  readonly askedBy: AskedBy;
  readonly askedAt: number;
  /** when it can no longer be taken back */
  readonly undoUntil: number;
}

export interface ErasureProgress extends ErasureOrder {
  readonly state: 'undo' | 'kept' | 'under-way' | 'erased';
  readonly places: readonly PlaceReport[];
  /** who has not said that it is done although its declared time is over, and since when */
  readonly late: readonly { readonly place: PlaceReport['place']; readonly since: number }[];
  readonly confirmations: readonly Confirmation[];
}

export interface Erasures {
  /** an order that is known is answered with how far it is; one that names what is not the asker's is `refused`, and no more is said */
  readonly ask: (order: ErasureOrder) => Promise<ErasureProgress | 'refused'>;
  readonly keep: (id: string, by: AskedBy) => Promise<ErasureProgress | 'refused'>;
  /** reads, and nothing else; whoever asks may see it by the record that names the order */
  readonly find: (id: string) => Promise<ErasureProgress | undefined>;
  readonly ofSubjects: (subjects: readonly Subject[]) => Promise<readonly ErasureProgress[]>;
  readonly erasedHere: (deviceId: string, word: Word<'erased-here'>) => Promise<void>;
  /** everything that is due; called each minute, at the start, and after each word */
  readonly goOn: () => Promise<void>;
}

/** News for one device, kept until it has heard them. */
export interface News {
  readonly tell: (deviceId: string, news: NewsBody) => Promise<void>;
  readonly heard: (deviceId: string, n: number) => Promise<void>;
  /** what it has not heard, oldest first; when it subscribes */
  readonly waiting: (deviceId: string) => Promise<readonly { readonly n: number; readonly news: NewsBody }[]>;
}
export type NewsBody = PrivacyNews['news'];
