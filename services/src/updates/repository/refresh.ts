import { Offers, releasePaths, rolesOf } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import { DAY, iso } from '../../clock.ts';
import { ServicesFault } from '../../faults.ts';
import type { Doc } from './metadata.ts';
import { type Next, publishDocs, release, signRollout, stamp } from './publish.ts';
import { ROLES } from './roles.ts';
import { hasRepository, lastUse, putOffers, type UpdateRoom } from './room.ts';
import { productsIn, readState, type State } from './state.ts';

/**
 * What the running services sign by themselves: timestamp, snapshot and the products' offers, before they end. The same
 * bytes under the next version; nothing that a device installs changes by it.
 */
export type Refreshed =
  | { readonly ok: true; readonly signed: readonly string[] }
  | { readonly ok: false; readonly code: 'clock-wrong' | 'root-ended'; readonly because: string };

/** Signs what is due. Called every hour; it does nothing most of the time. */
export function refresh(room: UpdateRoom): Refreshed {
  if (!hasRepository(room.folder)) return { ok: true, signed: [] };
  return room.exclusively(() => {
    room.files.recover();
    const state = readState(room.files);
    if (!state) return { ok: true, signed: [] };
    const now = room.clock.now();
    const wrong = whyNot(state, now, lastUse(room));
    if (wrong) return wrong;
    const due = dueOf(state, now);
    if (due.length === 0) return { ok: true, signed: [] };
    const next = nextOf(state);
    const why = 'signed anew before it ends';
    if (due.every((role) => role === 'timestamp'))
      return { ok: true, signed: publishDocs(room, [stamp(room, next, state.snapshot, why)]) };
    const rollouts = new Map(next.rollouts);
    for (const product of productsIn(state.targets).filter((each) => due.includes(rolesOf(each).rollout)))
      rollouts.set(rolesOf(product).rollout, signRollout(room, product, next, why));
    return { ok: true, signed: release(room, { ...next, rollouts }, [], why) };
  });
}

/** Roles that end within the time that is left for signing anew. */
export function dueOf({ snapshot, timestamp, targets, delegated }: State, now: number): readonly string[] {
  const endsWithin = (doc: Doc | undefined, days: number) =>
    doc === undefined || Date.parse(doc.metadata.signed.expires) - now <= days * DAY;
  const rollouts = productsIn(targets).map((product) => rolesOf(product).rollout);
  return [
    ...rollouts.filter((role) => endsWithin(delegated.get(role), ROLES.rollout.again)),
    ...(endsWithin(snapshot, ROLES.snapshot.again) ? ['snapshot'] : []),
    ...(endsWithin(timestamp, ROLES.timestamp.again) ? ['timestamp'] : []),
  ];
}

/**
 * Says which signed releases are offered to which part of a fleet. The online role can do no more than that: an offer of
 * a release that nobody signed is refused here as it would be on a device.
 * @throws ServicesFault `offers-refused`
 */
// EN 303 645 5.3-9, G045 PL-2-3: an offer names a release that the offline roles signed, with their number
export function publishOffers(
  room: UpdateRoom,
  offers: Offers,
  why: string,
  /** what each offer is held to; replaced by whoever plays a thief of the online keys */
  rule: (state: State, product: string, offer: Offers['offers'][number]) => void = mustBeReleased,
): Refreshed {
  return room.exclusively(() => {
    room.files.recover();
    const state = readState(room.files);
    if (!state || !productsIn(state.targets).includes(offers.product))
      throw new ServicesFault('offers-refused', `the repository has no product ${JSON.stringify(offers.product)}`);
    if (!Value.Check(Offers, offers)) throw new ServicesFault('offers-refused', 'these are no offers');
    for (const offer of offers.offers) rule(state, offers.product, offer);
    const wrong = whyNot(state, room.clock.now(), lastUse(room));
    if (wrong) return wrong;
    const next = nextOf(state);
    const made = signRollout(room, offers.product, next, why, putOffers(room, offers));
    const rollouts = new Map(next.rollouts).set(made.role, made);
    return { ok: true, signed: release(room, { ...next, rollouts }, [], why) };
  });
}

function mustBeReleased(state: State, product: string, { image, version, number }: Offers['offers'][number]): void {
  const { releases, security } = rolesOf(product);
  const paths = {
    [releases]: releasePaths(product, 'releases', version).image,
    [security]: releasePaths(product, 'security', version).image,
  };
  const found = Object.entries(paths).find(([, path]) => path === image);
  const target = found && state.delegated.get(found[0])?.metadata.signed.targets[image];
  const signedNumber = (target?.custom as { readonly number?: unknown } | undefined)?.number;
  if (signedNumber !== number)
    throw new ServicesFault('offers-refused', `nobody signed ${JSON.stringify(image)} as release ${number}`);
}

/** A clock that is wrong must not sign: what it dates years ahead would hold devices back for years. */
function whyNot({ root }: State, now: number, since: number): Refreshed | undefined {
  const { expires } = root.metadata.signed;
  if (now < since)
    return { ok: false, code: 'clock-wrong', because: `the clock says ${iso(now)}, the log of uses ${iso(since)}` };
  if (now > Date.parse(expires))
    return { ok: false, code: 'root-ended', because: `the root ended on ${expires}, and the clock says ${iso(now)}` };
  return undefined;
}

const nextOf = (state: State): Next => ({ ...state, rollouts: state.delegated });
