import type { Declaration } from '@hearthward/product';
import { MAX_MESSAGE_BYTES, type PlaceReport, type Subject } from '@hearthward/protocol';
import type { Confirming } from '../../authority/confirming.ts';
import type { Clock } from '../../clock.ts';
import type { Log } from '../../front/log.ts';
import { audit } from '../../operators/audit.ts';
import type { Store } from '../../store/open.ts';
import type { AskedBy, ErasureOrder, ErasureProgress, Erasures, News, Vault } from '../seams.ts';
import { concernedBy, originsFor, undoUntil } from './concerned.ts';
import { confirmationOf } from './confirm.ts';
import {
  beginErasure,
  decideErasure,
  dueAt,
  type Erasure,
  type ErasureEffect,
  type ErasureEvent,
  progressOf,
  type Said,
} from './decide.ts';
import { type Asking, failureOf } from './places.ts';
import {
  type Concerned,
  erasureOf,
  erasuresDue,
  erasuresNaming,
  erasuresOf,
  insertErasure,
  keepErasure,
  type KeptErasure,
  placesIn,
} from './rows.ts';

/**
 * Carries out erasures. What was decided is on the disk before anything follows from it, and what follows can be done
 * again; so a crash at any step costs the time until the next minute, and nothing is confirmed that was not done.
 */
export interface ErasureWorld {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly vault: Pick<Vault, 'originOf' | 'subjectsOf' | 'block' | 'stateOf'>;
  readonly news: Pick<News, 'tell'>;
  readonly declarations: readonly Declaration[];
  readonly askingOf: (place: PlaceReport['place'], concerns: Concerned) => Asking;
  readonly confirming: () => Promise<Confirming>;
}

export interface AllErasures extends Erasures {
  /** a legal hold on these ended before its time, or an answer was recorded: whoever has not erased is asked at the next `goOn` */
  readonly askAgain: (subjects: readonly Subject[]) => Promise<void>;
  /** what became of it, for the account that asked, or whose people were named; the links are gone by then */
  readonly ofAccount: (account: string) => Promise<readonly ErasureProgress[]>;
}

