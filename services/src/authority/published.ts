import { type Clock, DAY } from '../clock.ts';
import type { Query, Store } from '../store/open.ts';
import { type Authority, listLabel } from './authority.ts';
import { type Generation, labelOf } from './generations.ts';
import { type Ended, entriesOn, type Part, partOf, REASONS, type Reason } from './lists.ts';

/**
 * Lists of ended certificates as they are published: for each authority of devices the parts that its certificates name,
 * signed anew each day and where something was revoked, and those of the roots as their last ceremony left them. A list
 * of everything is there for certificates that name none, and is signed when somebody asks for it.
 */
export interface PublishedLists {
  /** DER of the list of `operational.1`, or of its part `operational.1.a7`; undefined where there is no such authority */
  readonly list: (label: string) => Promise<Uint8Array | undefined>;
  readonly refresh: () => Promise<void>;
}

/** whoever checks may keep one for so long: a week in which our site may be down */
const GOOD_FOR = 7 * DAY;
const SIGNED_EVERY = DAY;

/** undefined: all of an authority's */
type Wanted = Part | undefined;

export function openPublishedLists({ db, transaction }: Store, authority: Authority, clock: Clock): PublishedLists {
  const generations = () => [...authority.issuers('initial'), ...authority.issuers('operational')];
  let working = Promise.resolve<unknown>(undefined);

  /** One at a time, so that no number is given twice. */
  const upToDate = (generation: Generation, wanted: readonly Wanted[]): Promise<ReadonlyMap<Wanted, Uint8Array>> => {
    const next = working.then(() => current(generation, wanted));
    working = next.catch(() => undefined);
    return next;
  };

  async function current(generation: Generation, wanted: readonly Wanted[]): Promise<ReadonlyMap<Wanted, Uint8Array>> {
    const now = clock.now();
    const kept = await keptOf(db, generation, wanted);
    const fresh = (part: Wanted) => {
      const at = kept.get(part)?.this_update;
      return at !== undefined && now - at < SIGNED_EVERY && now >= at;
    };
    const since = Math.min(...wanted.map((part) => kept.get(part)?.this_update ?? now));
    const lacking = await lackingRevoked(db, labelOf(generation), since, kept);
    const due = wanted.filter((part) => !fresh(part) || lacking.has(part));
    const found = new Map(wanted.map((part) => [part, kept.get(part)?.list ?? new Uint8Array()]));
    if (due.length === 0) return found;
    const number = Math.max(0, ...[...kept.values()].map((each) => each.number)) + 1;
    const ended = await endedOf(db, labelOf(generation), now, due);
    const good = { thisUpdate: now, nextUpdate: now + GOOD_FOR };
    const contents = due.map((part) => ({ ...(part === undefined ? {} : { part }), ended: ended.get(part) ?? [] }));
    const signed = await authority.signLists(generation, number, contents, good);
    await transaction(async (tx) => {
      for (const [index, part] of due.entries()) {
        const list = signed[index]?.der ?? new Uint8Array();
        const row = {
          number,
          der: Buffer.from(list).toString('base64'),
          this_update: good.thisUpdate,
          next_update: good.nextUpdate,
        };
        await tx
          .insertInto('lists')
          .values({ issuer: listLabel(generation, part), ...row })
          .onConflict((conflict) => conflict.column('issuer').doUpdateSet(row))
          .execute();
        found.set(part, list);
      }
    });
    return found;
  }

  return {
    async list(label) {
      for (const generation of generations())
        for (const part of [undefined, ...authority.listParts])
          if (listLabel(generation, part) === label) return (await upToDate(generation, [part])).get(part);
      return authority.rootLists().find(([root]) => root === label)?.[1];
    },
    async refresh() {
      if (authority.listParts.length === 0) return;
      for (const generation of generations()) await upToDate(generation, authority.listParts);
    },
  };
}

interface KeptList {
  readonly number: number;
  readonly this_update: number;
  readonly list: Uint8Array;
}

async function keptOf(
  query: Query,
  generation: Generation,
  wanted: readonly Wanted[],
): Promise<ReadonlyMap<Wanted, KeptList>> {
  const parts = new Map(wanted.map((part) => [listLabel(generation, part), part]));
  const rows = await query
    .selectFrom('lists')
    .selectAll()
    .where('issuer', 'in', [...parts.keys()])
    .execute();
  return new Map(
    rows.map(({ issuer, number, this_update, der }) => [
      parts.get(issuer),
      { number, this_update, list: new Uint8Array(Buffer.from(der, 'base64')) },
    ]),
  );
}

/**
 * Lists that lack one that was revoked since they were signed; what was merely superseded waits for the daily list, our own
 * listeners refuse it anyway.
 */
async function lackingRevoked(
  query: Query,
  issuer: string,
  since: number,
  kept: ReadonlyMap<Wanted, KeptList>,
): Promise<ReadonlySet<Wanted>> {
  const rows = await query
    .selectFrom('certificates')
    .select(['serial'])
    .where('issuer', '=', issuer)
    .where('status', '=', 'revoked')
    .where('ended_at', '>=', since)
    .$if(kept.size === 1, (rowsOf) => rowsOf.where('serial', 'like', `%${[...kept.keys()][0] ?? ''}`))
    .execute();
  const lacking = new Set<Wanted>();
  const byPart = Map.groupBy(rows, ({ serial }) => partOf(serial));
  for (const [part, { list }] of kept) {
    const here = part === undefined ? rows : (byPart.get(part) ?? []);
    if (here.length === 0) continue;
    const listed = new Set(entriesOn(list).map(({ serial }) => serial));
    if (here.some(({ serial }) => !listed.has(serial))) lacking.add(part);
  }
  return lacking;
}

/** RFC 5280 3.3: one that has ended by its time leaves the list. */
async function endedOf(
  query: Query,
  issuer: string,
  now: number,
  wanted: readonly Wanted[],
): Promise<ReadonlyMap<Wanted, readonly Ended[]>> {
  const rows = await query
    .selectFrom('certificates')
    .select(['serial', 'status', 'ended_at', 'reason', 'not_before'])
    .where('issuer', '=', issuer)
    .where('status', '<>', 'live')
    .where('not_after', '>=', now)
    .$if(wanted.length === 1, (rowsOf) => rowsOf.where('serial', 'like', `%${wanted[0] ?? ''}`))
    .orderBy('serial')
    .execute();
  const ended = rows.map(({ serial, status, ended_at, reason, not_before }) => ({
    serial,
    at: ended_at ?? not_before,
    reason: status === 'superseded' ? ('superseded' as const) : reasonIn(reason),
  }));
  return new Map<Wanted, readonly Ended[]>([...Map.groupBy(ended, ({ serial }) => partOf(serial)), [undefined, ended]]);
}

const reasonIn = (text: string | null): Reason =>
  (Object.keys(REASONS) as Reason[]).find((reason) => reason === text) ?? 'out-of-service';
