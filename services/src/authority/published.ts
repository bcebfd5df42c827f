import { type Clock, DAY } from '../clock.ts';
import type { Query, Store } from '../store/open.ts';
import type { Authority } from './authority.ts';
import { type Generation, labelOf } from './generations.ts';
import { type Ended, entriesOn, REASONS, type Reason } from './lists.ts';

/**
 * Lists of ended certificates as they are published: one for each authority of devices, signed anew each day and whenever
 * something ended, and those of the roots as their last ceremony left them.
 */
export interface PublishedLists {
  /** DER of the list of `operational.1`; undefined where there is no such authority */
  readonly list: (label: string) => Promise<Uint8Array | undefined>;
  readonly refresh: () => Promise<void>;
}

/** whoever checks may keep one for so long: a week in which our site may be down */
const GOOD_FOR = 7 * DAY;
const SIGNED_EVERY = DAY;

export function openPublishedLists({ db, transaction }: Store, authority: Authority, clock: Clock): PublishedLists {
  const generations = () => [...authority.issuers('initial'), ...authority.issuers('operational')];
  let working = Promise.resolve<unknown>(undefined);

  /** One at a time, so that no number is given twice. */
  const upToDate = (generation: Generation): Promise<Uint8Array> => {
    const next = working.then(() => current(generation));
    working = next.catch(() => undefined);
    return next;
  };

  async function current(generation: Generation): Promise<Uint8Array> {
    const issuer = labelOf(generation);
    const now = clock.now();
    const kept = await db.selectFrom('lists').selectAll().where('issuer', '=', issuer).executeTakeFirst();
    const fresh = kept && now - kept.this_update < SIGNED_EVERY && now >= kept.this_update;
    const known = kept && new Uint8Array(Buffer.from(kept.der, 'base64'));
    if (fresh && known && !(await lacksRevoked(db, issuer, kept.this_update, known))) return known;
    const ended = await endedOf(db, issuer, now);
    const good = { thisUpdate: now, nextUpdate: now + GOOD_FOR };
    const { der, number } = await authority.signList(generation, (kept?.number ?? 0) + 1, ended, good);
    const row = {
      number,
      der: Buffer.from(der).toString('base64'),
      this_update: good.thisUpdate,
      next_update: good.nextUpdate,
    };
    await transaction(async (tx) => {
      await tx
        .insertInto('lists')
        .values({ issuer, ...row })
        .onConflict((conflict) => conflict.column('issuer').doUpdateSet(row))
        .execute();
    });
    return der;
  }

  return {
    async list(label) {
      const generation = generations().find((each) => labelOf(each) === label);
      if (generation) return upToDate(generation);
      return authority.rootLists().find(([root]) => root === label)?.[1];
    },
    async refresh() {
      for (const generation of generations()) await upToDate(generation);
    },
  };
}

/** Revoked since it was signed; what was merely superseded waits for the daily list, our own listeners refuse it anyway. */
async function lacksRevoked(query: Query, issuer: string, since: number, list: Uint8Array): Promise<boolean> {
  const rows = await query
    .selectFrom('certificates')
    .select('serial')
    .where('issuer', '=', issuer)
    .where('status', '=', 'revoked')
    .where('ended_at', '>=', since)
    .execute();
  if (rows.length === 0) return false;
  const listed = new Set(entriesOn(list).map(({ serial }) => serial));
  return rows.some(({ serial }) => !listed.has(serial));
}

/** RFC 5280 3.3: one that has ended by its time leaves the list. */
async function endedOf(query: Query, issuer: string, now: number): Promise<readonly Ended[]> {
  const rows = await query
    .selectFrom('certificates')
    .select(['serial', 'status', 'ended_at', 'reason', 'not_before'])
    .where('issuer', '=', issuer)
    .where('status', '<>', 'live')
    .where('not_after', '>=', now)
    .orderBy('serial')
    .execute();
  return rows.map(({ serial, status, ended_at, reason, not_before }) => ({
    serial,
    at: ended_at ?? not_before,
    reason: status === 'superseded' ? 'superseded' : reasonIn(reason),
  }));
}

const reasonIn = (text: string | null): Reason =>
  (Object.keys(REASONS) as Reason[]).find((reason) => reason === text) ?? 'out-of-service';
