import { createPrivateKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { preferred, SIGNATURES, type SignatureId } from '@hearthward/protocol';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { DeviceFault } from '../driver/faults.ts';
import { databaseFault, openDatabase } from '../store/database.ts';
import { selfSignedCertificate } from './certificates.ts';
import { keyUnusable, RECOVER, type KeyGuard, type Measurements } from './guards/guard.ts';
import { openAny, readGuarding, ZEROISED, zeroisedOwner, type Guarding } from './guards/guarding.ts';
import { guardFor, type OpenGuard } from './guards/open.ts';
import { createSealer } from './sealer.ts';
import { viewOf, wiping } from './wiping.ts';

const strict = { additionalProperties: false } as const;
/** Keys as PKCS#8 DER in base64; certificates in PEM. */
const Keys = Type.Object(
  {
    v: Type.Literal(1),
    serial: Type.String(),
    identity: Type.String(),
    data: Type.String(),
    /** the data key that a renewal replaced, until what it sealed is sealed anew */
    earlierData: Type.Optional(Type.String()),
    panel: Type.Object({ key: Type.String(), certificate: Type.String() }, strict),
    /** roots of the manufacturer that were learnt since the factory, PEM; they outlive a factory reset */
    anchors: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: 8 })),
    /** signs heads of the log; made when the first seal is asked for */
    log: Type.Optional(Type.String()),
    channel: Type.Optional(Type.Object({ key: Type.String(), certificates: Type.Array(Type.String()) }, strict)),
  },
  strict,
);
export type Keys = Static<typeof Keys>;

export interface Keystore {
  readonly keys: () => Keys;
  /** durable when it returns */
  readonly save: (keys: Keys) => void;
  /** a new keystore key under the same guard; whenever the power goes, one of both opens */
  readonly renew: () => void;
  /**
   * Before an approved update: the keystore opens as the device is measured today, and as `measurements` says it will
   * be. Nothing to do where the guard measures nothing.
   */
  readonly reseal: (measurements: Measurements) => void;
  /** after an update that stays: the keystore opens as the device is measured now, and in no other way */
  readonly settle: () => void;
  /** destroys every key and what guards them; whenever the power goes, it opens whole or never again */
  readonly zeroise: () => void;
  readonly close: () => void;
}

const FORMAT = {
  version: 2,
  schema: `
    CREATE TABLE sealed (id INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
    CREATE TABLE guard (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT;
  `,
} as const;
const KEYSTORE_FILE = 'keystore.sqlite';
const KEY_BYTES = 32;
export const DATA_KEY_BYTES = KEY_BYTES;
const OWNER_BYTES = 8;
/** A product outlives its support period and must not lock its owner out; people pin the fingerprint, not the date. */
const PANEL_CERTIFICATE_YEARS = 25;

export const keyFolderOf = (dataDir: string): string => join(dataDir, 'keys');

/** Makes every key of a new device, on the device. Refuses a folder that has keys already. */
// EN 303 645 5.4-4, G044 6.4.4, G045 CR-1-1: keys are unique per device, from the system's random generator
export const makeKeystore = (
  dataDir: string,
  serial: string,
  now: Date,
  openGuard: OpenGuard = guardFor(),
): Keystore => {
  const folder = keyFolderOf(dataDir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
  const database = openDatabase(join(folder, KEYSTORE_FILE), FORMAT);
  // key keystore
  const key = randomBytes(KEY_BYTES);
  try {
    if (readGuarding(database) !== undefined) {
      throw new DeviceFault(
        'already-manufactured',
        `A device lives in ${dataDir} already`,
        'Use an empty folder for a new device.',
      );
    }
    // no key: a name
    const owner = randomBytes(OWNER_BYTES).toString('hex');
    const guard = openGuard(folder, owner);
    const first: Guarding = { v: 1, kind: guard.kind, owner, sealed: [guard.seal(key)] };
    const store = keystoreIn(database, folder, guard, first, key);
    store.save({
      v: 1,
      serial,
      identity: exported(newKey()),
      data: newDataKey(),
      panel: panelIdentity(now),
    });
    return store;
  } catch (thrown) {
    key.fill(0);
    database.close();
    throw thrown;
  }
};

/**
 * Faults: not-manufactured, key-unusable, zeroised, element-unreachable; and those of the database. Whichever guard the data
 * folder names, only that of the product's own software is asked.
 */
export const openKeystore = (dataDir: string, openGuard: OpenGuard = guardFor()): Keystore => {
  const folder = keyFolderOf(dataDir);
  if (!existsSync(join(folder, KEYSTORE_FILE))) throw notManufactured(folder);
  const database = openDatabase(join(folder, KEYSTORE_FILE), FORMAT);
  try {
    const destroyed = zeroisedOwner(database);
    if (destroyed !== undefined) {
      // the power may have gone before the last of it was destroyed
      openGuard(folder, destroyed).keepOnly([]);
      throw zeroised();
    }
    const guarding = readGuarding(database);
    if (guarding === undefined) throw notManufactured(folder);
    const guard = openGuard(folder, guarding.owner);
    // EN 303 645 5.4-2, G044 6.4.2: no file of the data folder puts a weaker guard in place of the product's own
    if (guard.kind !== guarding.kind) {
      throw keyUnusable(
        `The keystore names another guard (${guarding.kind}) than this product’s (${guard.kind})`,
        `Restore the keys folder, ${RECOVER}`,
      );
    }
    const key = openAny(guard, guarding.sealed);
    const store = keystoreIn(database, folder, guard, guarding, key);
    try {
      store.keys();
      // What an interrupted renewal left behind opens nothing any more.
      guard.keepOnly(guarding.sealed);
      return store;
    } catch (thrown) {
      store.close();
      throw thrown;
    }
  } catch (thrown) {
    if (database.isOpen) database.close();
    throw thrown;
  }
};

// key data
export const newDataKey = (): string => wiping(randomBytes(DATA_KEY_BYTES), (key) => key.toString('base64'));
/** A key pair from the system's generator, for the algorithm that new keys use now where none is named. */
export const newKey = (algorithm: SignatureId = preferred('signature', Date.now())): KeyObject => {
  const { key } = SIGNATURES[algorithm];
  // key identity, panel, channel, log
  if (key.type === 'ec') return generateKeyPairSync(key.type, { namedCurve: key.curve }).privateKey;
  // key identity, panel, channel, log
  if (key.type === 'ed25519') return generateKeyPairSync(key.type).privateKey;
  throw new Error(`no key is made for ${algorithm}`);
};
export const exported = (key: KeyObject): string =>
  wiping(key.export({ type: 'pkcs8', format: 'der' }), (der) => der.toString('base64'));
export const imported = (key: string): KeyObject =>
  // key identity, panel, channel, log: read again
  wiping(Buffer.from(key, 'base64'), (der) => createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));

