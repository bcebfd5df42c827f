import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Offers, releasePaths, rolesOf } from '@hearthward/protocol';
import { type Clock, iso, MINUTE } from '../../clock.ts';
import { ServicesFault } from '../../faults.ts';
import type { Log } from '../../front/log.ts';
import { audit } from '../../operators/audit.ts';
import type { Query, Store } from '../../store/open.ts';
import { kindFolder } from '../release/folder.ts';
import { releasesIn } from '../release/propose.ts';
import { publishOffers } from '../repository/refresh.ts';
import { hasRepository, openUpdateRoom } from '../repository/room.ts';
import { productsIn, readState, type State } from '../repository/state.ts';
import { offersOf } from '../repository/status.ts';
import { decideRollout, PLANNED, type Rollout, type RolloutEvent } from './decide.ts';
import type { Hints } from './hints.ts';
import { readPlan } from './plan.ts';
import { entryOf, recordOf } from './record.ts';
import { insertRollout, keepState, type KeptRollout, membersIn, offersFor, rolloutOf, rolloutsOf } from './rows.ts';
import { type RolloutStatus, statusOf } from './status.ts';
import { countsOf } from './words.ts';

/**
 * Carries releases through fleets. What was decided is in the store, with who or what decided it, before the offer that
 * follows is signed; each tick compares what is offered with what should be, so that a crash in between costs a minute.
 */
export interface Rollouts {
  readonly begin: (asked: Beginning) => Promise<Decided>;
  readonly decide: (asked: Asked) => Promise<Decided>;
  readonly list: (product?: string) => Promise<readonly RolloutStatus[]>;
  /** counts, decides, and publishes what is not published yet */
  readonly tick: () => Promise<void>;
}
export interface Named {
  readonly product: string;
  readonly version: string;
  readonly who: string;
  readonly why: string;
}
export interface Beginning extends Named {
  /** hostile; see plan.ts */
  readonly plan: unknown;
  /** ids of devices that are offered it from the first stage on */
  readonly testers: readonly string[];
}
export interface Asked extends Named {
  readonly act: 'halt' | 'approve' | 'resume';
}
export type Decided =
  /** `unsigned`: why devices are not told yet; it is tried again each minute */
  | { readonly ok: true; readonly rollout: RolloutStatus; readonly unsigned?: string }
  | { readonly ok: false; readonly code: RolloutRefusal; readonly because: string };
export type RolloutRefusal =
  | 'plan-refused'
  | 'release-unknown'
  | 'tester-unknown'
  | 'rollout-there'
  | 'rollout-unknown'
  | 'no-reason'
  | 'not-waiting'
  | 'not-halted'
  | 'halted-already'
  | 'second-person'
  | 'still-failing';

/** After a start every device has twice its longest wait (15 minutes) to come back before it counts as silent. */
export const GRACE = 30 * MINUTE;

