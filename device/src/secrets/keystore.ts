import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { DeviceFault } from '../driver/faults.ts';
import { openDatabase } from '../store/database.ts';
import { selfSignedCertificate } from './certificates.ts';
import { keystoreKey, makeMachineKey } from './machine-key.ts';
import { createSealer } from './sealer.ts';

const strict = { additionalProperties: false } as const;
/** Keys as PKCS#8 DER in base64; certificates in PEM. */
const Keys = Type.Object(
  {
    v: Type.Literal(1),
    serial: Type.String(),
    identity: Type.String(),
    data: Type.String(),
    panel: Type.Object({ key: Type.String(), certificate: Type.String() }, strict),
    /** roots of the manufacturer that were learnt since the factory, PEM; they outlive a factory reset */
    anchors: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: 8 })),
    channel: Type.Optional(Type.Object({ key: Type.String(), certificates: Type.Array(Type.String()) }, strict)),
  },
  strict,
);
export type Keys = Static<typeof Keys>;

export interface Keystore {
  readonly keys: () => Keys;
  /** durable when it returns */
  readonly save: (keys: Keys) => void;
  readonly close: () => void;
}

const FORMAT = {
  version: 1,
  schema: 'CREATE TABLE sealed (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;',
} as const;
const PURPOSE = 'keystore';
const DATA_KEY_BYTES = 32;
/** A product outlives its support period and must not lock its owner out; people pin the fingerprint, not the date. */
const PANEL_CERTIFICATE_YEARS = 25;

export const keyFolderOf = (dataDir: string): string => join(dataDir, 'keys');

/** Makes every key of a new device, on the device. Refuses a folder that has keys already. */
// EN 303 645 5.4-4, G044 6.4.4, G045 CR-1-1: keys are unique per device, from the system's random generator
export const makeKeystore = (dataDir: string, serial: string, now: Date): Keystore => {
  const folder = keyFolderOf(dataDir);
  if (existsSync(join(folder, 'machine.key'))) {
    throw new DeviceFault(
      'already-manufactured',
      `A device lives in ${dataDir} already`,
      'Use an empty folder for a new device.',
    );
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  makeMachineKey(folder);
  const store = openFile(folder);
  store.save({
    v: 1,
    serial,
    identity: exported(newKey()),
    data: randomBytes(DATA_KEY_BYTES).toString('base64'),
    panel: panelIdentity(now),
  });
  return store;
};

export const openKeystore = (dataDir: string): Keystore => openFile(keyFolderOf(dataDir));

export const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
export const exported = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'der' }).toString('base64');
export const imported = (key: string): KeyObject =>
  createPrivateKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'pkcs8' });

const openFile = (folder: string): Keystore => {
  const sealer = createSealer(keystoreKey(folder));
  const database = openDatabase(join(folder, 'keystore.sqlite'), FORMAT);
  const read = database.prepare('SELECT body FROM sealed WHERE id = 1');
  const write = database.prepare(
    'INSERT INTO sealed (id, body) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
  );
  return {
    keys: () => {
      const body = read.get()?.['body'];
      const plain = body instanceof Uint8Array ? sealer.open(PURPOSE, body) : undefined;
      if (plain === undefined) throw unusable();
      const keys: unknown = JSON.parse(Buffer.from(plain).toString('utf8'));
      plain.fill(0);
      if (!Value.Check(Keys, keys)) throw unusable();
      return keys;
    },
    save: (keys) => {
      const plain = Buffer.from(JSON.stringify(keys), 'utf8');
      write.run(sealer.seal(PURPOSE, plain));
      plain.fill(0);
      // An earlier keystore must not stay behind in the write-ahead log.
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    },
    close: () => {
      sealer.close();
      if (database.isOpen) database.close();
    },
  };
};

/** Says nothing of model, serial or maker: whoever connects sees it before logging in. */
// EN 303 645 5.6-2, G044 6.6.2: the certificate discloses nothing before authentication
const panelIdentity = (now: Date): Keys['panel'] => {
  const key = newKey();
  const year = now.getUTCFullYear();
  const certificate = selfSignedCertificate(key, {
    subject: { CN: 'device' },
    names: ['device.local', 'localhost'],
    from: new Date(Date.UTC(year, 0, 1)),
    until: new Date(Date.UTC(year + PANEL_CERTIFICATE_YEARS, 0, 1)),
  });
  return { key: exported(key), certificate };
};

const unusable = (): DeviceFault =>
  new DeviceFault(
    'key-unusable',
    'The keystore does not open with this machine’s key',
    'Run the device on the machine that it was made on, or make it anew.',
  );