/** Takes `key` over, and wipes it when it closes. */
const keystoreIn = (
  database: DatabaseSync,
  folder: string,
  guard: KeyGuard,
  opened: Guarding,
  key: Buffer,
): Keystore => {
  let guarding = opened;
  // The guard and its owner are part of the purpose: a keystore moved under another guard does not open.
  const purpose = `keystore/${guarding.kind}/${guarding.owner}`;
  let sealer = createSealer(key);
  const read = database.prepare('SELECT body FROM sealed WHERE id = 1');
  const write = database.prepare(
    'INSERT INTO sealed (id, body) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
  );
  const writeGuarding = database.prepare(
    'INSERT INTO guard (id, body) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body',
  );

  const keys = (): Keys => {
    const body = read.get()?.['body'];
    const plain = body instanceof Uint8Array ? sealer.open(purpose, body) : undefined;
    if (plain === undefined) throw unusable();
    // boundary keystore-content: the disk, unsealed -> Keys, at most nothing: it opens only where this device sealed it, else key-unusable;
    // device/test/secrets/signer.test.ts
    const found = wiping(plain, (): unknown => JSON.parse(viewOf(plain).toString('utf8')));
    if (!Value.Check(Keys, found)) throw unusable();
    return found;
  };

  /** Keys and guard change in one transaction, or not at all. */
  const commit = (values: Keys, next = guarding, under = sealer): void => {
    const plain = Buffer.from(JSON.stringify(values), 'utf8');
    try {
      database.exec('BEGIN IMMEDIATE');
      write.run(under.seal(purpose, plain));
      writeGuarding.run(JSON.stringify(next));
      database.exec('COMMIT');
    } catch (thrown) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw databaseFault(thrown, folder);
    } finally {
      plain.fill(0);
    }
    guarding = next;
    sealer = under;
    // An earlier keystore must not stay behind in the write-ahead log.
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  };

  return {
    keys,
    save: (values) => commit(values),
    renew: () => {
      const before = sealer;
      // key keystore: its successor
      const fresh = randomBytes(KEY_BYTES);
      const next = createSealer(fresh);
      try {
        commit(keys(), { ...guarding, sealed: [guard.seal(fresh)] }, next);
        fresh.copy(key);
      } finally {
        fresh.fill(0);
        (sealer === next ? before : next).close();
      }
      guard.keepOnly(guarding.sealed);
    },
    reseal: (measurements) => {
      const [now] = guarding.sealed;
      if (!guard.sealFor || now === undefined) return;
      commit(keys(), { ...guarding, sealed: [now, guard.sealFor(key, measurements)] });
    },
    settle: () => {
      if (guarding.sealed.length > 1) commit(keys(), { ...guarding, sealed: [guard.seal(key)] });
    },
    // G045 PH-2-1, DS-1-4: from the commit on nothing opens it any more, whatever is left of what guarded it
    zeroise: () => {
      database.exec('BEGIN IMMEDIATE');
      database.exec('DELETE FROM sealed');
      writeGuarding.run(JSON.stringify({ ...ZEROISED, owner: guarding.owner }));
      database.exec('COMMIT');
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      guard.keepOnly([]);
      key.fill(0);
      sealer.close();
    },
    close: () => {
      key.fill(0);
      sealer.close();
      if (database.isOpen) database.close();
    },
  };
};

/** Says nothing of model, serial or maker: whoever connects sees it before logging in. */
// EN 303 645 5.6-2, G044 6.6.2: the certificate discloses nothing before authentication
export const panelIdentity = (now: Date): Keys['panel'] => {
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
  keyUnusable('The keystore was altered, or its key is another’s', `Restore the keys folder, ${RECOVER}`);

export const zeroised = (): DeviceFault =>
  new DeviceFault(
    'zeroised',
    'This device was opened, and has destroyed its keys',
    'Have it checked, then make it anew in the factory: `hearthward device recover`.',
  );

const notManufactured = (folder: string): DeviceFault =>
  new DeviceFault(
    'not-manufactured',
    `There is no device in this data folder: ${folder} has no keystore`,
    'Make the device in the factory first, or name its data folder.',
  );
