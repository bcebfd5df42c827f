import { join } from 'node:path';
import type { PrivacyNews, PrivacyWord, Subject } from '@hearthward/protocol';
import type { Declaration } from '@hearthward/product';
import type { Confirming } from '../authority/confirming.ts';
import type { Clock } from '../clock.ts';
import type { Log } from '../front/log.ts';
import type { Store } from '../store/open.ts';
import { followed, type Followers, openFollowers } from './account/followers.ts';
import { openConsents, withdrawalTold } from './consents.ts';
import { type ErasureAnswer, type ErasureCommand, openErasureCommands } from './erasure/commands.ts';
import type { KeptUp } from './erasure/keep.ts';
import { type Erasing, openErasing } from './erasure/open.ts';
import { erasuresNaming } from './erasure/rows.ts';
import { openPassing, type PassedOn, type PassSealed } from './passing.ts';
import { openPersonalData, type PersonalData } from './kept/kept.ts';
import { moveOldRows } from './kept/old-rows.ts';
import { openTurns } from './turns.ts';
import type { Begun, Consents, Vault, Word } from './seams.ts';
import { openVault } from './vault/vault.ts';

/**
 * What the services have of people: whose each pseudonym is and its key in the vault, what they decided, and what a device
 * says of them. Everything that reads or takes personal data comes through here.
 */
export interface Privacy {
  readonly vault: Vault;
  readonly consents: Consents;
  /** telemetry of people, sealed under the key of each */
  readonly data: PersonalData;
  readonly erasing: Pick<Erasing, 'erasures' | 'backups' | 'news'>;
  /** whose code still opens what became of an erasure */
  readonly followers: Followers;
  /** to a party, what devices have sealed to it */
  readonly pass: (command: PassSealed) => Promise<PassedOn>;
  /** what who runs the services asks */
  readonly command: (command: ErasureCommand) => Promise<ErasureAnswer>;
  /** goes on with what is under way, once devices can be told; stopped by what it answers */
  readonly keepUp: () => () => Promise<void>;
  /** A device's word, on its own connection; on the disk when it resolves, or refused. */
  readonly hear: (deviceId: string, word: PrivacyWord) => Promise<'stored' | WordRefusal>;
  /** resolves when the device's words that came before are heard; undefined where there are none */
  readonly settled: (deviceId: string) => Promise<unknown> | undefined;
  /** data came from this device under a pseudonym that takes none, and was dropped: it is asked to say its words again, once as long as the services run */
  readonly untaken: (deviceId: string, subject: Subject) => void;
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
  readonly store: Store;
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
  const kept = await store.db.selectFrom('partitions').select('id').limit(1).executeTakeFirst();
  const vault = openVault({ folder: join(dataDir, PRIVACY_FOLDER), replicas, clock, expected: kept !== undefined });
  try {
    return await openAround(world, vault);
  } catch (error) {
    await vault.close();
    throw error;
  }
}

async function openAround(world: PrivacyWorld, vault: Vault): Promise<Privacy> {
  const { store, clock, declarations, log } = world;
  const consents = await openConsents(store, vault);
  const data = openPersonalData({ store, vault, consents, clock, declarations });
  await moveOldRows({ store, vault, data, declarations, clock });
  const erasing = openErasing({
    ...world,
    folder: join(world.dataDir, PRIVACY_FOLDER),
    vault,
    rows: [{ remove: consents.forget }, { remove: data.remove }],
  });
  const { news } = erasing;
  await consents.recall(withdrawalTold({ vault, news }));
  const followers = openFollowers({ store, clock, vault, ofAccount: erasing.erasures.ofAccount });
  const erasures = followed(erasing.erasures, followers);
  let keptUp: KeptUp | undefined;
  const toldUntaken = new Set<string>();
  const turns = openTurns();
  const ears: Ears = {
    async subject(deviceId, { subject, items, account }) {
      const epoch = await epochOf(store, deviceId);
      const begun = await vault.begin(subject, { deviceId, epoch, items, ...(account ? { account } : {}) });
      // a device that was away for long learns that somebody is no more
      if (begun === 'ended') await tellEnded(deviceId, subject);
      if (begun === 'foreign' && (await isOfBefore(deviceId, subject)))
        await news.tell(deviceId, { kind: 'begin-anew', subject });
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

  /** The same people on the same device, which had to enrol once more: a key that was lost or copied ends nobody's home. */
  async function isOfBefore(deviceId: string, subject: Subject): Promise<boolean> {
    const known = vault.originOf(subject);
    return known?.deviceId === deviceId && known.epoch < (await epochOf(store, deviceId));
  }

  /** Whose it was, the vault has forgotten. Where an order names it, its devices are told, and no other that says it is theirs. */
  // EN 303 645 5.11-1, G045 DS-1-5: who has learnt of a pseudonym elsewhere learns nothing more of it here
  async function tellEnded(deviceId: string, subject: Subject): Promise<void> {
    const orders = await erasuresNaming(store.db, [subject]);
    const concerned = orders.flatMap(({ concerns }) =>
      concerns.devices.filter((each) => each.subjects.includes(subject)),
    );
    if (orders.length > 0 && !concerned.some((each) => each.deviceId === deviceId)) return;
    await news.tell(deviceId, { kind: 'ended', subject });
  }

  return {
    vault,
    consents,
    data,
    hear: (deviceId, word) =>
      turns.take(
        deviceId,
        async () => (await (ears[word.kind] as Ear | undefined)?.(deviceId, word)) ?? 'word-untaken',
      ),
    settled: turns.over,
    untaken(deviceId, subject) {
      const key = `${deviceId} ${subject}`;
      if (toldUntaken.has(key)) return;
      if (toldUntaken.size >= TOLD_KEPT) toldUntaken.clear();
      toldUntaken.add(key);
      // whether of somebody erased, of before, of another device or of nobody is told to whoever says whose it is, by a word
      news.tell(deviceId, { kind: 'tell-again' }).catch((error: unknown) => {
        toldUntaken.delete(key);
        log({ level: 'error', event: 'news-not-kept', detail: { deviceId }, error });
      });
    },
    newsFor: async (deviceId) => (await news.waiting(deviceId)).map((each) => ({ v: 1, ...each })),
    erasing: { ...erasing, erasures },
    followers,
    pass: openPassing({ store, clock, data, consents, declarations }),
    command: openErasureCommands({ store, clock, vault, erasing, declarations, soon: () => keptUp?.soon() }),
    keepUp() {
      const begun = erasing.keepUp();
      keptUp = begun;
      return begun.stop;
    },
    close: vault.close,
  };
}

/** so that a device that sends on does not fill its news */
const TOLD_KEPT = 10_000;

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