export function openErasures(world: ErasureWorld): AllErasures {
  const { store, clock, log, vault, news, declarations } = world;
  // one at a time: what is decided is decided on what was kept last
  let last: Promise<unknown> = Promise.resolve();
  const oneByOne = <T>(task: () => Promise<T>): Promise<T> => {
    const done = last.then(task);
    last = done.catch(() => undefined);
    return done;
  };
  /** places that are being asked: an answer may take longer than the next time to ask */
  const asking = new Set<string>();

  /** Decides and keeps; effects are for whoever called. */
  const step = (id: string, event: ErasureEvent): Promise<Stepped | undefined> =>
    oneByOne(() =>
      store.transaction(async (tx) => {
        const kept = await erasureOf(tx, id);
        if (!kept) return undefined;
        const { state, effects } = decideErasure(kept.state, event, clock.now());
        if (state !== kept.state) await keepErasure(tx, state);
        if (state.phase !== kept.state.phase)
          await audit(tx, clock.now(), {
            actor: 'services',
            action: 'erasure',
            subject: id,
            detail: { is: state.phase },
          });
        for (const { place } of newlyLate(kept.state, state)) {
          await audit(tx, clock.now(), { actor: 'services', action: 'erasure-late', subject: id, detail: { place } });
          log({ level: 'warn', event: 'erasure-late', detail: { id, place } });
        }
        return { state, concerns: kept.concerns, effects };
      }),
    );

  async function follow(id: string, event: ErasureEvent): Promise<Stepped | undefined> {
    const stepped = await step(id, event);
    if (!stepped) return undefined;
    const isTry = ({ kind }: ErasureEffect) => kind === 'try';
    // side by side: a party that does not answer keeps no other place waiting
    await Promise.all(stepped.effects.filter(isTry).map((effect) => carryOut(stepped, effect)));
    for (const effect of stepped.effects) if (!isTry(effect)) await carryOut(stepped, effect);
    return stepped;
  }

  async function carryOut(stepped: Stepped, effect: ErasureEffect): Promise<void> {
    const { state, concerns } = stepped;
    const { id, subjects } = state.order;
    switch (effect.kind) {
      case 'block':
        // EN 303 645 5.11-3: nothing comes and nothing is read while it can still be taken back
        return block(subjects, true);
      case 'free':
        await block(await freeAgain(subjects), false);
        await step(id, { kind: 'freed' });
        return;
      case 'try':
        return ask(stepped, effect.place);
      case 'sign': {
        const confirmation = confirmationOf(effect.as, state, concerns, clock.now(), await world.confirming());
        await step(id, { kind: 'signed', as: effect.as, confirmation });
        return;
      }
      case 'tell':
        for (const device of concerns.devices) await news.tell(device.deviceId, newsOf(stepped, device));
        await step(id, { kind: 'told', version: effect.version });
        return;
      case 'too-late':
        return;
    }
  }

  async function ask({ state, concerns }: Stepped, place: PlaceReport['place']): Promise<void> {
    const { order } = state;
    const key = `${order.id} ${place}`;
    if (asking.has(key)) return;
    asking.add(key);
    try {
      // what the others have said by now, since one may follow from another
      const { places } = (await erasureOf(store.db, order.id))?.state ?? state;
      const said = await world.askingOf(place, concerns)({ order, concerns, places, now: clock.now() });
      await step(order.id, { kind: 'said', place, said });
    } catch (error) {
      log({ level: 'error', event: 'erasure-failed', detail: { id: order.id, place }, error });
      const said = { state: 'failed', at: clock.now(), because: failureOf(error) } as const;
      await step(order.id, { kind: 'said', place, said });
    } finally {
      asking.delete(key);
    }
  }

  /** Who asks for what is known is told how far it is. */
  async function again(by: AskedBy, known: KeptErasure): Promise<ErasureProgress | 'refused'> {
    if (!mayFollow(by, known)) return 'refused';
    const device = known.concerns.devices.find(({ deviceId }) => by.who === 'device' && deviceId === by.deviceId);
    if (device) await news.tell(device.deviceId, newsOf(known, device));
    return progressOf(known.state);
  }

  async function block(subjects: readonly Subject[], on: boolean): Promise<void> {
    const wanted = subjects.filter((subject) => vault.stateOf(subject) === (on ? 'open' : 'blocked'));
    if (wanted.length > 0) await vault.block(wanted, on);
  }

  /** Two may ask for the same person: who is named by another order that stands stays blocked. */
  async function freeAgain(subjects: readonly Subject[]): Promise<readonly Subject[]> {
    const others = (await erasuresNaming(store.db, subjects)).filter(({ state }) => state.phase !== 'kept');
    return subjects.filter((subject) => !others.some(({ state }) => state.order.subjects.includes(subject)));
  }

  const openOnes = async (subjects: readonly Subject[]): Promise<number> =>
    (await erasuresNaming(store.db, subjects)).filter(({ state }) => state.phase === 'undo').length;

  /** Until nothing is due: what one place said makes the next one due. */
  async function goOnWith(id: string): Promise<void> {
    for (let round = 0; round < ROUNDS_MOST; round++) {
      if (!(await follow(id, { kind: 'due' }))) return;
      const kept = await erasureOf(store.db, id);
      const next = kept && dueAt(kept.state);
      if (next === undefined || next > clock.now()) return;
    }
  }

  return {
    async ask(wanted) {
      const known = await erasureOf(store.db, wanted.id);
      if (known) return again(wanted.askedBy, known);
      const origins = originsFor(vault, wanted);
      if (!origins || (await openOnes(wanted.subjects)) >= OPEN_MOST) return 'refused';
      const { undoHours, ...concerns } = await concernedBy(store.db, declarations, origins, wanted.askedBy);
      const now = clock.now();
      const order: ErasureOrder = {
        ...wanted,
        subjects: [...new Set(wanted.subjects)],
        undoUntil: undoUntil(wanted.undoUntil, now, undoHours),
      };
      const begun = beginErasure(order, placesIn(concerns), now);
      const kept: KeptErasure = { state: begun.state, concerns };
      const another = await oneByOne(() =>
        store.transaction(async (tx) => {
          const before = await erasureOf(tx, order.id);
          if (before) return before;
          await insertErasure(tx, kept);
          const { askedBy } = order;
          const detail = { subjects: order.subjects.length, by: askedBy.who };
          const request = askedBy.who === 'operator' ? { request: askedBy.requestId } : {};
          const entry = { action: 'erasure-asked', subject: order.id, detail: { ...detail, ...request } } as const;
          await audit(tx, now, { actor: actorOf(askedBy), ...entry });
          return undefined;
        }),
      );
      if (another) return again(order.askedBy, another);
      for (const effect of begun.effects) await carryOut({ ...kept, effects: [] }, effect);
      return progressOf(begun.state);
    },
    async keep(id, by) {
      const known = await erasureOf(store.db, id);
      if (!known || !mayFollow(by, known)) return 'refused';
      const stepped = await follow(id, { kind: 'keep' });
      if (!stepped) return 'refused';
      if (stepped.effects.some(({ kind }) => kind === 'too-late')) {
        await again(by, stepped);
        return 'refused';
      }
      return progressOf(stepped.state);
    },
    async find(id) {
      const kept = await erasureOf(store.db, id);
      return kept && progressOf(kept.state);
    },
    ofSubjects: async (subjects) => (await erasuresNaming(store.db, subjects)).map(({ state }) => progressOf(state)),
    ofAccount: async (account) => (await erasuresOf(store.db, account)).map(({ state }) => progressOf(state)),
    async erasedHere(deviceId, { id, because }) {
      const at = clock.now();
      const said: Said = because === undefined ? { state: 'erased', at } : { state: 'failed', at, because };
      // a device speaks for itself alone: of an order that does not concern it there is no such place
      await step(id, { kind: 'said', place: `device:${deviceId}`, said });
    },
    async askAgain(subjects) {
      for (const { state } of await erasuresNaming(store.db, subjects))
        await step(state.order.id, { kind: 'asks-again' });
    },
    async goOn() {
      const due = await erasuresDue(store.db, clock.now());
      // side by side, since a place of one that does not answer is no reason for another to wait
      await Promise.all(
        due.map((id) =>
          goOnWith(id).catch((error: unknown) =>
            log({ level: 'error', event: 'erasure-failed', detail: { id, place: 'services' }, error }),
          ),
        ),
      );
    },
  };
}

