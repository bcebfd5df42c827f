import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import { Key, Signature, Targets } from '@tufjs/models';
import { DIGESTS, METADATA_SIGNATURES, SIGNATURES } from '@hearthward/protocol';
import type { Keys, Kind, Read, Role } from './metadata.ts';

/**
 * Whose signatures count. `@tufjs/models` brings keys and the canonical form into `node:crypto`; what is stricter than
 * there is here: the signed value is the one that came, not one that was read and written again; a key is what its
 * scheme says (type, curve, size); and a key counts once, whatever ids it is given.
 */

/**
 * Whether a threshold of the role's keys has signed.
 * Each public key counts once (TUF 1.0.34, 5.3.4), and only under the id that is its own digest (4.2): otherwise one
 * holder could stand in the list twice.
 */
// EN 303 645 5.3-7, 5.3-9, 5.3-10, TS 103 645 4.3-1, G044 6.3.7, 6.3.9, 6.3.10, G045 PL-2-3: what the declared keys have not signed does not exist
export const isSigned = (read: Read<Kind>, role: Role, keys: Keys): boolean => {
  const counted = new Set<string>();
  for (const id of role.keyids) {
    const signature = read.signatures.get(id);
    const usable = signature === undefined ? undefined : usableKey(keys, id);
    if (signature === undefined || !usable || counted.has(usable.fingerprint)) continue;
    if (verifies(usable.key, read, signature)) counted.add(usable.fingerprint);
    if (counted.size >= role.threshold) return true;
  }
  return false;
};

/** The role's keys by what they are, sorted: to see later whether one of them was taken from it. */
export const fingerprints = (role: Role, keys: Keys): string[] =>
  [...new Set(role.keyids.map((id) => usableKey(keys, id)?.fingerprint ?? `unusable:${id}`))].sort();

interface UsableKey {
  readonly key: Key;
  /** digest of the public key's SubjectPublicKeyInfo */
  readonly fingerprint: string;
}

const usableKey = (keys: Keys, id: string): UsableKey | undefined => {
  const data = Object.hasOwn(keys, id) ? keys[id] : undefined;
  const scheme = data && schemeOf(data);
  if (!data || !scheme || idOf(data) !== id) return undefined;
  const material = publicKey(data, scheme);
  if (!material || !fits(material, scheme)) return undefined;
  return { key: Key.fromJSON(id, { ...data }), fingerprint: digest(material.export({ type: 'spki', format: 'der' })) };
};

/** Of the key as it stands there, fields that nobody knows included. */
const idOf = (data: Keys[string]): string | undefined => {
  try {
    return digest(Buffer.from(canonicalize(data)));
  } catch {
    return undefined; // a number that is no integer has no canonical form
  }
};

const digest = (bytes: Uint8Array): string => createHash(DIGESTS.sha256.digest).update(bytes).digest('hex');

interface Scheme {
  readonly keytypes: readonly string[];
  readonly key: { readonly type: string; readonly curve?: string; readonly leastBits?: number };
}

const schemeOf = ({ keytype, scheme }: Keys[string]): Scheme | undefined => {
  const known: Readonly<Record<string, Scheme>> = METADATA_SIGNATURES;
  const found = Object.hasOwn(known, scheme) ? known[scheme] : undefined;
  return found?.keytypes.includes(keytype) ? found : undefined;
};

const fits = (key: KeyObject, { key: wanted }: Scheme): boolean => {
  const { namedCurve, modulusLength } = key.asymmetricKeyDetails ?? {};
  return (
    key.asymmetricKeyType === wanted.type &&
    namedCurve === wanted.curve &&
    (modulusLength ?? 0) >= (wanted.leastBits ?? 0)
  );
};

const HEX = /^(?:[0-9a-f]{2})+$/;

/** PEM, or the bare point in hexadecimal: the forms of the specification (4.2). */
const publicKey = ({ keyval }: Keys[string], { key: { type } }: Scheme): KeyObject | undefined => {
  const text = Object.hasOwn(keyval, 'public') ? keyval['public'] : undefined;
  if (text === undefined) return undefined;
  try {
    if (text.startsWith('-----BEGIN PUBLIC KEY-----')) return createPublicKey(text);
    if (!HEX.test(text)) return undefined;
    const point = Buffer.from(text, 'hex');
    const part = (from: number, to?: number): string => point.subarray(from, to).toString('base64url');
    if (type === 'ec') {
      // uncompressed, as everybody writes it
      if (point.length !== 65 || point[0] !== 4) return undefined;
      return createPublicKey({
        key: { kty: 'EC', crv: SIGNATURES['ecdsa-p256-sha256'].web.namedCurve, x: part(1, 33), y: part(33) },
        format: 'jwk',
      });
    }
    return createPublicKey({ key: { kty: 'OKP', crv: SIGNATURES.ed25519.web.name, x: part(0) }, format: 'jwk' });
  } catch {
    return undefined; // a key that nothing can read signs nothing
  }
};

const verifies = (key: Key, { signed }: Read<Kind>, signature: string): boolean => {
  // Node would take the digits before the first that is none
  if (!HEX.test(signature)) return false;
  const { version, expires } = signed;
  const received = Object.assign(new Targets({ version, specVersion: '1.0', expires }), { toJSON: () => signed });
  try {
    key.verifySignature({
      signatures: { [key.keyID]: new Signature({ keyID: key.keyID, sig: signature }) },
      signed: received,
    });
    return true;
  } catch {
    return false; // the library's way to say so
  }
};
