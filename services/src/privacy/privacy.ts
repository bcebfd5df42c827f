import { join } from 'node:path';
import type { PrivacyNews, PrivacyWord } from '@hearthward/protocol';
import type { Declaration } from '@hearthward/product';
import type { Confirming } from '../authority/confirming.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../front/log.ts';
import type { FileStore, Store } from '../store/open.ts';
import { openConsents } from './consents.ts';
import { type ErasureAnswer, type ErasureCommand, openErasureCommands } from './erasure/commands.ts';
import type { KeptUp } from './erasure/keep.ts';
import { type Erasing, openErasing } from './erasure/open.ts';
import type { Begun, Consents, Vault, Word } from './seams.ts';
import { openVault } from './vault/vault.ts';

/**
 * What the services have of people: whose each pseudonym is and its key in the vault, what they decided, and what a device
 * says of them. Everything that reads or takes personal data comes through here.
 */
export interface Privacy {
  readonly vault: Vault;
  readonly consents: Consents;
  readonly erasing: Pick<Erasing, 'erasures' | 'backups' | 'news'>;
  /** what who runs the services asks */
  readonly command: (command: ErasureCommand) => Promise<ErasureAnswer>;
  /** goes on with what is under way, once devices can be told; stopped by what it answers */
  readonly keepUp: () => () => Promise<void>;
  /** A device's word, on its own connection; on the disk when it resolves, or refused. */
  readonly hear: (deviceId: string, word: PrivacyWord) => Promise<'stored' | WordRefusal>;
  /** what the device has not heard yet, oldest first */
  readonly newsFor: (deviceId: string) => Promise<readonly PrivacyNews[]>;
  readonly close: () => Promise<void>;
}
/** `word-untaken`: nothing here does what it asks; it is noted, and the device may ask again another time */
export type WordRefusal =
  | 'subject-foreign'
  | 'subject-ended'
  | 'subjects-too-many'
  | 'erasure-refused'
  | 'word-untaken';

export const PRIVACY_FOLDER = 'privacy';

export interface PrivacyWorld {
  readonly store: FileStore;
  readonly dataDir: string;
  readonly clock: Clock;
  /** folders of the vault's replicas */
  readonly replicas: readonly string[];
  readonly log: Log;
  readonly declarations: readonly Declaration[];
  readonly confirming: () => Promise<Confirming>;
  /** hands a message to the connection of a device; false where it has none */
  readonly send: (deviceId: string, topic: string, payload: string) => boolean;
}

/** @throws ServicesFault where the vault is gone, damaged, owned, sealed by another key, or a replica cannot be used */
export async function openPrivacy(world: PrivacyWorld): Promise<Privacy> {
  const { store, dataDir, clock, replicas } = world;
  const vault = openVault({ folder: join(dataDir, PRIVACY_FOLDER), replicas, clock });
  const consents = await openConsents(store, vault);
  const erasing = openErasing({
    ...world,
    folder: join(dataDir, PRIVACY_FOLDER),
    vault,
    rows: [{ remove: consents.forget }],
  });
  const { erasures, news } = erasing;
  let keptUp: KeptUp | undefined;
  const ears: Ears = {
    async subject(deviceId, { subject, items, account }) {
      const origin = { deviceId, epoch: await epochOf(store, deviceId), items };
      const begun = await vault.begin(subject, { ...origin, ...(account ? { account } : {}) });
      // a device that was away for long learns that somebody is no more
      if (begun === 'ended') await news.tell(deviceId, { kind: 'ended', subject });
      return BEGUN[begun];
    },
    async consent(deviceId, word) {
      const decided = await consents.decide(deviceId, word, clock.now());
      return decided === 'foreign' ? 'subject-foreign' : 'stored';
    },
    async erase(deviceId, { id, subjects, undoUntil }) {
      const now = clock.now();
      const order = { id, subjects, askedAt: now, undoUntil: Date.parse(undoUntil) };
      const told = await erasures.ask({ ...order, askedBy: { who: 'device', deviceId } });
      keptUp?.soon();
      if (told !== 'refused') return 'stored';
      // EN 303 645 5.11-1, G045 DS-1-5: whose it is, and whether there is anybody, is not told
      await news.tell(deviceId, { kind: 'erasure', id, subjects, state: 'refused', places: [], confirmations: [] });
      return 'erasure-refused';
    },
    async keep(deviceId, { id }) {
      const kept = await erasures.keep(id, { who: 'device', deviceId });
      keptUp?.soon();
      return kept === 'refused' ? 'erasure-refused' : 'stored';
    },
    async 'erased-here'(deviceId, word) {
      await erasures.erasedHere(deviceId, word);
      keptUp?.soon();
      return 'stored';
    },
    async heard(deviceId, { n }) {
      await news.heard(deviceId, n);
      return 'stored';
    },
  };

  return {
    vault,
    consents,
    hear: async (deviceId, word) => (await (ears[word.kind] as Ear | undefined)?.(deviceId, word)) ?? 'word-untaken',
    newsFor: async (deviceId) => (await news.waiting(deviceId)).map((each) => ({ v: 1, ...each })),
    erasing,
    command: openErasureCommands({ store, clock, vault, erasing, soon: () => keptUp?.soon() }),
    keepUp() {
      const begun = erasing.keepUp();
      keptUp = begun;
      return begun.stop;
    },
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
