import { argon2, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import {
  type AlgorithmId,
  openValue,
  PASSWORD_HASHING,
  preferred,
  SEALING,
  sealValue,
  SIGNATURES,
} from '@hearthward/protocol';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { ServicesFault } from '../../../faults.ts';
import { FILE_SCHEME, keyidOf, readRoleKey, type RoleKey, roleKey, type RoleSigner } from './keys.ts';

/**
 * An offline key in a file: the private key sealed under what argon2id makes of its holder's passphrase. The file names its
 * holder and its public key, both bound to the seal. Whoever finds the file has nothing without the passphrase.
 */
const strict = { additionalProperties: false } as const;
const KeyFile = Type.Object(
  {
    v: Type.Literal(1),
    what: Type.Literal('hearthward update key'),
    public: Type.Unknown(),
    // at most 1 GiB, nine passes, nine lanes: a file that somebody altered must not take the machine
    argon2id: Type.Object(
      {
        memoryKib: Type.Integer({ minimum: 72, maximum: 1_048_576 }),
        passes: Type.Integer({ minimum: 1, maximum: 9 }),
        parallelism: Type.Integer({ minimum: 1, maximum: 9 }),
        salt: Type.String({ pattern: '^[A-Za-z0-9_-]{22}$' }),
      },
      strict,
    ),
    sealed: Type.String({ pattern: '^[A-Za-z0-9_-]{60,400}$' }),
  },
  strict,
);
type KeyFile = Static<typeof KeyFile>;

export interface KeyCost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
}
const HASHING = 'argon2id' satisfies AlgorithmId<'password-hash'>;
const { saltBytes, operator: COST } = PASSWORD_HASHING[HASHING];
const PASSPHRASE_BYTES = { least: 12, most: 1024 } as const;

/** A new key: the text of its file, and what its holder gives away. @throws ServicesFault `passphrase-weak` */
// G044 6.5.8, G045 CR-1-2, CR-1-3: a key that makes releases lies on no disk but sealed by its holder
export async function makeKeyFile(
  holder: string,
  passphrase: Uint8Array,
  cost: KeyCost = COST,
): Promise<{ readonly text: string; readonly key: RoleKey }> {
  if (passphrase.length < PASSPHRASE_BYTES.least || passphrase.length > PASSPHRASE_BYTES.most)
    throw new ServicesFault('passphrase-weak', `the passphrase has ${passphrase.length} bytes`);
  // key update-holder
  const pair = generateKeyPairSync(FILE_SCHEME);
  const key = roleKey(pair.publicKey, holder);
  const der = pair.privateKey.export({ format: 'der', type: 'pkcs8' });
  // no key: a salt
  const salt = randomBytes(saltBytes);
  // key update-wrapping
  const wrapping = await derive(passphrase, salt, cost);
  const sealed = sealValue(preferred('sealing', Date.now()), wrapping, boundTo(key), der);
  wrapping.fill(0);
  der.fill(0);
  const { memoryKib, passes, parallelism } = cost;
  const file: KeyFile = {
    v: 1,
    what: 'hearthward update key',
    public: key,
    argon2id: { memoryKib, passes, parallelism, salt: salt.toString('base64url') },
    sealed: sealed.toString('base64url'),
  };
  return { text: `${JSON.stringify(file, null, 2)}\n`, key };
}

/** Hostile: a file that somebody brought. @throws ServicesFault `key-refused` */
export async function openKeyFile(text: string, passphrase: Uint8Array, name: string): Promise<RoleSigner> {
  const file = parsed(text);
  if (!Value.Check(KeyFile, file)) throw new ServicesFault('key-refused', `${name} is no file of an update key`);
  const key = readRoleKey(JSON.stringify(file.public), name);
  const wrapping = await derive(passphrase, Buffer.from(file.argon2id.salt, 'base64url'), file.argon2id);
  const der = openValue(() => wrapping, boundTo(key), Buffer.from(file.sealed, 'base64url'));
  wrapping.fill(0);
  if (!der) throw new ServicesFault('key-refused', `${name} is not opened by its passphrase`);
  try {
    return signerOf(der, key, name);
  } finally {
    der.fill(0);
  }
}

/** With a private key (PKCS#8) that the services hold themselves, or that a file gave. */
export function signerOf(der: Uint8Array, key: RoleKey, name: string): RoleSigner {
  // key update-online, update-holder: read again
  let secret: ReturnType<typeof createPrivateKey> | undefined = createPrivateKey({
    key: Buffer.from(der),
    format: 'der',
    type: 'pkcs8',
  });
  if (keyidOf(roleKey(createPublicKey(secret), key.holder).key) !== key.keyid)
    throw new ServicesFault('key-refused', `${name} holds another private key than it says`);
  return {
    key,
    sign(bytes) {
      if (!secret) throw new ServicesFault('key-refused', `${name} is closed`);
      return sign(SIGNATURES[FILE_SCHEME].digest, bytes, secret);
    },
    close: () => (secret = undefined),
  };
}

const boundTo = ({ keyid, holder }: RoleKey): string => `hearthward update key 1 ${keyid} ${holder}`;

const deriveKey = promisify(argon2);
const derive = (passphrase: Uint8Array, salt: Uint8Array, { memoryKib, passes, parallelism }: KeyCost) =>
  deriveKey(HASHING, {
    message: passphrase,
    nonce: salt,
    memory: memoryKib,
    passes,
    parallelism,
    tagLength: SEALING[preferred('sealing', Date.now())].keyBytes,
  });

const parsed = (text: string): unknown => {
  try {
    // boundary holder-key: a file that a holder names -> KeyFile, at most 64 KiB, as small files are read, else key-refused;
    // services/test/updates/repository.test.ts
    return JSON.parse(text);
  } catch {
    // what is not JSON is no key: the schema refuses it
    return undefined;
  }
};
