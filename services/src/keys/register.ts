import type { AlgorithmId, KeyEntry } from '@hearthward/protocol';
import { LIFETIMES } from '../authority/lifetimes.ts';
import { ROTATED_EVERY } from '../bus/tickets.ts';
import { CONFIRMATIONS } from './confirmations.ts';
import { PEOPLE_KEYS } from './people.ts';

/** Every key that the manufacturer's services hold, each with one purpose; `docs/keys.md` shows it with the device's. */

export type ServiceKeyId =
  | 'root'
  | 'root-shares'
  | 'share-wrapping'
  | 'initial-authority'
  | 'operational-authority'
  | 'service-authority'
  | 'server'
  | 'confirmations'
  | RotatableSeal
  | 'operators'
  | 'update-online'
  | 'update-holder'
  | 'update-wrapping'
  | 'label-marks'
  | 'vault-wrapping'
  | 'vault-naming'
  | 'subject'
  | 'tickets'
  | 'site-tickets'
  | 'operator-password'
  | 'operator-browser'
  | 'operator-session'
  | 'account-session';
type RotatableSeal = 'authority-seal' | 'management-seal' | 'factory-seal' | 'update-seal' | 'privacy-seal';

const DAY = 24 * 3_600_000;
const days = (millis: number): number => millis / DAY;

const CEREMONY = 'a next generation vouched for by the one before; both live until the older ends (docs/ceremonies.md)';
const authority = (
  id: 'initial-authority' | 'operational-authority' | 'service-authority',
  purpose: string,
  lasts: number,
): KeyEntry<ServiceKeyId, ServiceOwner> => ({
  id,
  use: 'signature',
  purpose,
  labels: [],
  owner: 'authority',
  releasedTo: 'nobody',
  kept: 'authority/, sealed',
  made: 'at the first start, or in a ceremony that makes the next generation',
  rotation: { how: CEREMONY, everyDays: days(lasts), asked: 'in a ceremony' },
  destroyed: 'removed with its generation, once nothing of it is in use',
});
const seal = (
  id: RotatableSeal,
  what: string,
  folder: 'authority' | 'management' | 'factory' | 'updates/keys' | 'privacy',
  owner: ServiceOwner,
): KeyEntry<ServiceKeyId, ServiceOwner> => ({
  id,
  use: 'sealing',
  purpose: `seals ${what}`,
  labels: [`${folder}/*.key`],
  owner,
  releasedTo: 'nobody',
  kept: `${folder}/seal.key, a file that only the services’ user can read; keep it on another medium than backups of the folder`,
  made: 'at the first start, 256 bits of the system’s generator',
  rotation: {
    how: 'what it seals is sealed anew, file by file; until the last one both open',
    asked: 'by an operator alone',
  },
  destroyed: 'overwritten by its successor',
});

/** The room that makes it. */
export type ServiceOwner =
  | 'authority'
  | 'updates'
  | 'management'
  | 'factory'
  | 'privacy'
  | 'bus'
  | 'front'
  | 'operators';

