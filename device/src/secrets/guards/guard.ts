import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { DeviceFault } from '../../driver/faults.ts';

/**
 * Who guards the key that seals the keystore. A guard keeps no key of ours: it takes one, gives back what may lie on the
 * disk, and opens that again on this device alone. Which guard a product has is written in the product's own software,
 * which is verified before it runs; no file of the data folder can choose a weaker one.
 */
export interface KeyGuard {
  readonly kind: GuardSettings['kind'];
  /** each call makes a holder of its own (a file, an object of the token, a blob for the TPM); an earlier one stays */
  readonly seal: (key: Uint8Array) => Sealed;
  /** a second way to the same key, for when the device is measured as `expected`; absent where nothing is measured */
  readonly sealFor?: (key: Uint8Array, expected: Measurements) => Sealed;
  /** Whoever gets the key wipes it. Faults: key-unusable, element-unreachable */
  readonly open: (sealed: Sealed) => Buffer;
  /** destroys every holder of this device but those that `kept` need */
  readonly keepOnly: (kept: readonly Sealed[]) => void;
}

/** What a guard wrote, in text, as it comes back from the disk: hostile until the guard has read it. */
export type Sealed = Readonly<Record<string, string>>;

/** Index of a platform configuration register of the TPM to its SHA-256 value, in hexadecimal. */
export type Measurements = Readonly<Record<number, string>>;

const strict = { additionalProperties: false } as const;
/** How a product reaches its guard. Nothing in it is secret: it stands in command lines. */
export const GuardSettings = Type.Union([
  Type.Object({ kind: Type.Literal('software') }, strict),
  Type.Object(
    {
      kind: Type.Literal('tpm2'),
      /** of tpm2-tss, as in `device:/dev/tpmrm0` */
      tcti: Type.String({ pattern: '^[\\w:/.,=-]+$' }),
      /** registers of the SHA-256 bank that must be as they were when the key was sealed */
      pcrs: Type.Array(Type.Integer({ minimum: 0, maximum: 23 }), { minItems: 1, uniqueItems: true }),
    },
    strict,
  ),
  Type.Object(
    {
      kind: Type.Literal('pkcs11'),
      /** path of the token's library */
      module: Type.String({ minLength: 1 }),
      /** label of the token */
      token: Type.String({ minLength: 1, maxLength: 32 }),
      /** holds the user PIN and nothing else, mode 0600 */
      pinFile: Type.String({ minLength: 1 }),
      /** what the library reads from its environment */
      environment: Type.Optional(Type.Record(Type.String({ pattern: '^[A-Z0-9_]+$' }), Type.String())),
    },
    strict,
  ),
]);
export type GuardSettings = Static<typeof GuardSettings>;
export type SettingsOf<Kind extends GuardSettings['kind']> = Extract<GuardSettings, { readonly kind: Kind }>;

export const SOFTWARE_GUARD: SettingsOf<'software'> = { kind: 'software' };

/** From a command line of `boot`. */
export const guardSettingsIn = (text: string | undefined): GuardSettings => {
  // boundary guard-settings: the command line of boot -> GuardSettings, at most 128 KiB, as Linux bounds an argument, else it does not start;
  // device/test/processes/guarded.test.ts
  const settings: unknown = text === undefined ? SOFTWARE_GUARD : JSON.parse(text);
  return Value.Parse(GuardSettings, settings);
};

/** Only a person can help: the key is not to be had in this state of the device. */
export const keyUnusable = (message: string, cure: string, cause?: unknown): DeviceFault =>
  new DeviceFault('key-unusable', message, cure, cause);

/** The element does not answer now; its keys may be whole. */
export const elementUnreachable = (message: string, cure: string): DeviceFault =>
  new DeviceFault('element-unreachable', message, cure);

export const RECOVER = 'or erase the device for the factory: `hearthward device recover`.';

/** The text that a guard wrote, read by the schema of that guard. */
export const readSealed = <Read>(sealed: Sealed, check: (sealed: Sealed) => sealed is Sealed & Read): Read => {
  if (!check(sealed))
    throw keyUnusable('What guards the keystore key was altered', `Restore the keys folder, ${RECOVER}`);
  return sealed;
};
