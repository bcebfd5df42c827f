import type { Confirmation, PlaceReport } from '@hearthward/protocol';
import { HOUR, MINUTE, type Millis } from '../../clock.ts';
import type { ErasureOrder, ErasureProgress } from '../seams.ts';

/**
 * How far the erasure of one order has come. The person can take it back for a while; then the keys go, then every other
 * place is asked until it has said what became of it. A confirmation follows from what places said, and from nothing else:
 * whatever the order of answers, failures, repeats and crashes, none is signed while a place has not settled.
 */
export interface Erasure {
  readonly order: ErasureOrder;
  /** `erased`, `expired`: the confirmation of that name is signed and kept */
  readonly phase: 'undo' | 'kept' | 'under-way' | 'erased' | 'expired';
  readonly places: readonly PlaceState[];
  readonly confirmations: readonly Confirmation[];
  /** rises with everything that a person may see; `told`: the last that devices were told of */
  readonly version: number;
  readonly told: number;
  /** an erasure that was taken back is over once its people are no longer blocked */
  readonly freed: boolean;
}

/** What a place said last, and when it is asked again. Times in milliseconds. */
export interface PlaceState {
  readonly place: PlaceReport['place'];
  readonly state: PlaceReport['state'];
  readonly at: Millis;
  readonly until?: Millis;
  readonly because?: string;
  readonly tries: number;
  readonly next: Millis;
  /** when it has said that it is erased at the latest, as it is declared; absent where nothing is */
  readonly due?: Millis;
  /** it had not by then */
  readonly late?: true;
}
/** What a place says of itself. */
export type Said = Pick<PlaceState, 'state' | 'at' | 'until' | 'because'>;

export type ErasureEvent =
  | { readonly kind: 'due' }
  | { readonly kind: 'keep' }
  | { readonly kind: 'freed' }
  | { readonly kind: 'said'; readonly place: PlaceReport['place']; readonly said: Said }
  /** a legal hold ended before its time, or an answer was recorded: whoever has not erased is asked now */
  | { readonly kind: 'asks-again' }
  | { readonly kind: 'told'; readonly version: number }
  | { readonly kind: 'signed'; readonly as: 'erased' | 'expired'; readonly confirmation: Confirmation };

/** Each may be carried out again: whoever crashed before or after one is asked for it again at the next `due`. */
export type ErasureEffect =
  | { readonly kind: 'block' }
  | { readonly kind: 'free' }
  | { readonly kind: 'try'; readonly place: PlaceReport['place'] }
  | { readonly kind: 'sign'; readonly as: 'erased' | 'expired' }
  | { readonly kind: 'tell'; readonly version: number }
  | { readonly kind: 'too-late' };

export interface Decided {
  readonly state: Erasure;
  readonly effects: readonly ErasureEffect[];
}

/** The keys first: from then on nobody can read anything, whatever the other places take. */
export const KEYS = 'keys';
export const SERVICES = 'services';
export const BACKUPS = 'backups';

/** Beside the services themselves; `within`: how long it has, from the moment at which it can no longer be taken back. */
export interface OtherPlace {
  readonly place: PlaceReport['place'];
  readonly within?: Millis;
}
const OWN: readonly OtherPlace[] = [{ place: KEYS }, { place: SERVICES }, { place: BACKUPS }];

export function beginErasure(order: ErasureOrder, others: readonly OtherPlace[], now: Millis): Decided {
  const places = [...OWN, ...others].map(({ place, within }): PlaceState => ({
    place,
    state: 'waiting',
    at: now,
    tries: 0,
    next: now,
    ...(within === undefined ? {} : { due: order.undoUntil + within }),
  }));
  const state = { order, phase: 'undo', places, confirmations: [], version: 1, told: 0, freed: false } as const;
  return { state, effects: [{ kind: 'block' }] };
}