// EN 303 645 5.4-1, 5.5-8, TS 103 645 4.5-2, G044 6.5.8, G045 CR-1-2, CR-1-3: one purpose for each key, and what becomes of it
export const SERVICE_KEYS: readonly KeyEntry<ServiceKeyId, ServiceOwner>[] = [
  {
    ...authority('service-authority', '', LIFETIMES.root),
    id: 'root',
    purpose: 'vouches for the authorities below it and for its successor, and says which of them have ended',
    kept: 'authority/, sealed; after the ceremony of shares nowhere but with their holders',
    destroyed: 'removed from the folder once its shares were tried; with the last shares for good',
  },
  {
    id: 'root-shares',
    use: 'sealing',
    purpose: 'seals the root’s key for its time offline',
    labels: ['root.* and its set of shares'],
    owner: 'authority',
    releasedTo: 'the holders, in shares of which several are needed (Shamir)',
    kept: 'nowhere whole',
    made: 'in the ceremony of shares, 256 bits of the system’s generator',
    rotation: { how: 'new shares after the next ceremony', asked: 'in a ceremony' },
    destroyed: 'wiped when the shares are written; when too few of them are left',
  },
  {
    id: 'share-wrapping',
    use: 'sealing',
    purpose: 'seals one holder’s share',
    labels: ['head of the share'],
    owner: 'authority',
    releasedTo: 'nobody',
    kept: 'nowhere: made from the holder’s passphrase (argon2id) when it is needed',
    made: 'from the passphrase and a salt of its own',
    rotation: { how: 'new shares have new salts and passphrases', asked: 'in a ceremony' },
    destroyed: 'wiped after use',
  },
  authority(
    'initial-authority',
    'vouches for identities given in the factory, and says which of them were taken back',
    LIFETIMES.initialAuthority,
  ),
  authority(
    'operational-authority',
    'vouches for devices in use, and says which of their certificates were taken back',
    LIFETIMES.operationalAuthority,
  ),
  authority('service-authority', 'vouches for the services’ own listeners', LIFETIMES.serviceAuthority),
  {
    id: 'server',
    use: 'signature',
    purpose: 'TLS server key of the services’ listeners',
    labels: [],
    owner: 'authority',
    releasedTo: 'the listeners',
    kept: 'authority/, sealed; in memory',
    made: 'at the first start, and with each certificate',
    rotation: {
      how: 'a new key and certificate; connections that stand go on',
      everyDays: days(LIFETIMES.server),
      asked: 'by an operator too',
    },
    destroyed: 'overwritten by its successor',
  },
  CONFIRMATIONS,
  seal('authority-seal', 'the keys of the authorities and of the listeners', 'authority', 'authority'),
  seal('management-seal', 'the operators’ key', 'management', 'management'),
  seal('factory-seal', 'the key of the label marks', 'factory', 'factory'),
  {
    id: 'operators',
    use: 'signature',
    algorithm: 'ed25519' satisfies AlgorithmId,
    purpose: 'signs what operators ask of a device',
    labels: ['hearthward management command 1'],
    owner: 'management',
    releasedTo: 'nobody',
    kept: 'management/, sealed; in memory',
    made: 'at the first start',
    rotation: {
      never: 'a device believes the one that its factory gave it; the owner keeps such commands off, and they expire',
    },
    destroyed: 'with the folder, when the last device made with it is out of use',
  },
  seal('update-seal', 'the online keys of updates', 'updates/keys', 'updates'),
  {
    id: 'update-online',
    use: 'signature',
    purpose: 'signs the metadata of updates that has to be fresh, one for each online role',
    labels: [],
    owner: 'updates',
    releasedTo: 'nobody',
    kept: 'updates/keys, sealed',
    made: 'when the role is set up; it signs nothing before a ceremony has put it into the root',
    rotation: { how: 'the next one is put into the root or the targets', asked: 'in a ceremony' },
    destroyed: 'not believed from the next root on',
  },
  {
    id: 'update-holder',
    use: 'signature',
    purpose: 'signs roots and releases of updates, one for each holder',
    labels: [],
    owner: 'updates',
    releasedTo: 'its holder',
    kept: 'a file of the holder, sealed, or the holder’s token',
    made: 'by the holder, before the ceremony that puts it into the root',
    rotation: { how: 'the next root names another', asked: 'in a ceremony' },
    destroyed: 'by its holder; not believed from the next root on',
  },
  {
    id: 'update-wrapping',
    use: 'sealing',
    purpose: 'seals one holder’s key of updates',
    labels: [],
    owner: 'updates',
    releasedTo: 'nobody',
    kept: 'nowhere: made from the holder’s passphrase (argon2id) when it is needed',
    made: 'from the passphrase and a salt of its own',
    rotation: { how: 'a new key file has a new one', asked: 'in a ceremony' },
    destroyed: 'wiped after use',
  },
  {
    id: 'label-marks',
    use: 'mac',
    purpose: 'marks label passwords, so that one that comes again is seen',
    labels: [],
    owner: 'factory',
    releasedTo: 'nobody',
    kept: 'factory/, sealed; in memory',
    made: 'at the first start, 256 bits of the system’s generator',
    rotation: { never: 'no label password is kept, so that no mark can be made anew; a mark opens nothing' },
    destroyed: 'with the marks, when the factory ends',
  },
  seal('privacy-seal', 'the two keys of the vault', 'privacy', 'privacy'),
  {
    id: 'vault-wrapping',
    use: 'sealing',
    purpose: 'seals the key of each pseudonym',
    labels: ['hearthward subject 1 *'],
    owner: 'privacy',
    releasedTo: 'nobody',
    kept: 'privacy/, sealed; in memory. No replica of the vault has it',
    made: 'with the vault, 256 bits of the system’s generator',
    rotation: { never: 'each pseudonym has a key of its own; the seal around this one is replaced instead' },
    destroyed: 'with the vault',
  },
  {
    id: 'vault-naming',
    use: 'mac',
    purpose: 'reckons the pseudonym of a device that names none',
    labels: [],
    owner: 'privacy',
    releasedTo: 'nobody',
    kept: 'privacy/, sealed; in memory',
    made: 'with the vault, 256 bits of the system’s generator',
    rotation: { never: 'a pseudonym that was ended has to be known again, so that nothing more is taken under it' },
    destroyed: 'with the vault',
  },
  {
    id: 'subject',
    use: 'sealing',
    purpose: 'seals what is kept of one pseudonym',
    labels: ['hearthward subject seal 1', 'hearthward subject mark 1'],
    owner: 'privacy',
    releasedTo: 'nobody',
    kept: 'the vault and its replicas, sealed; in memory while it is used',
    made: 'when a device names the pseudonym, 256 bits of the system’s generator',
    rotation: { never: 'another pseudonym has another key; what it sealed is kept as long as the notice says' },
    destroyed: 'overwritten where it lies, in the vault and every replica, when the person is erased',
  },
  {
    id: 'tickets',
    use: 'sealing',
    purpose: 'seals TLS session tickets of devices',
    labels: [],
    owner: 'bus',
    releasedTo: 'nobody',
    kept: 'memory',
    made: 'by the front-end, 256 bits of the system’s generator',
    rotation: {
      how: 'the newest seals, those before open what they sealed',
      everyDays: days(ROTATED_EVERY),
      asked: 'by nobody',
    },
    destroyed: 'wiped when the last of its tickets has ended',
  },
  {
    id: 'site-tickets',
    use: 'sealing',
    purpose: 'seals TLS session tickets of pages and of enrolment, one for each listener',
    labels: [],
    owner: 'front',
    releasedTo: 'nobody',
    kept: 'memory',
    made: 'by Node when the listener opens',
    rotation: { how: 'made anew', asked: 'at each start' },
    destroyed: 'with the process',
  },
  ...PEOPLE_KEYS,
];
