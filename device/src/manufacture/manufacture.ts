import { createPublicKey, X509Certificate } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Declaration } from '@hearthward/product';
import { FactoryBundle, IdentityRequest } from '@hearthward/protocol';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { commonName, leadsToAnchor, parseCertificates } from '../channel/trust.ts';
import { calibrate, type HashingCost } from '../access/passwords/cost.ts';
import { asFault, DeviceFault } from '../driver/faults.ts';
import { certificationRequest } from '../secrets/certificates.ts';
import { mustBeDeclared } from '../secrets/guards/declared.ts';
import type { GuardSettings } from '../secrets/guards/guard.ts';
import { guardFor, type OpenGuard } from '../secrets/guards/open.ts';
import { imported, makeKeystore, openKeystore, type Keys } from '../secrets/keystore.ts';
import type { Listen } from '../seams.ts';
import { claimDataFolder } from '../store/ownership.ts';
import {
  BUNDLE_FILE,
  invalidBundle,
  isManufactured,
  PRODUCT_FILE,
  readFactoryBundle,
  readJson,
  type FirstImage,
} from './bundle.ts';

/** On the production line: a device makes its keys, asks for its identity, and takes once what the factory gives it. */

/** Makes the keys of a new device in `dataDir` (empty or absent) and asks for its identity. Faults: already-manufactured, data-unreadable. */
export const prepareDevice = async (about: {
  readonly dataDir: string;
  readonly declaration: Declaration;
  readonly serial: string;
  readonly mac: string;
  /** who guards the keystore key, as the product's software says; `software` where absent */
  readonly guard?: GuardSettings | undefined;
}): Promise<IdentityRequest> => {
  const { dataDir, declaration, serial, mac, guard } = about;
  mustBeDeclared(declaration, guard);
  const made: Made = { v: 1, productId: declaration.product.id, serial, mac };
  return claimed(dataDir, () => makeDeviceKeys(dataDir, made, guardFor(guard)));
};

/** What the device is, as the production line called it: no secret, and outlives its keys. */
const Made = Type.Object(
  { v: Type.Literal(1), productId: Type.String(), serial: Type.String(), mac: Type.String() },
  { additionalProperties: false },
);
type Made = Static<typeof Made>;

export const makeDeviceKeys = (dataDir: string, made: Made, openGuard: OpenGuard): IdentityRequest => {
  const keystore = makeKeystore(dataDir, made.serial, new Date(), openGuard);
  try {
    const request = requestOf(keystore.keys(), made);
    writeDurably(join(dataDir, PRODUCT_FILE), made);
    return request;
  } finally {
    keystore.close();
  }
};

/** The same for the same keys: what is asked for can be asked for again. */
export const requestOf = (keys: Keys, { productId, serial, mac }: Made): IdentityRequest => {
  const request: IdentityRequest = {
    v: 1,
    productId,
    serial,
    mac,
    csr: certificationRequest(imported(keys.identity), { CN: serial, serialNumber: serial }),
    panelCertificate: keys.panel.certificate,
  };
  Value.Assert(IdentityRequest, request);
  return request;
};

/** Faults: not-manufactured, bundle-invalid. */
export const readMade = (dataDir: string): Made => {
  const path = join(dataDir, PRODUCT_FILE);
  const made = readJson(path);
  if (!Value.Check(Made, made)) throw invalidBundle(`${path} is not what a factory leaves in a device`);
  return made;
};

/** Puts identity, trust and the label password's record into a prepared device, once. Faults: bundle-invalid, already-manufactured, not-manufactured. */
export const installFactoryBundle = async (given: {
  readonly dataDir: string;
  readonly bundle: FactoryBundle;
  readonly listen: Listen;
  readonly guard?: GuardSettings | undefined;
  /** what hashing a password costs, as another unit of these boards measured it; this one measures where absent */
  readonly hashing?: HashingCost;
}): Promise<void> => {
  const { dataDir, listen, guard } = given;
  const hashing = given.hashing ?? (await calibrate());
  return claimed(dataDir, () => {
    // EN 303 645 5.4-2, G045 AU-3-1: the identity that a device is born with is never replaced
    if (isManufactured(dataDir)) {
      throw new DeviceFault(
        'already-manufactured',
        `The device in ${dataDir} has its identity already`,
        'Use an empty folder for a new device.',
      );
    }
    const bundle = checkedBundle(given.bundle, dataDir, guard);
    const { productId } = readMade(dataDir);
    writeDurably(join(dataDir, BUNDLE_FILE), { v: 1, productId, bundle, listen, hashing });
  });
};

/** In the factory, before the first image is put in: what it vouches for itself. Faults: not-manufactured, bundle-invalid. */
export const pinFirstImage = (dataDir: string, firstImage: FirstImage): void =>
  writeDurably(join(dataDir, BUNDLE_FILE), { v: 1, ...readFactoryBundle(dataDir), firstImage });

const checkedBundle = (bundle: unknown, dataDir: string, guard: GuardSettings | undefined): FactoryBundle => {
  if (!Value.Check(FactoryBundle, bundle)) {
    const [first] = Value.Errors(FactoryBundle, bundle);
    throw invalidBundle(`The factory’s bundle is not one: ${first?.instancePath ?? ''} ${first?.message ?? ''}`.trim());
  }
  const chain = chainOf(bundle.initialIdentity);
  const anchors = chainOf(bundle.anchors);
  const [own] = chain;
  const keystore = openKeystore(dataDir, guardFor(guard));
  try {
    const keys = keystore.keys();
    if (keys.serial !== bundle.serial) throw invalidBundle('The factory’s bundle is for another serial number');
    if (!own?.publicKey.equals(createPublicKey(imported(keys.identity)))) {
      throw invalidBundle('The initial identity is for another device’s key');
    }
  } finally {
    keystore.close();
  }
  if (commonName(own) !== bundle.deviceId) throw invalidBundle('The initial identity names another device');
  if (!leadsToAnchor(chain, anchors, new Date())) {
    throw invalidBundle('The anchors do not vouch for the initial identity');
  }
  return bundle;
};

const chainOf = (pems: readonly string[]): readonly X509Certificate[] => {
  try {
    return parseCertificates(pems);
  } catch (cause) {
    throw invalidBundle('The factory’s bundle holds something that is not a certificate', cause);
  }
};

export const claimed = async <T>(dataDir: string, work: () => T): Promise<T> => {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw unreadable(dataDir, cause);
  }
  const claim = claimDataFolder(dataDir);
  try {
    return work();
  } catch (thrown) {
    throw thrown instanceof DeviceFault ? thrown : asFault(thrown);
  } finally {
    claim.release();
  }
};

/** The whole file or none of it, whenever the power goes. */
const writeDurably = (path: string, value: unknown): void => {
  const partial = `${path}.partial`;
  const file = openSync(partial, 'w', 0o600);
  try {
    writeSync(file, JSON.stringify(value));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(partial, path);
  const folder = openSync(join(path, '..'), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
};

const unreadable = (dataDir: string, cause: unknown): DeviceFault =>
  new DeviceFault(
    'data-unreadable',
    `The data folder cannot be made: ${dataDir}`,
    'Name a folder that the device’s user can read and write.',
    cause,
  );
