import { join } from 'node:path';
import type { PrivacyNews, PrivacyWord } from '@hearthward/protocol';
import type { Clock } from '../clock.ts';
import type { Store } from '../store/open.ts';
import { openConsents } from './consents.ts';
import type { Begun, Consents, Vault, Word } from './seams.ts';
import { openVault } from './vault/vault.ts';

/**
 * What the services have of people: whose each pseudonym is and its key in the vault, what they decided, and what a device
 * says of them. Everything that reads or takes personal data comes through here.
 */
export interface Privacy {
  readonly vault: Vault;
  readonly consents: Consents;
  /** A device's word, on its own connection; on the disk when it resolves, or refused. */
  readonly hear: (deviceId: string, word: PrivacyWord) => Promise<'stored' | WordRefusal>;
  /** what the device has not heard yet, oldest first */
  readonly newsFor: (deviceId: string) => Promise<readonly PrivacyNews[]>;
  readonly close: () => Promise<void>;
}
/** `word-untaken`: nothing here does what it asks; it is noted, and the device may ask again another time */
export type WordRefusal = 'subject-foreign' | 'subject-ended' | 'subjects-too-many' | 'word-untaken';

export const PRIVACY_FOLDER = 'privacy';

export interface PrivacyWorld {
  readonly store: Store;
  readonly dataDir: string;
  readonly clock: Clock;
  /** folders of the vault's replicas */
  readonly replicas: readonly string[];
}

/** @throws ServicesFault where the vault is gone, damaged, owned, sealed by another key, or a replica cannot be used */
export async function openPrivacy({ store, dataDir, clock, replicas }: PrivacyWorld): Promise<Privacy> {
  const vault = openVault({ folder: join(dataDir, PRIVACY_FOLDER), replicas, clock });
  const consents = await openConsents(store, vault);
  const ears: Ears = {
    async subject(deviceId, { subject, items, account }) {
      const origin = { deviceId, epoch: await epochOf(store, deviceId), items };
      return BEGUN[await vault.begin(subject, { ...origin, ...(account ? { account } : {}) })];
    },
    async consent(deviceId, word) {
      const decided = await consents.decide(deviceId, word, clock.now());
      return decided === 'foreign' ? 'subject-foreign' : 'stored';
    },
  };
  return {
    vault,
    consents,
    hear: async (deviceId, word) => (await (ears[word.kind] as Ear | undefined)?.(deviceId, word)) ?? 'word-untaken',
    newsFor: async () => [],
    close: vault.close,
  };
}

/** What is done at a word, by its kind. */
type Ears = {
  readonly [Kind in PrivacyWord['kind']]?: (deviceId: string, word: Word<Kind>) => Promise<'stored' | WordRefusal>;
};
type Ear = (deviceId: string, word: PrivacyWord) => Promise<'stored' | WordRefusal>;

const BEGUN: Readonly<Record<Begun, 'stored' | WordRefusal>> = {
  begun: 'stored',
  known: 'stored',
  ended: 'subject-ended',
  foreign: 'subject-foreign',
  'too-many': 'subjects-too-many',
};

const epochOf = async ({ db }: Store, deviceId: string): Promise<number> => {
  const row = db.selectFrom('devices').select('epoch').where('device_id', '=', deviceId);
  return Number((await row.executeTakeFirstOrThrow()).epoch);
};
