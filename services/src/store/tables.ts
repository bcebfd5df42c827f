import type { Generated } from 'kysely';
import type { ConsentRecord } from '../privacy/seams.ts';
import type { AccountFollowerTable, AccountSessionTable, PersonRequestTable } from './people.ts';

/**
 * The store's tables. Times are milliseconds since the epoch, yes and no are 1 and 0, documents are JSON text: types that
 * SQLite and PostgreSQL keep alike. No table holds a password, a private key or a session token: only what verifies them.
 */
export interface Tables {
  readonly devices: DeviceTable;
  readonly certificates: CertificateTable;
  readonly lists: ListTable;
  readonly device_state: DeviceStateTable;
  readonly telemetry: TelemetryTable;
  readonly events: EventTable;
  readonly operators: OperatorTable;
  readonly operator_sessions: OperatorSessionTable;
  readonly throttles: ThrottleTable;
  readonly audit: AuditTable;
  readonly label_marks: LabelMarkTable;
  readonly algorithms: AlgorithmTable;
  readonly rollouts: RolloutTable;
  readonly rollout_devices: RolloutDeviceTable;
  readonly device_logs: DeviceLogTable;
  readonly consents: ConsentTable;
  readonly erasures: ErasureTable;
  readonly erasure_subjects: ErasureSubjectTable;
  readonly erasure_holds: ErasureHoldTable;
  readonly party_answers: PartyAnswerTable;
  readonly privacy_news: PrivacyNewsTable;
  readonly privacy_news_told: PrivacyNewsToldTable;
  readonly backups: BackupTable;
  readonly partitions: PartitionTable;
  readonly account_sessions: AccountSessionTable;
  readonly account_followers: AccountFollowerTable;
  readonly person_requests: PersonRequestTable;
}

/** One row per device that the factory made. */
export interface DeviceTable {
  readonly device_id: string;
  readonly product_id: string;
  readonly serial: string;
  readonly mac: string;
  readonly batch: string;
  /** SHA-256 of the panel's certificate, lower-case hex */
  readonly fingerprint: string;
  readonly made_at: number;
  /** how often the device has enrolled with its initial identity: message counters start again with each */
  readonly epoch: number;
  readonly enrolled_at: number | null;
  readonly revoked_at: number | null;
  /** since when nobody with its identities is let in, until a person has looked */
  readonly held_at: number | null;
  readonly held_because: HeldBecause | null;
  /** when a person last released it */
  readonly cleared_at: number | null;
  /** number of the last command that an operator gave it */
  readonly command_seq: Generated<number>;
}
/** too long away after its last certificate, seen in two places, or scrapped by its owner */
export type HeldBecause = 'absent' | 'two-places' | 'scrapped';

/** One row per label password ever given out: not which, but whether it comes again. */
export interface LabelMarkTable {
  /** keyed digest, lower-case hex; tied to no device */
  readonly mark: string;
}

export type CertificateKind = 'initial' | 'operational';
export type CertificateStatus = 'live' | 'superseded' | 'revoked';
export interface CertificateTable {
  /** lower-case hex, as in the certificate */
  readonly serial: string;
  readonly device_id: string;
  readonly kind: CertificateKind;
  readonly status: CertificateStatus;
  readonly not_before: number;
  readonly not_after: number;
  /** SHA-256 of its DER, lower-case hex */
  readonly fingerprint: string;
  /** the generation that signed it, `operational.1`; links it with the log of uses */
  readonly issuer: string;
  /** of its key, by the registry's name; empty where the version that issued it did not keep it */
  readonly algorithm: Generated<string>;
  /** when it was superseded or revoked */
  readonly ended_at: number | null;
  /** why it was revoked, as its list says */
  readonly reason: string | null;
}

/** The newest list of ended certificates of each authority. */
export interface ListTable {
  readonly issuer: string;
  /** RFC 5280 5.2.3: never used twice */
  readonly number: number;
  /** DER, base64 */
  readonly der: string;
  readonly this_update: number;
  readonly next_update: number;
}

/** What changes with every message, apart from what the factory wrote. */
export interface DeviceStateTable {
  readonly device_id: string;
  readonly connected: number;
  readonly last_seen: number | null;
  /** telemetry messages that were kept, counted once each */
  readonly messages: Generated<number>;
}

/** One row per field of a message; a number, or a text where the field is a choice. */
export interface TelemetryTable {
  readonly device_id: string;
  readonly epoch: number;
  readonly seq: number;
  readonly field: string;
  /** the device's clock */
  readonly at: number;
  readonly received_at: number;
  readonly number: number | null;
  readonly text: string | null;
}

export interface EventTable {
  readonly id: Generated<number>;
  readonly device_id: string;
  readonly epoch: number;
  readonly source: 'device' | 'services';
  /** the device's counter; null where the services observed it, or where the device counted again from an earlier number */
  readonly seq: number | null;
  readonly at: number;
  readonly received_at: number;
  readonly kind: string;
  readonly detail: string;
  /** place in the device's chain of reports, and the link that it adds; null where it has none */
  readonly chain: Generated<number | null>;
  readonly n: Generated<number | null>;
  readonly link: Generated<string | null>;
}

