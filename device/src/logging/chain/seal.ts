import type { KeyObject } from 'node:crypto';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { isSigned, ReportSeal, signReports, signStatement } from '@hearthward/protocol';
import { LogState } from './decide.ts';

/**
 * The device's word for how far its log had come: the heads of all chains, signed by the signer's key for logs. An entry
 * under a seal can be changed by nobody who has the store, not even by the process that wrote it.
 */
const strict = { additionalProperties: false } as const;
export const Seal = Type.Object(
  {
    /** what was signed, JSON of a `Sealed` */
    statement: Type.String({ maxLength: 4_096 }),
    /** base64url; ECDSA as (r, s) side by side */
    signature: Type.String({ maxLength: 256 }),
    /** SubjectPublicKeyInfo of the key, base64 */
    key: Type.String({ maxLength: 512 }),
    /** the same for the services, who see nothing of the rest; of a version that did not make it, absent */
    reports: Type.Optional(ReportSeal),
  },
  strict,
);
export type Seal = Static<typeof Seal>;

const Sealed = Type.Object({ device: Type.String({ maxLength: 128 }), at: Type.String(), log: LogState }, strict);
export type Sealed = Static<typeof Sealed>;

/** Nothing else that a key signs begins like this. */
const CONTEXT = 'hearthward log seal 1\n';

// G045 PL-4-2, CR-1-3: the key for logs signs heads of logs, and nothing else
export const signSeal = (statement: string, key: KeyObject): Pick<Seal, 'signature'> => ({
  signature: signStatement(CONTEXT, statement, key),
});

/** The reports' part of what is sealed, for whoever is told of reports and of nothing else. */
export const signReportsOf = ({ device, log }: Sealed, key: KeyObject, shown: string): ReportSeal => {
  const { next, link } = log.reports;
  return { ...signReports({ device, chain: log.chain, next, link }, key), key: shown };
};

/** What a statement says; undefined where it is none: hostile bytes, at the signer and at whoever verifies. */
export const readSealed = (statement: string): Sealed | undefined => {
  try {
    // boundary log-seal-statement: core, whoever has taken it over, or the disk -> Sealed, at most 4,096 characters, else signer-refused; device/test/secrets/signer.test.ts, device/test/logging/verify.test.ts
    const value: unknown = JSON.parse(statement);
    return Value.Check(Sealed, value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** The statement where the signature holds. */
export const openSeal = (seal: Seal): Sealed | undefined =>
  isSigned(CONTEXT, seal) ? readSealed(seal.statement) : undefined;
