import type { AlgorithmId, KeyEntry } from '@hearthward/protocol';

/** Every key that a device holds, each with one purpose; `docs/keys.md` shows it with that of the services. */
export type KeyId =
  | 'machine'
  | 'keystore'
  | 'identity'
  | 'data'
  | 'store'
  | 'panel'
  | 'panel-tickets'
  | 'channel'
  | 'log'
  | 'form'
  | 'code'
  | 'recovery'
  | 'account-code'
  | 'sender';
/** What the signer hands out, each once per start. */
export type ReleaseId = 'data' | 'panel' | 'channel';
/** What the signer makes anew when core asks; the operational key is made anew by enrolment. */
export type RenewableId = 'keystore' | 'data' | 'panel';

/** NIST SP 800-57 part 1 rev. 5, 5.3.6: a symmetric data key at most two years in use; one keeps a margin. */
const YEARLY = 365;

// EN 303 645 5.4-1, 5.5-8, TS 103 645 4.5-2, G044 6.5.8, G045 CR-1-3: one purpose for each key, and what becomes of it
export const KEY_REGISTER: readonly KeyEntry<KeyId, 'signer' | 'core'>[] = [
  {
    id: 'machine',
    use: 'sealing',
    purpose: 'guards the keystore key',
    labels: ['hearthward/keystore/1', 'keystore-key'],
    owner: 'signer',
    releasedTo: 'nobody',
    kept: 'a file that only the device’s user can read, or the TPM or token',
    made: 'in the factory: 256 bits of the system’s generator in a file that only the device’s user can read, mixed with the machine’s id; with hardware a TPM’s policy, or a key that a token made',
    rotation: { how: 'made anew with the keystore key', everyDays: YEARLY, asked: 'by the owner too' },
    destroyed: 'once the keystore key is guarded anew',
  },
  {
    id: 'keystore',
    use: 'sealing',
    purpose: 'seals the keystore',
    labels: ['keystore'],
    owner: 'signer',
    releasedTo: 'nobody',
    kept: 'beside the keystore, as its guard sealed it',
    made: 'in the factory, 256 bits of the system’s generator',
    rotation: { how: 'the keystore is sealed under a new one', everyDays: YEARLY, asked: 'by the owner too' },
    destroyed: 'wiped when the signer ends; with its guard when it is replaced',
  },
  {
    id: 'identity',
    use: 'signature',
    purpose:
      'initial identity: proves the device to enrolment, to who asks the manufacturer about a device as new, and in a check of the set-up that its owner asks for; the self-test has it sign once, and it signs nothing else',
    labels: ['hearthward/self-test', 'hearthward possession 1', 'hearthward setup check 1'],
    owner: 'signer',
    releasedTo: 'nobody',
    kept: 'keystore',
    made: 'on the device, in the factory',
    rotation: {
      never: 'IEEE 802.1AR, 6: the initial identity lasts as long as the device; what is at risk is its successor',
    },
    destroyed: 'with the keystore; the services can refuse the device',
  },
  {
    id: 'data',
    use: 'sealing',
    purpose: 'seals the store key',
    labels: ['store-key'],
    owner: 'signer',
    releasedTo: 'core',
    kept: 'keystore; in the memory of core',
    made: 'on the device, in the factory',
    rotation: {
      how: 'the store key is replaced and sealed under the new one',
      everyDays: YEARLY,
      asked: 'by the owner too',
    },
    destroyed: 'once nothing is sealed under it any more',
  },
  {
    id: 'store',
    use: 'sealing',
    purpose: 'seals what the device stores',
    labels: ['document/*', 'event-log'],
    owner: 'core',
    releasedTo: 'nobody',
    kept: 'beside what it seals, sealed under the data key',
    made: 'at the first start',
    rotation: { how: 'everything is sealed anew in one transaction', everyDays: YEARLY, asked: 'by the owner too' },
    destroyed: 'overwritten by its successor, at each erasure as well',
  },
  {
    id: 'panel',
    use: 'signature',
    purpose: 'TLS server key of the device panel',
    labels: [],
    owner: 'signer',
    releasedTo: 'core',
    kept: 'keystore; in the memory of core',
    made: 'on the device, in the factory; the fingerprint of its certificate is on the label',
    rotation: { how: 'a new key and certificate; the owner is shown both fingerprints', asked: 'by the owner alone' },
    destroyed: 'overwritten by its successor',
  },
  {
    id: 'panel-tickets',
    use: 'sealing',
    purpose: 'seals TLS session tickets of the panel',
    labels: [],
    owner: 'core',
    releasedTo: 'nobody',
    kept: 'memory of core',
    made: 'by Node when the panel opens, in memory alone',
    rotation: { how: 'made anew', asked: 'at each start' },
    destroyed: 'with the process',
  },
  {
    id: 'channel',
    use: 'signature',
    purpose: 'operational identity: TLS client key towards the services',
    labels: [],
    owner: 'signer',
    releasedTo: 'core',
    kept: 'keystore; in the memory of core',
    made: 'on the device, at each enrolment',
    rotation: { how: 'renewed over EST before its certificate ends', everyDays: 83, asked: 'by the owner too' },
    destroyed: 'overwritten by its successor, and at a factory reset',
  },
  {
    id: 'log',
    use: 'signature',
    purpose: 'seals the log, and the reports from it: signs how far their chains had come, and nothing else',
    labels: ['hearthward log seal 1', 'hearthward report seal 1'],
    owner: 'signer',
    releasedTo: 'nobody',
    kept: 'keystore',
    made: 'on the device, when the first seal is asked for',
    rotation: {
      never:
        'a seal must hold as long as the log does; whoever had the key could seal a false log, and change none that the services have seen',
    },
    destroyed: 'with the keystore',
  },
  {
    id: 'form',
    use: 'mac',
    purpose: 'binds a form to the session or to the sign-in page that it was made for',
    labels: ['hearthward form token 1'],
    owner: 'core',
    releasedTo: 'nobody',
    kept: 'nowhere: made from the session’s id when it is needed',
    made: 'with each session, from its id',
    rotation: { how: 'ends with its session', everyDays: 30, asked: 'by nobody' },
    destroyed: 'with its session',
  },
  {
    id: 'code',
    use: 'mac',
    algorithm: 'hmac-sha1',
    purpose: 'makes the one-time codes of a person’s authenticator app',
    labels: [],
    owner: 'core',
    releasedTo: 'the person’s app, once',
    kept: 'sealed store',
    made: 'for each person who sets up an app, 160 bits of the system’s generator',
    rotation: { how: 'the person removes the app and sets it up anew', asked: 'by its person alone' },
    destroyed: 'when the app is removed, with the account, and at a factory reset',
  },
  {
    id: 'recovery',
    use: 'mac',
    purpose: 'recognises the recovery codes of a person, none of which is kept',
    labels: [],
    owner: 'core',
    releasedTo: 'nobody',
    kept: 'sealed store',
    made: 'with each set of codes, 256 bits of the system’s generator',
    rotation: { how: 'new codes have a new one', asked: 'by its person alone' },
    destroyed: 'with its codes',
  },
  {
    id: 'account-code',
    use: 'digest',
    purpose: 'opens what the services have of a person, for who types it there; the device keeps what verifies it',
    labels: ['hearthward account 1'],
    owner: 'core',
    releasedTo: 'the person, once',
    kept: 'by the person; a SHA-256 of it in the sealed store and at the services',
    made: 'when a person asks for one, 180 bits of the system’s generator',
    rotation: { how: 'the person makes another one', asked: 'by its person alone' },
    destroyed: 'what verifies it goes when the person’s data is erased, with the account, and at a factory reset',
  },
  {
    id: 'sender',
    use: 'signature',
    algorithm: 'ed25519' satisfies AlgorithmId,
    purpose:
      'shows the party that a sealed item is for that all of one pseudonym comes from one sender; one for each pseudonym',
    labels: ['hearthward sealed 1'],
    owner: 'core',
    releasedTo: 'nobody',
    kept: 'sealed store',
    made: 'on the device, before the first sealed value under a pseudonym',
    rotation: { how: 'made anew with each pseudonym', asked: 'by its person alone' },
    destroyed: 'with its pseudonym: when it is replaced or erased, and at a factory reset',
  },
];
