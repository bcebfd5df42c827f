/** Every key that a device holds, each with one purpose; a key is never used for another's. */
export interface KeyEntry {
  readonly id: KeyId;
  readonly algorithm: string;
  readonly purpose: string;
  /** to whom the signer hands it out */
  readonly releasedTo: 'core' | 'nobody';
  readonly life: string;
}

export type KeyId = 'machine' | 'keystore' | 'identity' | 'data' | 'store' | 'panel' | 'channel';
/** What the signer hands out, each once per start. */
export type ReleaseId = 'data' | 'panel' | 'channel';

// EN 303 645 5.4-1, G045 CR-1-3: each key has one purpose, and the register says which
export const KEY_REGISTER: readonly KeyEntry[] = [
  {
    id: 'machine',
    algorithm:
      '256 random bits in a file that only the device’s user can read, mixed with the machine’s id (HKDF-SHA-256); with hardware a TPM’s policy, or AES-256 in a token',
    purpose: 'guards the keystore key',
    releasedTo: 'nobody',
    life: 'made in the factory, and again whenever the keystore key is renewed',
  },
  {
    id: 'keystore',
    algorithm: 'authenticated encryption that the registry prefers',
    purpose: 'seals the keystore',
    releasedTo: 'nobody',
    life: 'made in the factory; a renewal seals the keystore under a new one',
  },
  {
    id: 'identity',
    algorithm: 'ECDSA P-256',
    purpose: 'initial identity: proves the device to enrolment, and signs nothing else',
    releasedTo: 'nobody',
    life: 'made in the factory, stays',
  },
  {
    id: 'data',
    algorithm: 'AES-256-GCM under a key derived per purpose (HKDF-SHA-256)',
    purpose: 'seals the store key',
    releasedTo: 'core',
    life: 'made in the factory, stays',
  },
  {
    id: 'store',
    algorithm: 'AES-256-GCM under keys derived per purpose (HKDF-SHA-256)',
    purpose: 'seals what the device stores',
    releasedTo: 'nobody',
    life: 'made in core at first start; replaced whenever something is erased',
  },
  {
    id: 'panel',
    algorithm: 'ECDSA P-256',
    purpose: 'TLS server key of the device panel',
    releasedTo: 'core',
    life: 'made in the factory, stays; its certificate’s fingerprint is on the label',
  },
  {
    id: 'channel',
    algorithm: 'ECDSA P-256',
    purpose: 'operational identity: TLS client key towards the services',
    releasedTo: 'core',
    life: 'made at each enrolment',
  },
];
