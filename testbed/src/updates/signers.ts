import { createHash, generateKeyPairSync, sign, constants, type KeyObject } from 'node:crypto';
import { canonicalize } from '@tufjs/canonical-json';

/** Keys of a repository, as TUF writes them, with what signs under them. */

export interface KeyValue {
  keytype: string;
  scheme: string;
  keyval: Record<string, string>;
  [unknown: string]: unknown;
}
export interface Signer {
  readonly id: string;
  readonly key: KeyValue;
  readonly sign: (bytes: Uint8Array) => string;
}
export type Scheme = 'ed25519' | 'ecdsa-sha2-nistp256' | 'rsassa-pss-sha256';

const PAIRS = {
  ed25519: { keytype: 'ed25519', make: () => generateKeyPairSync('ed25519') },
  'ecdsa-sha2-nistp256': { keytype: 'ecdsa', make: () => generateKeyPairSync('ec', { namedCurve: 'P-256' }) },
  'rsassa-pss-sha256': { keytype: 'rsa', make: () => generateKeyPairSync('rsa', { modulusLength: 3072 }) },
} as const;

/** A new key; `also` are fields that the specification does not know. */
export const newSigner = (scheme: Scheme = 'ed25519', also: Readonly<Record<string, unknown>> = {}): Signer => {
  const { keytype, make } = PAIRS[scheme];
  const { publicKey, privateKey } = make();
  return signerOf({ keytype, scheme, keyval: { public: publicForm(publicKey) }, ...also }, (bytes) =>
    signature(scheme, privateKey, bytes),
  );
};

/** The same holder under a key of another form, and so under another id. */
export const aliasOf = ({ key, sign: by }: Signer, also: Readonly<Record<string, unknown>>): Signer =>
  signerOf({ ...key, ...also }, by);

export const signerOf = (key: KeyValue, by: Signer['sign']): Signer => ({ id: idOf(key), key, sign: by });

export const idOf = (key: KeyValue): string => createHash('sha256').update(canonicalize(key)).digest('hex');

/** Ed25519 as the bare point, the others as PEM: as repositories write them. */
const publicForm = (key: KeyObject): string =>
  key.asymmetricKeyType === 'ed25519'
    ? key.export({ type: 'spki', format: 'der' }).subarray(-32).toString('hex')
    : key.export({ type: 'spki', format: 'pem' }).toString();

const signature = (scheme: Scheme, key: KeyObject, bytes: Uint8Array): string => {
  if (scheme === 'ed25519') return sign(null, bytes, key).toString('hex');
  const padding = scheme === 'rsassa-pss-sha256' ? { padding: constants.RSA_PKCS1_PSS_PADDING } : {};
  return sign('sha256', bytes, { key, ...padding }).toString('hex');
};