/** What is known of a device's chain of reports; a row from the first report on. */
export interface DeviceLogTable {
  readonly device_id: string;
  /** JSON of `KnownLog` */
  readonly state: string;
  /** JSON of `Doubts`: what spoke against the log, counted by kind since the device was made */
  readonly doubts: string;
  /** since when something speaks against it that nobody has looked at */
  readonly doubted_at: number | null;
}

/** One row per decision of a person on an item; the one with the highest number counts. */
export interface ConsentTable extends Omit<ConsentRecord, 'given'> {
  /** 2: given as an old copy says, and counted as not given until the device tells it again */
  readonly given: number;
}

/** One row per table of personal telemetry, `personal_ID`; it stays when the table is dropped, and says so. */
export interface PartitionTable {
  readonly id: Generated<number>;
  readonly product_id: string;
  readonly item: string;
  /** days since the epoch, UTC */
  readonly day: number;
  readonly retention_days: number;
  readonly made_at: number;
  readonly dropped_at: number | null;
  /** how many rows went with it */
  readonly rows: number | null;
  readonly because: 'retention' | null;
}

export interface OperatorTable {
  readonly name: string;
  /** argon2id record, JSON */
  readonly password: string;
  readonly created_at: number;
}

export interface OperatorSessionTable {
  /** SHA-256 of the token, base64url; the token itself is with the browser alone */
  readonly token_hash: string;
  readonly operator: string;
  readonly csrf: string;
  readonly created_at: number;
  readonly used_at: number;
}

export interface ThrottleTable {
  /** SHA-256 of what is throttled: an account, a source, or both */
  readonly key: string;
  readonly failures: number;
  readonly last_failure: number;
  readonly until: number;
}

/** What people and stations did; rows are added, never changed. */
export interface AuditTable {
  readonly id: Generated<number>;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly detail: string;
}

/** One row per algorithm of the registry about which an operator decided. */
export interface AlgorithmTable {
  readonly algorithm: string;
  readonly is_preferred: number;
  readonly refused_from: number | null;
}

/** One row per release that was ever offered to a fleet. */
export interface RolloutTable {
  readonly product_id: string;
  readonly version: string;
  readonly number: number;
  /** target path of the release's image */
  readonly image: string;
  readonly salt: string;
  /** JSON: who is offered it whatever the stage, as the offer names them */
  readonly members: string;
  /** JSON of `RolloutPlan`, as it was when the rollout began */
  readonly plan: string;
  /** JSON of `Rollout` */
  readonly state: string;
  readonly begun_by: string;
  readonly begun_at: number;
}

export type DeviceWord = 'begun' | 'confirmed' | 'failed';
/** What a device said last of a release, by its own counter. */
export interface RolloutDeviceTable {
  readonly product_id: string;
  readonly version: string;
  readonly device_id: string;
  readonly word: DeviceWord;
  readonly because: string | null;
  readonly epoch: number;
  readonly seq: number;
  /** by our clock */
  readonly heard_at: number;
}

/** One row per order to erase somebody's data. */
export interface ErasureTable {
  readonly id: string;
  readonly asked_at: number;
  /** when there is something to do at the earliest; null where it is over */
  readonly due_at: number | null;
  /** public part of the code of whoever may follow it */
  readonly account: string | null;
  /** JSON of `Concerned` */
  readonly concerns: string;
  /** JSON of `Erasure` */
  readonly state: string;
}
export interface ErasureSubjectTable {
  readonly subject: string;
  readonly erasure_id: string;
}
/** Somebody whose data a law asks us to keep, whatever is asked. */
export interface ErasureHoldTable {
  readonly subject: string;
  readonly law: string;
  readonly until: number;
  readonly held_by: string;
}
/** What an operator recorded of a party that is asked by people. */
export interface PartyAnswerTable {
  readonly erasure_id: string;
  readonly party: string;
  /** JSON of `Said` */
  readonly answer: string;
}
/** What a device has not heard yet. */
export interface PrivacyNewsTable {
  readonly device_id: string;
  readonly n: number;
  /** what it is about: later news about the same replace it */
  readonly about: string;
  /** JSON of `NewsBody` */
  readonly news: string;
}
/** Numbers go on after what was heard is gone. */
export interface PrivacyNewsToldTable {
  readonly device_id: string;
  readonly n: number;
}
/** One row per backup of the store that was ever made. */
export interface BackupTable {
  readonly id: string;
  /** absolute path */
  readonly file: string;
  /** SHA-256, lower-case hex */
  readonly digest: string;
  readonly bytes: number;
  readonly made_at: number;
  /** when it is removed */
  readonly until: number;
  /** 1 from before its file is removed: if it is gone after a crash, we removed it */
  readonly removing: number;
  readonly removed_at: number | null;
}
