import { createHash, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { DIGESTS, signatureOf, SIGNATURES } from './algorithms.ts';

/**
 * How the log of a device is bound together, for the device, for its services and for whoever verifies an export. A link
 * is the digest of an entry and of the link before it, so that nothing before a link that somebody else has seen can be
 * changed, left out or put in another order without a trace.
 */

const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
export const Link = Type.String({ pattern: '^[0-9a-f]{64}$' });

/** Where the time of an entry comes from: the services vouched for it, the host's clock alone says it, the host's clock is behind what is known, or nobody knows. */
export const TIME_SOURCES = ['services', 'host', 'floor', 'unknown'] as const;
export type TimeSource = (typeof TIME_SOURCES)[number];

/** When, as a device knows it: its start, counted, and milliseconds since then, which no clock that is set moves. */
export const Stamp = Type.Object(
  { boot: Count, up: Count, source: Type.Enum([...TIME_SOURCES]) },
  { additionalProperties: false },
);
export type Stamp = Static<typeof Stamp>;

/** The place of a reported event among all that the device has reported since its data were last erased. */
export const ReportPlace = Type.Object(
  {
    /** counts erasures of the log: each begins a chain of its own */
    chain: Count,
    n: Count,
    /** link of report `n - 1`; of the chain's beginning where n is 0 */
    before: Link,
    stamp: Stamp,
  },
  { additionalProperties: false },
);
export type ReportPlace = Static<typeof ReportPlace>;

export interface Reported {
  readonly at: string;
  readonly kind: string;
  readonly detail: Readonly<Record<string, string | number>>;
}

/** The link that a report adds to the chain of reports. */
export const reportLink = ({ at, kind, detail }: Reported, { chain, n, before, stamp }: ReportPlace): string =>
  linkOf(['report', chain, n, before, stamp.boot, stamp.up, stamp.source, at, kind, sorted(detail)]);

/** What a chain begins with; `after` is the link that the chain before it had reached, nothing of the first one. */
export const beginningOf = (what: string, chain: number, after = ''): string =>
  linkOf(['beginning', what, chain, after]);

/** SHA-256 over JSON, whose arrays and sorted pairs leave one way to write the same thing; lower-case hex. */
export const linkOf = (value: readonly unknown[]): string =>
  createHash(DIGESTS.sha256.digest).update(JSON.stringify(value)).digest('hex');

export const sorted = (detail: Reported['detail']): readonly (readonly [string, string | number])[] =>
  Object.entries(detail).toSorted(([one], [other]) => (one < other ? -1 : 1));

/** What a key for logs signs: `statement` is JSON, `signature` base64url with ECDSA as (r, s) side by side. */
export interface Signed {
  readonly statement: string;
  readonly signature: string;
  /** SubjectPublicKeyInfo of the key, base64 */
  readonly key: string;
}

/** `context` begins what is signed, so that no statement means anything elsewhere. */
export const signStatement = (context: string, statement: string, key: KeyObject): string =>
  sign(digestFor(key), Buffer.from(context + statement, 'utf8'), { key, dsaEncoding: 'ieee-p1363' }).toString(
    'base64url',
  );

/** Whether the signature holds; who the key belongs to is for the caller to know. Hostile bytes: false where none can be read. */
export const isSigned = (context: string, { statement, signature, key }: Signed): boolean => {
  try {
    const shown = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' });
    return verify(
      digestFor(shown),
      Buffer.from(context + statement, 'utf8'),
      { key: shown, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
  } catch {
    return false;
  }
};

const digestFor = (key: KeyObject): string | null => {
  const id = signatureOf(key.asymmetricKeyType, key.asymmetricKeyDetails?.namedCurve);
  return id === undefined ? null : SIGNATURES[id].digest;
};

/** How far the reports of a device had come when its signer sealed them: nothing of what stayed at home, not even how much. */
export const SealedReports = Type.Object(
  {
    device: Type.String({ maxLength: 128 }),
    chain: Count,
    /** so many reports were in the chain, and the link of the last one */
    next: Count,
    link: Link,
  },
  { additionalProperties: false },
);
export type SealedReports = Static<typeof SealedReports>;

export const ReportSeal = Type.Object(
  {
    /** JSON of `SealedReports` */
    statement: Type.String({ maxLength: 1_024 }),
    signature: Type.String({ maxLength: 256 }),
    key: Type.String({ maxLength: 512 }),
  },
  { additionalProperties: false },
);
export type ReportSeal = Static<typeof ReportSeal>;

const REPORT_SEAL = 'hearthward report seal 1\n';

export const signReports = (reports: SealedReports, key: KeyObject): Pick<ReportSeal, 'statement' | 'signature'> => {
  const statement = JSON.stringify(reports);
  return { statement, signature: signStatement(REPORT_SEAL, statement, key) };
};

/** What a seal says, where its signature holds. */
export const openReportSeal = (seal: ReportSeal): SealedReports | undefined => {
  if (!isSigned(REPORT_SEAL, seal)) return undefined;
  try {
    // boundary report-seal: a device, or who has its keys -> SealedReports, at most 1,024 characters, else told as forged; services/test/reports/chain.test.ts
    const value: unknown = JSON.parse(seal.statement);
    return Value.Check(SealedReports, value) ? value : undefined;
  } catch {
    return undefined;
  }
};
