import type { PlaceReport, Subject } from '@hearthward/protocol';
import { ServicesFault } from '../../faults.ts';
import { partedAt } from '../../registry/enrolments.ts';
import type { Store } from '../../store/open.ts';
import type { ErasureOrder, News, Vault } from '../seams.ts';
import { KEYS, type PlaceState, type Said, SERVICES } from './decide.ts';
import { type Concerned, holdsOn } from './rows.ts';

/**
 * Where personal data may be, and how each place erases it. A place is asked again until it has settled, so each can be asked
 * twice; what it says is what stands on the disk, or was answered.
 */
export interface Asked {
  readonly order: ErasureOrder;
  readonly concerns: Concerned;
  /** what every place has said so far */
  readonly places: readonly PlaceState[];
  readonly now: number;
}
export type Asking = (asked: Asked) => Promise<Said>;

/** What the services have of people; rows go at leisure, since nobody can read them any more. */
export interface PersonalRows {
  /** every row of these; can be done again */
  readonly remove: (subjects: readonly Subject[]) => Promise<unknown>;
}

/** Keys and links, here and in every replica: cost and time do not depend on how much there is. */
// EN 303 645 5.11-2, G044 6.11.2, G045 DS-4-1: unreadable everywhere at once, in backups too
export const askKeys =
  ({ store, vault }: { readonly store: Store; readonly vault: Pick<Vault, 'end'> }): Asking =>
  async ({ order, now }) => {
    const held = await holdsOn(store.db, order.subjects, now);
    const free = order.subjects.filter((subject) => !held.some((each) => each.subject === subject));
    if (free.length > 0) await vault.end(free, order.id);
    const [longest] = held;
    return longest
      ? { state: 'held', at: now, until: Number(longest.until), because: heldBecause(longest.law, held.length, order) }
      : { state: 'erased', at: now };
  };

const heldBecause = (law: string, held: number, { subjects }: ErasureOrder): string =>
  held === subjects.length ? law : `${held} of ${subjects.length}: ${law}`;

/** Rows of the store, then what deleted rows leave in its files: it has erased when both are done. */
export const askServices =
  ({ store, rows }: { readonly store: Store; readonly rows: readonly PersonalRows[] }): Asking =>
  async ({ order, places, now }) => {
    const held = await holdsOn(store.db, order.subjects, now);
    const free = order.subjects.filter((subject) => !held.some((each) => each.subject === subject));
    if (free.length > 0) {
      for (const each of rows) await each.remove(free);
      const left = await store.scrub();
      if (left === 'later')
        return { state: 'waiting', at: now, because: 'deleted; the files of the store are rewritten soon' };
    }
    return likeKeys(places, now) ?? { state: 'erased', at: now };
  };

/** Backups that were made while the rows were there: nobody can read them, and the last one has its end. */
export const askBackups =
  ({ store }: { readonly store: Store }): Asking =>
  async ({ places, now }) => {
    const rowsGone = places.find(({ place }) => place === SERVICES)?.at ?? now;
    const there = await store.db
      .selectFrom('backups')
      .select('until')
      .where('made_at', '<=', rowsGone)
      .where('removed_at', 'is', null)
      .orderBy('until', 'desc')
      .execute();
    const held = likeKeys(places, now);
    if (held) return held;
    const [last] = there;
    if (!last) return { state: 'erased', at: now };
    const until = Number(last.until);
    const because = until <= now ? { because: 'past its end and not removed yet' } : {};
    return { state: 'unreadable', at: now, until, ...because };
  };

/** What holds the keys holds what they open. */
function likeKeys(places: readonly PlaceState[], now: number): Said | undefined {
  const keys = places.find(({ place }) => place === KEYS);
  if (keys?.state !== 'held') return undefined;
  return {
    state: 'held',
    at: now,
    ...(keys.until === undefined ? {} : { until: keys.until }),
    ...(keys.because === undefined ? {} : { because: keys.because }),
  };
}

/**
 * A device is told, and waited for; its answer comes as a word of its own (`erased-here`). One that was reset has said so
 * already, and who has it now is asked nothing: it may be nobody for ever.
 */
export const askDevice =
  (
    { news, store }: { readonly news: Pick<News, 'tell' | 'waiting'>; readonly store: Store },
    deviceId: string,
  ): Asking =>
  async ({ order, concerns, places, now }) => {
    const { subjects = [], epoch } = concerns.devices.find((each) => each.deviceId === deviceId) ?? {};
    const parted = epoch === undefined ? undefined : await partedAt(store.db, deviceId, epoch);
    // EN 303 645 5.11-1, 5.11-4: by its own word, said when everything was gone
    if (parted !== undefined) return { state: 'erased', at: Math.min(parted, now) };
    const waiting = await news.waiting(deviceId);
    const isTold = waiting.some(({ news: each }) => each.kind === 'erase' && each.id === order.id);
    if (!isTold) await news.tell(deviceId, { kind: 'erase', id: order.id, subjects: [...subjects] });
    // what it said stands until it says something else: it tries again when it hears of it, and by itself
    const failed = places.find(({ place, state }) => place === `device:${deviceId}` && state === 'failed');
    if (failed?.because !== undefined) return { state: 'failed', at: now, because: failed.because };
    return {
      state: 'waiting',
      at: now,
      because: isTold ? 'it has not been connected since it was told' : 'it was told',
    };
  };

/** In a few words, without a path or a value: what a place could not do. */
export const failureOf = (error: unknown): string =>
  error instanceof ServicesFault ? error.code : 'a fault of ours; the log has it';

export const isDevice = (place: PlaceReport['place']): string | undefined => rest(place, 'device:');
export const isParty = (place: PlaceReport['place']): string | undefined => rest(place, 'party:');
const rest = (place: string, prefix: string): string | undefined =>
  place.startsWith(prefix) ? place.slice(prefix.length) : undefined;
