import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';
import { type AlgorithmId, METADATA_SIGNATURES, SIGNATURES } from '@hearthward/protocol';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { ServicesFault } from '../../../faults.ts';

/**
 * A key of a role of the update repository, as TUF names it. Whoever can sign with one is a `RoleSigner`: a file that a
 * passphrase opens, a token, or a key of the running services. Rooms above know nothing of where the key is.
 */
export interface RoleSigner {
  readonly key: RoleKey;
  /** over exactly these bytes */
  readonly sign: (bytes: Uint8Array) => Uint8Array;
  /** wipes what it holds; it signs no more */
  readonly close: () => void;
}

const strict = { additionalProperties: false } as const;
/** What a holder gives away: never secret. */
const RoleKey = Type.Object(
  {
    /** SHA-256 of the canonical form of `key` (TUF 1.0.33, 4.2) */
    keyid: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    /** whose it is, for the minutes and for what is shown; devices never see it */
    holder: Type.String({ pattern: '^[^\\p{C}]{1,64}$' }),
    key: Type.Object(
      {
        keytype: Type.String({ maxLength: 32 }),
        scheme: Type.String({ maxLength: 32 }),
        keyval: Type.Object({ public: Type.String({ maxLength: 1000 }) }, strict),
      },
      strict,
    ),
  },
  strict,
);
export type RoleKey = Static<typeof RoleKey>;

/** The scheme of files and of online keys; deterministic, and small on the wire. */
// EN 303 645 5.3-7, G044 6.3.7: what releases are signed with comes from the registry of algorithms
export const FILE_SCHEME = 'ed25519' satisfies AlgorithmId<'signature'>;
/** The scheme of tokens: a token signs a digest with it, while its Ed25519 wants the whole of what is signed at once. */
const TOKEN_SCHEME = 'ecdsa-sha2-nistp256';

/** @throws ServicesFault `key-refused` where no scheme of ours is for this key */
export function roleKey(publicKey: KeyObject, holder: string): RoleKey {
  const key = tufKey(publicKey);
  const made = { keyid: keyidOf(key), holder, key };
  if (!Value.Check(RoleKey, made)) throw new ServicesFault('key-refused', `${JSON.stringify(holder)} names no holder`);
  return made;
}

/** Hostile: a public key that somebody brought. @throws ServicesFault `key-refused` */
export function readRoleKey(text: string, name: string): RoleKey {
  const found = parsed(text);
  if (!Value.Check(RoleKey, found))
    throw new ServicesFault('key-refused', `${name} is no public key of an update role`);
  // a key under a name that is not its own could stand twice in one threshold
  if (keyidOf(found.key) !== found.keyid || keyidOf(tufKey(publicKeyOf(found, name))) !== found.keyid)
    throw new ServicesFault('key-refused', `${name} is not named after its key`);
  return found;
}

export const keyidOf = (key: RoleKey['key']): string => createHash('sha256').update(canonicalize(key)).digest('hex');

function tufKey(publicKey: KeyObject): RoleKey['key'] {
  const { ed25519, 'ecdsa-p256-sha256': p256 } = SIGNATURES;
  if (publicKey.asymmetricKeyType === ed25519.key.type) {
    const raw = publicKey.export({ format: 'jwk' }).x ?? '';
    return {
      keytype: METADATA_SIGNATURES[FILE_SCHEME].keytypes[0],
      scheme: FILE_SCHEME,
      keyval: { public: Buffer.from(raw, 'base64url').toString('hex') },
    };
  }
  if (publicKey.asymmetricKeyType === p256.key.type && publicKey.asymmetricKeyDetails?.namedCurve === p256.key.curve) {
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    return { keytype: METADATA_SIGNATURES[TOKEN_SCHEME].keytypes[0], scheme: TOKEN_SCHEME, keyval: { public: pem } };
  }
  throw new ServicesFault('key-refused', 'neither Ed25519 nor P-256');
}

/** RFC 8410, 4: what stands before the 32 bytes of an Ed25519 key */
const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');

export function publicKeyOf({ key }: Pick<RoleKey, 'key'>, name: string): KeyObject {
  try {
    return key.scheme === FILE_SCHEME
      ? createPublicKey({
          key: Buffer.concat([ED25519_SPKI, Buffer.from(key.keyval.public, 'hex')]),
          format: 'der',
          type: 'spki',
        })
      : createPublicKey(key.keyval.public);
  } catch (error) {
    throw new ServicesFault('key-refused', `${name} holds no public key`, error);
  }
}

const parsed = (text: string): unknown => {
  try {
    // boundary public-key: a file that a holder names -> RoleKey, at most 64 KiB, as small files are read, else key-refused;
    // services/test/updates/repository.test.ts
    return JSON.parse(text);
  } catch {
    // what is not JSON is no key: the schema refuses it
    return undefined;
  }
};
