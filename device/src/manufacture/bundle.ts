import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FactoryBundle } from '@hearthward/protocol';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { HashingCost } from '../access/passwords/cost.ts';
import { asFault, DeviceFault } from '../driver/faults.ts';
import type { Listen } from '../seams.ts';

/** What the factory left in a device, as every start reads it. */

const Places = Type.Record(
  Type.String(),
  Type.Object(
    { address: Type.String({ minLength: 1 }), port: Type.Integer({ minimum: 0, maximum: 65_535 }) },
    { additionalProperties: false },
  ),
);
const FirstImage = Type.Object(
  {
    digest: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    number: Type.Integer({ minimum: 0 }),
    securityVersion: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
);
/** What the factory left in the device. */
const Installed = Type.Object(
  {
    v: Type.Literal(1),
    productId: Type.String(),
    bundle: FactoryBundle,
    listen: Places,
    hashing: Type.Optional(HashingCost),
    firstImage: Type.Optional(FirstImage),
  },
  { additionalProperties: false },
);
export type FirstImage = Static<typeof FirstImage>;
export interface InstalledBundle {
  readonly productId: string;
  readonly bundle: FactoryBundle;
  readonly listen: Listen;
  /** the image that the factory put in: what its own word is good for, beside the root of what is signed */
  readonly firstImage?: FirstImage;
  /** measured on this device when it was made */
  readonly hashing?: HashingCost;
}

export const BUNDLE_FILE = 'bundle.json';
export const PRODUCT_FILE = 'product.json';

/** Faults: not-manufactured, bundle-invalid, data-unreadable. */
export const readFactoryBundle = (dataDir: string): InstalledBundle => {
  const installed = readJson(join(dataDir, BUNDLE_FILE));
  if (!Value.Check(Installed, installed)) {
    throw invalidBundle(`${join(dataDir, BUNDLE_FILE)} is not what a factory leaves in a device`);
  }
  return installed;
};

export const isManufactured = (dataDir: string): boolean => existsSync(join(dataDir, BUNDLE_FILE));

export const readJson = (path: string): unknown => {
  try {
    // boundary factory-bundle: the production line -> Installed, at most nothing: the folder of the device itself, else bundle-invalid;
    // device/test/manufacture/manufacture.test.ts
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    if (cause instanceof SyntaxError) throw invalidBundle(`${path} is not JSON`, cause);
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw asFault(cause);
    throw new DeviceFault(
      'not-manufactured',
      `There is no finished device in this data folder: ${path} is missing`,
      'Make the device in the factory first, or name its data folder.',
      cause,
    );
  }
};

export const invalidBundle = (message: string, cause?: unknown): DeviceFault =>
  new DeviceFault('bundle-invalid', message, 'Have the factory make the bundle anew for this device.', cause);
