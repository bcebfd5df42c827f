import type { Topic } from '@hearthward/standards';
import type { Declaration } from '@hearthward/product';
import type { EnrolmentProbe, KeyFacts } from './enrolment.ts';
import type { ImpostorProbe } from './impostor.ts';
import type { LoginProbe } from './observe/login/session.ts';
import type { LaboratoryProbe, ManufacturerProbe } from './observe/manufacturer/asked.ts';
import type { SystemProbe } from './observe/system/seen.ts';
import type { Target } from './target.ts';

/** The words of the assessor: what is observed, what is judged of it, what is reported. */

export const VERDICTS = ['FAIL', 'ERROR', 'INCONCLUSIVE', 'PASS', 'N/A'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** How a row was decided: by a program alone, by a program from records that people gave it, or by a reviewed document. */
export type Decided = 'automatic' | 'assisted' | 'review';

/** What a device may be offered in the course of an assessment. */
export type ReleaseKind = keyof NonNullable<Target['releases']>;
type FilterState = keyof NonNullable<NonNullable<Target['artefacts']>['packetFilter']>;

/** Plain data; what `JSON.parse(JSON.stringify(x))` gives back unchanged. */
export type Data = null | boolean | number | string | readonly Data[] | { readonly [key: string]: Data };

/**
 * One thing seen of the target. It is a record, never an opinion: `judge` reads it years later without the target.
 * `subject` is an id of the declaration (a service, a mechanism, a function) or `product`.
 */
export interface Observation {
  /** `<case>/<n>`, in the order seen */
  readonly id: string;
  readonly case: string;
  /** kind of observation, unique within the case; the judge switches on it */
  readonly kind: string;
  readonly subject: string;
  /** ISO 8601 UTC */
  readonly at: string;
  readonly data: Data;
  /** SHA-256 of evidence blobs (recorded bytes, redacted) */
  readonly blobs: readonly string[];
}

/** What one case says of its topic, from observations alone. */
export interface Finding {
  readonly case: string;
  readonly topic: Topic;
  readonly verdict: Exclude<Verdict, 'N/A'>;
  readonly decided: Decided;
  /** one sentence a manager understands, in English */
  readonly because: string;
  /** what the topic claims that these observations do not cover; a PASS has none */
  readonly uncovered: readonly string[];
  /** observation ids that it rests on */
  readonly evidence: readonly string[];
}

/** What `judge` may read. */
export interface Seen {
  readonly declaration: Declaration;
  /** observations of this case, in order */
  readonly observations: readonly Observation[];
  /** when the assessment began: the only clock that a judge has */
  readonly assessedAt: string;
}

export type Judgement = Omit<Finding, 'case' | 'topic'>;

export type SpareState = 'factory-default' | 'in-use';

/** A case proves one topic. `observe` talks to the world and records; `judge` is pure. */
export interface Case {
  /** kebab-case, unique; usually the topic’s name */
  readonly id: string;
  readonly topic: Topic;
  /** what is done to the target, in one sentence */
  readonly title: string;
  /** what it needs of declaration and target; a reason in words where it cannot be tried */
  readonly ready: (
    declaration: Declaration,
    target: Target,
  ) => { readonly ok: true } | { readonly ok: false; readonly because: string };
  /** `disturbing` cases (they cause throttling, change a value and put it back) run after all others; `destructive` only where allowed, last of all */
  readonly effect: 'reading' | 'disturbing' | 'destructive';
  /** it changes what it puts back at its end: an interruption waits until it has, so that no password of ours stays behind */
  readonly putsBack?: true;
  /**
   * where the target file has a spare unit, the case runs on it, and finds it so: as it was delivered, or set up. All that is
   * `destructive` runs there, on a unit that is set up where this says nothing.
   */
  readonly spare?: SpareState;
  /** it compares how long answers take: nothing runs beside it */
  readonly timed?: true;
  readonly observe: (probe: Probe) => Promise<void>;
  readonly judge: (seen: Seen) => Judgement;
}

/** The hands of a case: everything it sends goes through here, is counted, recorded and redacted. Implemented in `observe/`. */
export interface Probe {
  readonly declaration: Declaration;
  readonly target: Target;
  readonly record: (kind: string, subject: string, data: Data, blobs?: readonly string[]) => void;
  /** keeps bytes as evidence after redaction; returns the digest */
  readonly keep: (bytes: Uint8Array | string) => string;
  /** a value that must never reach evidence */
  readonly secret: (value: string) => void;
  readonly http: HttpProbe;
  readonly tls: TlsProbe;
  readonly ports: PortProbe;
  readonly mqtt: MqttProbe;
  readonly enrolment: EnrolmentProbe;
  readonly impostor: ImpostorProbe;
  readonly manufacturer: ManufacturerProbe;
  readonly laboratory: LaboratoryProbe;
  readonly login: LoginProbe;
  readonly files: FileProbe;
  readonly system: SystemProbe;
  readonly clock: { readonly now: () => number; readonly wait: (ms: number) => Promise<void> };
  /** when the assessor set this unit up by itself, ms: what was held of it before is of somebody else */
  readonly inUseSince?: number;
  /** seconds that a case may wait for time to pass */
  readonly patienceSeconds: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** lower-case names; several values joined by `, `, except `set-cookie` */
  readonly headers: Readonly<Record<string, string>>;
  readonly setCookie: readonly string[];
  readonly body: string;
  /** milliseconds from the last byte sent to the first byte received */
  readonly ms: number;
  /** digest of the recorded exchange */
  readonly blob: string;
}
export type Unreachable = {
  readonly ok: false;
  readonly because: 'refused' | 'timeout' | 'reset' | 'tls' | 'protocol' | 'too-large';
  readonly detail: string;
  /** the TLS handshake went far enough to see that a client certificate was asked for */
  readonly clientCertificateRequested?: boolean;
};
export type Reached<T> = { readonly ok: true; readonly answer: T } | Unreachable;

/**
 * without certificate, with the one of the target file, or with one that vouches for itself; with the other of the target
 * file, as it was last renewed, or with the one that this renewal replaced
 */
export type ClientKind = 'none' | 'given' | 'self-signed' | 'for-renewal' | 'replaced';

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  readonly cookies?: Readonly<Record<string, string>>;
  readonly client?: ClientKind;
  /** id of an HTML element of the answer whose text must not reach evidence */
  readonly hides?: string;
}
export interface HttpProbe {
  /** `service` is a software service id, `site`, or an associated service id */
  readonly request: (service: string, request: HttpRequest) => Promise<Reached<HttpAnswer>>;
  /** plain HTTP to the port of a service that is declared as HTTPS */
  readonly plain: (service: string, request: HttpRequest) => Promise<Reached<HttpAnswer>>;
}