export function openRollouts(parts: {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** of updates */
  readonly folder: string;
  readonly hints: Pick<Hints, 'tell'>;
}): Rollouts {
  const { store, clock, log, folder, hints } = parts;
  const openedAt = clock.now();
  // one at a time: what is published is what was decided last
  let last: Promise<unknown> = Promise.resolve();
  const oneByOne = <T>(task: () => Promise<T>): Promise<T> => {
    const done = last.then(task);
    last = done.catch(() => undefined);
    return done;
  };

  const counts = (query: Query, kept: KeptRollout) => {
    const now = clock.now();
    return countsOf(query, kept, now - openedAt < GRACE ? undefined : now - kept.plan.silenceSeconds * 1000);
  };
  const statusIn = async (kept: KeptRollout): Promise<RolloutStatus> =>
    statusOf(kept, await counts(store.db, kept), clock.now());

  async function begin({ product, version, who, why, plan: hostile, testers }: Beginning): Promise<Decided> {
    const read = readPlan(hostile);
    if (!read.ok) return refuse('plan-refused', read.lines.join('; '));
    if (why.trim().length < SHORTEST_REASON) return NO_REASON;
    const release = releasesIn(published(), product).find((each) => each.version === version);
    if (!release) return refuse('release-unknown', `${product} ${version} is not published`);
    // no key: draws the fleet's order for this release, and is published with the offer
    const salt = randomBytes(16).toString('hex');
    const { number } = release;
    const image = releasePaths(product, kindFolder(release), version).image;
    const { plan } = read;
    const members = membersIn(salt, testers);
    const fresh = { product, version, number, image, salt, members, plan, state: PLANNED, begunBy: who };
    const now = clock.now();
    const refused = await store.transaction(async (tx) => {
      if (await rolloutOf(tx, product, version))
        return refuse('rollout-there', `${product} ${version} is rolled out already`);
      const unknown = await unknownAmong(tx, product, testers);
      if (unknown !== undefined) return refuse('tester-unknown', `${product} has no device ${unknown}`);
      await insertRollout(tx, fresh, now);
      await audit(tx, now, entryOf(fresh, who, 'rollout-begun', { why: why.trim(), salt }));
      await apply(tx, { ...fresh, begunAt: iso(now) }, { kind: 'start' }, who);
      return undefined;
    });
    return refused ?? done(product, version, `${version}: ${why}`);
  }

  async function decide({ product, version, who, why, act }: Asked): Promise<Decided> {
    if (why.trim().length < SHORTEST_REASON) return NO_REASON;
    const refused = await store.transaction(async (tx) => {
      const kept = await rolloutOf(tx, product, version);
      if (!kept) return refuse('rollout-unknown', `${product} ${version} is not rolled out`);
      const because = whyNot(kept, act, who);
      if (because) return because;
      const event: RolloutEvent =
        act === 'halt'
          ? { kind: 'halt', by: who }
          : act === 'approve'
            ? { kind: 'approve' }
            : { kind: 'resume', byModel: await counts(tx, kept) };
      const after = await apply(tx, kept, event, who, why.trim());
      const stuck = act === 'resume' && after.phase === 'halted';
      return stuck ? refuse('still-failing', `${version} still fails on too many devices`) : undefined;
    });
    return refused ?? done(product, version, `${version}: ${act}, ${why}`);
  }

  /** Decides, and keeps the outcome with its record; nothing has left yet. */
  async function apply(tx: Query, kept: KeptRollout, event: RolloutEvent, who: string, why?: string): Promise<Rollout> {
    const now = clock.now();
    const { state, effects } = decideRollout(kept.plan, kept.state, event, now);
    if (state !== kept.state) await keepState(tx, kept, state);
    for (const effect of effects) {
      const said = recordOf(kept, state, event, effect, who);
      if (said) await audit(tx, now, { ...said, detail: { ...said.detail, ...(why ? { why } : {}) } });
    }
    return state;
  }

  async function done(product: string, version: string, why: string): Promise<Decided> {
    const unsigned = await publish(product, why);
    const kept = await rolloutOf(store.db, product, version);
    if (!kept) throw new ServicesFault('data-damaged', `the rollout of ${product} ${version} is gone`);
    return { ok: true, rollout: await statusIn(kept), ...(unsigned === undefined ? {} : { unsigned }) };
  }

  /** What is offered becomes what should be; answers why not. */
  async function publish(product: string, why: string): Promise<string | undefined> {
    const wanted = offersFor(product, await rolloutsOf(store.db, product));
    try {
      const room = openUpdateRoom(folder, clock);
      const before = publishedOffers(published(), product);
      if (isDeepStrictEqual(before, wanted.offers)) return undefined;
      const signed = publishOffers(room, wanted, `rollout, ${why}`.slice(0, 300));
      if (!signed.ok) throw new ServicesFault('offers-refused', signed.because);
      hints.tell(
        product,
        wanted.offers.filter((offer) => !before.some((each) => isDeepStrictEqual(each, offer))),
      );
      log({ level: 'info', event: 'offers-signed', detail: { product, offers: wanted.offers.length } });
      return undefined;
    } catch (error) {
      log({ level: 'error', event: 'offers-not-signed', detail: { product }, error });
      return error instanceof Error ? error.message : 'unknown';
    }
  }

  const publishedOffers = (state: State, product: string): Offers['offers'] =>
    offersOf(openUpdateRoom(folder, clock).files, state.delegated.get(rolesOf(product).rollout), product);

  function published(): State {
    const state = hasRepository(folder) ? readState(openUpdateRoom(folder, clock).files) : undefined;
    if (!state) throw new ServicesFault('offers-refused', 'there is no update repository yet');
    return state;
  }

  async function tick(): Promise<void> {
    const all = await rolloutsOf(store.db);
    const products = new Set(all.map(({ product }) => product));
    for (const kept of all.filter(({ state }) => state.phase !== 'halted')) await count(kept);
    const known = products.size > 0 && hasRepository(folder) ? productsIn(published().targets) : [];
    for (const product of known) if (products.has(product)) await publish(product, 'counted');
  }

  async function count({ product, version }: KeptRollout): Promise<void> {
    await store.transaction(async (tx) => {
      const kept = await rolloutOf(tx, product, version);
      if (kept) await apply(tx, kept, { kind: 'counted', byModel: await counts(tx, kept) }, 'services');
    });
  }

  return {
    begin: (asked) => oneByOne(() => begin(asked)),
    decide: (asked) => oneByOne(() => decide(asked)),
    tick: () => oneByOne(tick),
    list: async (product) => Promise.all((await rolloutsOf(store.db, product)).map(statusIn)),
  };
}

/** A sentence that somebody who reads the record later can make something of. */
const SHORTEST_REASON = 10;
const refuse = (code: RolloutRefusal, because: string) => ({ ok: false, code, because }) as const;
const NO_REASON = refuse('no-reason', 'a reason of at least ten letters is needed');

const whyNot = ({ state, begunBy, version }: KeptRollout, act: Asked['act'], who: string) => {
  if (act === 'halt')
    return state.phase === 'halted' ? refuse('halted-already', `${version} is halted already`) : undefined;
  if (act === 'resume') return state.phase === 'halted' ? undefined : refuse('not-halted', `${version} is not halted`);
  if (state.phase !== 'awaiting-approval') return refuse('not-waiting', `${version} waits for nobody`);
  // G045 PL-2-1: where the plan asks for a person, it is one who did not begin the rollout
  const isSame = who.trim().toLowerCase() === begunBy.trim().toLowerCase();
  return state.why?.because === 'planned' && isSame
    ? refuse('second-person', `${who} began it: somebody else approves`)
    : undefined;
};

async function unknownAmong(tx: Query, product: string, testers: readonly string[]): Promise<string | undefined> {
  if (testers.length === 0) return undefined;
  const rows = await tx
    .selectFrom('devices')
    .select('device_id')
    .where('product_id', '=', product)
    .where('device_id', 'in', testers)
    .execute();
  const known = new Set(rows.map(({ device_id }) => device_id));
  return testers.find((each) => !known.has(each));
}
