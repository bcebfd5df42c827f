import { memberOf, type Offers } from '@hearthward/protocol';
import type { Selectable } from 'kysely';
import { iso } from '../../clock.ts';
import type { Query } from '../../store/open.ts';
import type { RolloutTable } from '../../store/tables.ts';
import type { Rollout } from './decide.ts';
import type { RolloutPlan } from './plan.ts';

/** A rollout as it is kept, and what devices are offered because of it. */
export interface KeptRollout {
  readonly product: string;
  readonly version: string;
  readonly number: number;
  readonly image: string;
  readonly salt: string;
  readonly members: readonly string[];
  readonly plan: RolloutPlan;
  readonly state: Rollout;
  readonly begunBy: string;
  /** ISO 8601 */
  readonly begunAt: string;
}

/** Newest release first. */
export async function rolloutsOf(query: Query, product?: string): Promise<readonly KeptRollout[]> {
  const all = query.selectFrom('rollouts').selectAll();
  const rows = await (product === undefined ? all : all.where('product_id', '=', product))
    .orderBy('product_id')
    .orderBy('number', 'desc')
    .execute();
  return rows.map(keptIn);
}

export async function rolloutOf(query: Query, product: string, version: string): Promise<KeptRollout | undefined> {
  const row = await query
    .selectFrom('rollouts')
    .selectAll()
    .where('product_id', '=', product)
    .where('version', '=', version)
    .executeTakeFirst();
  return row && keptIn(row);
}

export async function insertRollout(query: Query, kept: Omit<KeptRollout, 'begunAt'>, now: number): Promise<void> {
  await query
    .insertInto('rollouts')
    .values({
      product_id: kept.product,
      version: kept.version,
      number: kept.number,
      image: kept.image,
      salt: kept.salt,
      members: JSON.stringify(kept.members),
      plan: JSON.stringify(kept.plan),
      state: JSON.stringify(kept.state),
      begun_by: kept.begunBy,
      begun_at: now,
    })
    .execute();
}

export async function keepState(query: Query, { product, version }: KeptRollout, state: Rollout): Promise<void> {
  await query
    .updateTable('rollouts')
    .set({ state: JSON.stringify(state) })
    .where('product_id', '=', product)
    .where('version', '=', version)
    .execute();
}

/** What nobody but this room writes. */
const keptIn = (row: Selectable<RolloutTable>): KeptRollout => ({
  product: row.product_id,
  version: row.version,
  number: Number(row.number),
  image: row.image,
  salt: row.salt,
  // no boundary: rows of our own store
  members: JSON.parse(row.members) as string[],
  // no boundary: as above
  plan: JSON.parse(row.plan) as RolloutPlan,
  // no boundary: as above
  state: JSON.parse(row.state) as Rollout,
  begunBy: row.begun_by,
  begunAt: iso(Number(row.begun_at)),
});

/** As many as an `Offers` holds; what is older than these, no device is offered. */
const OFFERS_MOST = 32;

/** A function of what is kept alone: whoever publishes it twice, or after a crash, publishes the same. */
// EN 303 645 5.3-2, G044 6.3.2: a halted release stays in the list, as halted, so that devices let go of it
export const offersFor = (product: string, rollouts: readonly KeptRollout[]): Offers => ({
  v: 1,
  product,
  offers: [...rollouts]
    .sort((a, b) => b.number - a.number)
    .filter(({ state }) => state.phase !== 'planned')
    .slice(0, OFFERS_MOST)
    .map(({ version, number, image, salt, members, plan, state }) => ({
      version,
      number,
      image,
      state: state.phase === 'halted' ? 'halted' : 'offered',
      salt,
      below: plan.stages[state.stage]?.below ?? 0,
      members: [...members],
      jitterSeconds: plan.jitterSeconds,
    })),
});

export const membersIn = (salt: string, devices: readonly string[]): readonly string[] =>
  devices.map((deviceId) => memberOf(salt, deviceId));