export function decideErasure(before: Erasure, event: ErasureEvent, now: Millis): Decided {
  switch (event.kind) {
    case 'due':
      return due(before, now);
    case 'keep':
      return keep(before, now);
    case 'freed':
      return still(before.phase === 'kept' ? { ...before, freed: true } : before);
    case 'said':
      return still(said(before, event.place, event.said));
    case 'asks-again':
      return still(asksAgain(before, now));
    case 'told':
      return still({ ...before, told: Math.max(before.told, Math.min(event.version, before.version)) });
    case 'signed':
      return still(signed(before, event.as, event.confirmation));
  }
}

/** When there is something to do at the earliest; undefined where it is over. */
export function dueAt(state: Erasure): Millis | undefined {
  if (state.told < state.version) return 0;
  switch (state.phase) {
    case 'undo':
      return state.order.undoUntil;
    case 'kept':
      return state.freed ? undefined : 0;
    case 'under-way':
    case 'erased':
      return signable(state)
        ? 0
        : Math.min(
            ...state.places.filter((each) => mayBeTried(state, each)).map(({ next }) => next),
            ...state.places.filter(mayBecomeLate).map(({ due: at = Infinity }) => at),
          );
    case 'expired':
      return undefined;
  }
}

/** As people, devices and confirmations see it. */
export const progressOf = ({ order, phase, places, confirmations }: Erasure): ErasureProgress => ({
  ...order,
  state: phase === 'expired' ? 'erased' : phase,
  places: places.map(reportOf),
  // EN 303 645 5.11-4: who waits for somebody is told that they have had their time
  late: places.flatMap((each) =>
    each.late && each.due !== undefined && !isSettled(each) ? [{ place: each.place, since: each.due }] : [],
  ),
  confirmations,
});

export const reportOf = ({ place, state, at, until, because }: PlaceState): PlaceReport => ({
  place,
  state,
  at: new Date(at).toISOString(),
  ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
  ...(because === undefined ? {} : { because }),
});

const still = (state: Erasure): Decided => ({ state, effects: [] });

function due(before: Erasure, now: Millis): Decided {
  const state =
    before.phase === 'undo' && now >= before.order.undoUntil ? changed(before, { phase: 'under-way' }) : before;
  const telling: readonly ErasureEffect[] =
    state.told < state.version ? [{ kind: 'tell', version: state.version }] : [];
  switch (state.phase) {
    case 'undo':
      return { state, effects: [{ kind: 'block' }, ...telling] };
    case 'kept':
      return { state, effects: [...(state.freed ? [] : [{ kind: 'free' } as const]), ...telling] };
    case 'under-way':
    case 'erased': {
      const as = signable(state);
      if (as) return { state, effects: [{ kind: 'sign', as }, ...telling] };
      const tried = state.places.filter((each) => mayBeTried(state, each) && each.next <= now);
      const late = state.places.filter((each) => mayBecomeLate(each) && (each.due ?? Infinity) <= now);
      const places = state.places.map((each): PlaceState => ({
        ...each,
        ...(tried.includes(each) ? { tries: each.tries + 1, next: now + waitAfter(each.tries + 1) } : {}),
        ...(late.includes(each) ? { late: true } : {}),
      }));
      return {
        state: late.length > 0 ? changed(state, { places }) : { ...state, places },
        effects: [...tried.map(({ place }) => ({ kind: 'try', place }) as const), ...telling],
      };
    }
    case 'expired':
      return { state, effects: telling };
  }
}

// EN 303 645 5.11-3: what a person takes back in time stays; a moment later nothing could bring it back, and it is said so
function keep(state: Erasure, now: Millis): Decided {
  if (state.phase === 'kept') return still(state);
  if (state.phase !== 'undo' || now >= state.order.undoUntil) return { state, effects: [{ kind: 'too-late' }] };
  return { state: changed(state, { phase: 'kept' }), effects: [{ kind: 'free' }] };
}

