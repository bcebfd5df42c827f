import { CHECKS_PER_HOUR, type SetupFinding, type SetupStatement, TLS_VERSIONS } from '@hearthward/protocol';
import { DAY, HOUR, MINUTE } from '../clock.ts';
import type { CertificateKind, CertificateStatus } from '../store/tables.ts';

/**
 * What the manufacturer says of one device whose owner asks: what the services hold from their own side against what the
 * device states. Facts in, findings out; whoever may not ask is refused before anything is said.
 */

/** Who knocks, by the certificate whose key the handshake proved. */
export interface Knocking {
  readonly certificate:
    | { readonly kind: CertificateKind; readonly status: CertificateStatus; readonly notAfter: number }
    | undefined;
  readonly revoked: boolean;
  readonly held: boolean;
}
export type SetupRefusal =
  | 'not-known'
  | 'device-revoked'
  | 'device-held'
  | 'too-often'
  | 'challenge-over'
  | 'statement-unreadable'
  | 'other-device'
  | 'other-connection';

// G045 AU-3-2, AU-1-10, EN 303 645 5.5-7: only a device of ours, under the one certificate that is in use, is told anything
export function whyNotKnown({ certificate, revoked, held }: Knocking, now: number): SetupRefusal | undefined {
  if (certificate?.kind !== 'operational' || certificate.status !== 'live' || now > certificate.notAfter)
    return 'not-known';
  if (revoked) return 'device-revoked';
  return held ? 'device-held' : undefined;
}

/** Moments within the last hour at which a device asked, with this one; undefined where it has asked too often. */
export function withAsk(before: readonly number[], now: number): readonly number[] | undefined {
  const lately = before.filter((at) => now - at < HOUR && at <= now);
  return lately.length < CHECKS_PER_HOUR ? [...lately, now] : undefined;
}

/** A statement that answers another challenge, or comes over another connection, proves nothing. */
export function whyNotTaken(
  statement: SetupStatement | undefined,
  due: { readonly nonce: string; readonly until: number } | undefined,
  here: { readonly deviceId: string; readonly channel: string },
  now: number,
): SetupRefusal | undefined {
  if (!due || now > due.until) return 'challenge-over';
  if (!statement) return 'statement-unreadable';
  if (statement.nonce !== due.nonce) return 'challenge-over';
  // RFC 9266: who carries a statement of a device from one connection to another is not the device
  if (statement.channel !== here.channel) return 'other-connection';
  return statement.device === here.deviceId ? undefined : 'other-device';
}

export interface SetupFacts {
  readonly now: number;
  readonly certificate: { readonly notBefore: number; readonly notAfter: number };
  /** the initial identity that the factory had certified signed the statement */
  readonly identityProven: boolean;
  readonly software: SoftwareFacts;
  /** last day, ISO 8601 */
  readonly supportUntil: string;
  readonly contact: { readonly connected: boolean; readonly lastSeen: number | undefined };
  readonly logDoubted: boolean;
  /** the services' end of this connection */
  readonly tls: { readonly version: string; readonly suite: string };
  /** whether the group that the device names may be used today */
  readonly groupUsable: boolean;
  readonly statement: SetupStatement;
}
export interface SoftwareFacts {
  /** newest last; none where nothing was published yet */
  readonly releases: readonly ReleaseFacts[];
  /** what the declaration names */
  readonly declared: string;
}
export interface ReleaseFacts {
  readonly version: string;
  /** dangers that it takes away */
  readonly risks: readonly string[];
  /** of its way through the fleet; absent where it has not begun */
  readonly phase?: 'planned' | 'running' | 'awaiting-approval' | 'halted' | 'complete';
}

/** Eleven of twelve parts of its life are over: it was due after eight or nine (docs/decisions/0019). */
const LATE = 11 / 12;
const SILENT_FOR = DAY;
/** by more, and times in its log are of no use beside those of others */
const CLOCK_OFF = 5 * MINUTE;

/** In the order in which people read them. */
// EN 303 645 5.12-3, TS 103 645 4.12-1, G044 6.12.3: the manufacturer's part of "is my device securely set up?"
export function findingsFrom(facts: SetupFacts): readonly SetupFinding[] {
  const { now, certificate, contact, statement, tls } = facts;
  const life = certificate.notAfter - certificate.notBefore;
  const off = statement.at - now;
  const sameEnds = statement.tls.version === tls.version && statement.tls.suite === tls.suite;
  return [
    { code: 'identity', good: facts.identityProven },
    {
      code: 'connection',
      good: tls.version === TLS_VERSIONS.TLSv1_3.name && sameEnds && facts.groupUsable,
      ...about(tls.version),
    },
    {
      code: 'certificate',
      good: now < certificate.notBefore + life * LATE,
      ...about(dayOf(certificate.notAfter)),
    },
    { code: 'integrity', good: statement.integrity !== 'altered' },
    ...softwareOf(statement.version, facts.software),
    { code: 'support', good: dayOf(now) <= facts.supportUntil, ...about(facts.supportUntil) },
    { code: 'contact', good: contact.connected || now - (contact.lastSeen ?? 0) < SILENT_FOR },
    { code: 'clock', good: Math.abs(off) <= CLOCK_OFF, ...about(String(Math.round(off / 1000))) },
    { code: 'log', good: !facts.logDoubted },
    ...statement.settings.map(({ code, good }) => ({ code: 'setting', good, about: code })),
  ];
}

/** One thing amiss, and the answer is not "well". */
export const verdictOf = (findings: readonly SetupFinding[]): 'well' | 'attention' =>
  findings.every(({ good }) => good) ? 'well' : 'attention';

function softwareOf(installed: string, { releases, declared }: SoftwareFacts): readonly SetupFinding[] {
  const at = releases.findIndex(({ version }) => version === installed);
  // what was never published is what the factory put in, or nothing that we know
  const newer = at < 0 ? [] : releases.slice(at + 1);
  const newest = releases.at(-1)?.version ?? declared;
  // what is halted is not asked of anybody, and what has not reached everybody yet may not have reached this one
  const owed = newer.filter(({ phase }) => phase === 'complete');
  const risk = newer.filter(({ phase }) => phase !== 'halted').flatMap(({ risks }) => risks)[0];
  const known = at >= 0 || installed === declared;
  return [
    { code: 'software', good: known && owed.length === 0, ...about(newest) },
    { code: 'withdrawn', good: releases[at]?.phase !== 'halted', ...about(installed) },
    { code: 'advisory', good: risk === undefined, ...(risk === undefined ? {} : about(risk)) },
  ];
}

const about = (text: string): Pick<SetupFinding, 'about'> => {
  const fit = text.replaceAll(/[^A-Za-z0-9.:-]/g, '').slice(0, 40);
  return fit === '' ? {} : { about: fit };
};
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
