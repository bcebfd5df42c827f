import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { signatureOf, SIGNATURES } from '@hearthward/protocol';
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
  },
  strict,
);
export type Seal = Static<typeof Seal>;

const Sealed = Type.Object({ device: Type.String({ maxLength: 128 }), at: Type.String(), log: LogState }, strict);
export type Sealed = Static<typeof Sealed>;

/** Nothing else that a key signs begins like this. */
const CONTEXT = 'hearthward log seal 1\n';
const bytesOf = (statement: string): Buffer => Buffer.from(CONTEXT + statement, 'utf8');

// G045 PL-4-2, CR-1-3: the key for logs signs heads of logs, and nothing else
export const signSeal = (statement: string, key: KeyObject): Pick<Seal, 'signature'> => ({
  signature: sign(digestOf(key), bytesOf(statement), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url'),
});

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
export const openSeal = ({ statement, signature, key }: Seal): Sealed | undefined => {
  try {
    const shown = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' });
    const good = verify(
      digestOf(shown),
      bytesOf(statement),
      { key: shown, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    );
    return good ? readSealed(statement) : undefined;
  } catch {
    return undefined;
  }
};

const digestOf = (key: KeyObject): string | null => {
  const id = signatureOf(key.asymmetricKeyType, key.asymmetricKeyDetails?.namedCurve);
  return id === undefined ? null : SIGNATURES[id].digest;
};