function said(state: Erasure, place: string, told: Said): Erasure {
  const at = state.places.find((each) => each.place === place);
  if (!at || state.phase === 'kept' || state.phase === 'expired' || !isPossible(state, at, told)) return state;
  const settledBefore = isSettled(at);
  // what was confirmed does not become less: where a later try fails, what stands is what was said before it
  const better = !settledBefore || isSettled(told);
  const { state: _state, at: _at, until: _until, because: _because, tries, next, ...lasting } = at;
  const after: PlaceState = better
    ? {
        ...lasting,
        ...told,
        tries: isSettled(told) && told.state !== at.state ? 0 : tries,
        next: nextAfter(told, next),
      }
    : { ...at, ...(told.because === undefined || at.state === 'held' ? {} : { because: told.because }) };
  const isSame = after.state === at.state && after.until === at.until && after.because === at.because;
  const places = state.places.map((each) => (each === at ? { ...after, at: isSame ? at.at : after.at } : each));
  return isSame ? { ...state, places } : changed(state, { places });
}

/**
 * `unreadable` is of backups alone, while their keys are gone. What the services themselves have is not settled before its
 * keys are; a device may have been quicker than our clock.
 */
function isPossible(state: Erasure, { place, state: was }: PlaceState, told: Said): boolean {
  if (was === 'erased') return false;
  if (told.state === 'unreadable' && place !== BACKUPS) return false;
  if (state.phase === 'undo') return place.startsWith('device:') && told.state === 'erased';
  if (place === SERVICES) return !isSettled(told) || isSettledIn(state, KEYS, told.state);
  if (place === BACKUPS) return !isSettled(told) || isSettledIn(state, SERVICES, told.state);
  return true;
}

/** `held` follows from what is held before it; everything else from what is erased. */
const isSettledIn = ({ places }: Erasure, place: string, as: PlaceReport['state']): boolean =>
  places.some((each) => each.place === place && each.state === (as === 'held' ? 'held' : 'erased'));

// EN 303 645 5.11-4, TS 103 645 4.11-3, G044 6.11.4: a confirmation is made of what every place has said, and of nothing less
function signed(state: Erasure, as: 'erased' | 'expired', confirmation: Confirmation): Erasure {
  if (signable(state) !== as) return state;
  return changed(state, { phase: as, confirmations: [...state.confirmations, confirmation] });
}

function signable({ phase, places }: Erasure): 'erased' | 'expired' | undefined {
  if (phase === 'under-way' && places.every(isSettled)) return 'erased';
  if (phase === 'erased' && places.every(({ state }) => state === 'erased')) return 'expired';
  return undefined;
}

const mayBecomeLate = (each: PlaceState): boolean => each.due !== undefined && !each.late && !isSettled(each);

const isSettled = ({ state }: Pick<Said, 'state'>): boolean =>
  state === 'erased' || state === 'unreadable' || state === 'held';

/**
 * Nothing but the keys while they are there; backups once the rows are gone, since until then each new one has them too. What
 * a law held follows what it follows from, one after the other.
 */
function mayBeTried(state: Erasure, { place, state: was }: PlaceState): boolean {
  if (was === 'erased') return false;
  if (place === KEYS) return true;
  const before = state.places.find((each) => each.place === (place === BACKUPS ? SERVICES : KEYS));
  const isLed = was === 'held' && (place === SERVICES || place === BACKUPS);
  return before !== undefined && (isLed ? before.state === 'erased' : isSettled(before));
}

/** What is held or unreadable until a moment is not asked before it. */
const nextAfter = (told: Said, next: Millis): Millis =>
  isSettled(told) && told.until !== undefined ? Math.max(told.until, next) : next;

const asksAgain = (state: Erasure, now: Millis): Erasure => ({
  ...state,
  places: state.places.map((each) => (each.state === 'erased' ? each : { ...each, tries: 0, next: now })),
});

const changed = (state: Erasure, change: Partial<Erasure>): Erasure => ({
  ...state,
  ...change,
  version: state.version + 1,
});

/** Ever later, and never less often than four times a day: a place that comes back is not kept waiting for long. */
export const waitAfter = (tries: number): Millis => Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** Math.min(tries - 1, 16));
const FIRST_WAIT = MINUTE;
const LONGEST_WAIT = 6 * HOUR;