export interface TlsFacts {
  readonly protocol: string;
  readonly cipher: string;
  readonly certificate: {
    readonly subject: string;
    readonly issuer: string;
    readonly san: string;
    readonly validFrom: string;
    readonly validTo: string;
    readonly fingerprint256: string;
    readonly signatureAlgorithm: string;
  } & KeyFacts;
  /** the server asked for a client certificate */
  readonly clientCertificateRequested: boolean;
  readonly trusted: boolean;
}
export interface TlsProbe {
  readonly handshake: (
    service: string,
    options: {
      readonly minVersion?: string;
      readonly maxVersion?: string;
      readonly ciphers?: string;
      readonly client?: ClientKind;
    },
  ) => Promise<Reached<TlsFacts>>;
  /** one ClientHello, for what today’s libraries no longer offer; undefined where the target file gives no address */
  readonly hello: (service: string, offer: HelloOffer) => Promise<Greeting | undefined>;
}
export interface HelloOffer {
  /** highest version offered: 0x0300 SSL 3.0 ... 0x0304 TLS 1.3 */
  readonly version: number;
  readonly suites: readonly number[];
}
export interface Greeting {
  /** `accepted`: a ServerHello; `refused`: an alert or a closed connection */
  readonly outcome: 'accepted' | 'refused' | 'unreachable';
  readonly suite?: number;
  readonly detail: string;
}
/** `closed`: an ICMP message said so; silence may be a filter, or a service that does not care to answer */
export type UdpState = 'closed' | 'answered' | 'silent';
export interface PortProbe {
  /** open TCP ports of an address, by full connect */
  readonly scanTcp: (
    address: string,
    ports: string,
  ) => Promise<{ readonly open: readonly number[]; readonly scanned: number }>;
  /** a question to one UDP port of the host that the target file names, or of its control address */
  readonly udp: (address: string, port: number, payload: Uint8Array) => Promise<UdpState>;
  /** what can be read of the answers to such a question, runs of bytes that are no text as line breaks; undefined where none came */
  readonly hear: (address: string, port: number, payload: Uint8Array) => Promise<string | undefined>;
}
export interface MqttProbe {
  readonly connect: (
    service: string,
    options: {
      readonly user?: string;
      readonly password?: string;
      readonly clientId?: string;
      readonly client?: ClientKind;
    },
  ) => Promise<Reached<MqttSession>>;
}
export interface MqttSession {
  /** CONNACK return code, 0 accepted (MQTT 3.1.1, table 3.1) */
  readonly returnCode: number;
  readonly subscribe: (topic: string) => Promise<{ readonly granted: boolean }>;
  readonly publish: (topic: string, payload: string) => Promise<{ readonly acknowledged: boolean }>;
  /** messages received so far */
  readonly received: () => readonly { readonly topic: string; readonly payload: string }[];
  readonly close: () => Promise<void>;
}

export type {
  LoginOutcome,
  LoginProbe,
  LoginSession,
  SetUpField,
  SetUpPage,
  SetUpWalk,
} from './observe/login/session.ts';
export type Told = { readonly ok: true } | { readonly ok: false; readonly because: string };
export interface FileProbe {
  /** every file below the folders, at most the limit of bytes in all; paths relative to their folder */
  readonly read: (
    which: 'software' | 'storage' | 'runningStorage' | 'otherStorage',
  ) => AsyncIterable<{ readonly path: string; readonly bytes: Uint8Array }>;
  readonly text: (which: 'initialPasswords') => Promise<string | undefined>;
  /** as `nft --json list ruleset` printed it on the running product in this state */
  readonly packetFilter: (state: FilterState) => Promise<string | undefined>;
}

export type { Statement, StatementRow } from './statement.ts';
