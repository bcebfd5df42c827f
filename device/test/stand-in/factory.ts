import { argon2Sync, createPublicKey, randomBytes, X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FactoryBundle, IdentityRequest } from '@hearthward/protocol';
import declaration from '@hearthward/example-hub';
import { PARAMETERS } from '../../src/access/passwords/record.ts';
import { installFactoryBundle, prepareDevice } from '../../src/manufacture/manufacture.ts';
import type { Listen } from '../../src/seams.ts';
import type { GuardSettings } from '../../src/secrets/guards/guard.ts';
import { guardFor } from '../../src/secrets/guards/open.ts';
import { imported, openKeystore } from '../../src/secrets/keystore.ts';
import { makeAuthority, type Authority } from './authority.ts';

/** A factory for tests. The label's password is the same for every device of a test, unlike any real factory's. */
export const LABEL_PASSWORD = 'ABCD-EFGH-JKLM-NPQR';
export const DEVICE_ID = 'd0c0ffee12';
export const ANYWHERE = { panel: { address: '127.0.0.1', port: 0 } } as const;

interface Made {
  readonly authority?: Authority;
  readonly services?: FactoryBundle['services'];
  readonly guard?: GuardSettings;
  /** root metadata of the update repository */
  readonly root?: Uint8Array;
}

export const temporaryFolder = async (): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> => {
  const path = await mkdtemp(join(tmpdir(), 'device-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
};

export const prepared = (dataDir: string): Promise<IdentityRequest> =>
  prepareDevice({ dataDir, declaration, serial: 'HH100000001', mac: '02:00:00:00:00:01' });

export const manufactured = async (
  dataDir: string,
  made: Made & { readonly listen?: Listen } = {},
): Promise<FactoryBundle> => {
  const request = await prepared(dataDir);
  const bundle = bundleFor(dataDir, request.serial, made);
  await installFactoryBundle({ dataDir, bundle, listen: made.listen ?? ANYWHERE, hashing: PARAMETERS });
  return bundle;
};

export const bundleFor = (dataDir: string, serial: string, made: Made = {}): FactoryBundle => {
  const authority = made.authority ?? makeAuthority('Test Root');
  return {
    v: 1,
    deviceId: DEVICE_ID,
    serial,
    initialIdentity: [authority.issue({ name: DEVICE_ID, publicKey: identityKeyOf(dataDir, made.guard) })],
    anchors: [authority.certificate],
    initialPassword: labelRecord(),
    services: made.services ?? {
      enrolment: 'https://127.0.0.1:1',
      messages: 'mqtts://127.0.0.1:1',
      site: 'https://127.0.0.1:1',
    },
    madeAt: '2026-01-01T00:00:00Z',
    ...(made.root ? { updates: { root: Buffer.from(made.root).toString('utf8') } } : {}),
  };
};

export const panelFingerprint = (request: IdentityRequest): string =>
  new X509Certificate(request.panelCertificate).fingerprint256.replaceAll(':', '').toLowerCase();

/** A real factory takes the key from the certification request; its parser stands with the services. */
const identityKeyOf = (dataDir: string, guard: GuardSettings | undefined) => {
  const keystore = openKeystore(dataDir, guardFor(guard));
  try {
    return createPublicKey(imported(keystore.keys().identity));
  } finally {
    keystore.close();
  }
};

const labelRecord = (): FactoryBundle['initialPassword'] => {
  const salt = randomBytes(16);
  const work = { memoryKib: 1024, passes: 1, parallelism: 1 };
  const tag = argon2Sync('argon2id', {
    message: LABEL_PASSWORD,
    nonce: salt,
    parallelism: work.parallelism,
    tagLength: 32,
    memory: work.memoryKib,
    passes: work.passes,
  });
  return { algorithm: 'argon2id', ...work, salt: salt.toString('base64url'), tag: tag.toString('base64url') };
};