const newlyLate = (before: Erasure, after: Erasure): Erasure['places'] =>
  after.places.filter(({ place, late }) => late && !before.places.some((each) => each.place === place && each.late));

interface Stepped extends KeptErasure {
  readonly effects: readonly ErasureEffect[];
}

/** of the same people at once: each costs a place in the store until it can no longer be taken back */
const OPEN_MOST = 8;
/** keys, services and everybody else, backups, two confirmations, and what is told in between */
const ROUNDS_MOST = 12;

/** Whoever asked; the one device that it concerns, so that its people can take back what a stranger asked; the account. */
const mayFollow = (by: AskedBy, { state, concerns }: KeptErasure): boolean => {
  switch (by.who) {
    case 'device': {
      const { askedBy } = state.order;
      const isAsker = askedBy.who === 'device' && askedBy.deviceId === by.deviceId;
      return isAsker || concerns.devices.every(({ deviceId }) => deviceId === by.deviceId);
    }
    case 'account':
      return concerns.account === by.account;
    case 'operator':
      return true;
  }
};

const actorOf = (by: AskedBy): string => {
  switch (by.who) {
    case 'device':
      return `device:${by.deviceId}`;
    case 'account':
      return 'account';
    case 'operator':
      return by.operator;
  }
};

/** A device is told of its own people: where others are named too, not of their devices, and not what is signed of all. */
function newsOf(
  { state, concerns }: KeptErasure,
  { deviceId, subjects }: Concerned['devices'][number],
): Parameters<News['tell']>[1] {
  const { id, state: phase, places, confirmations } = progressOf(state);
  const isAlone = concerns.devices.length === 1;
  const own = places.filter(({ place }) => isAlone || !place.startsWith('device:') || place === `device:${deviceId}`);
  const all = isAlone ? [...confirmations] : [];
  const said = { kind: 'erasure', id, state: phase, places: own.slice(0, PLACES_TOLD) } as const;
  // a device hears nothing that is longer: of many people, it is told as much as there is room for, the newest first
  const least = { ...said, subjects: [], confirmations: [] };
  return (
    [
      { ...said, subjects: [...subjects], confirmations: all },
      { ...said, subjects: [...subjects], confirmations: all.slice(-1) },
      { ...said, subjects: [], confirmations: all.slice(-1) },
    ].find((each) => Buffer.byteLength(JSON.stringify(each)) <= MAX_MESSAGE_BYTES - AROUND_NEWS) ?? least
  );
}
/** its version and number */
const AROUND_NEWS = 64;
const PLACES_TOLD = 64;
