import type { Declaration, TamperInput } from '@hearthward/product';
import type { Language } from '@hearthward/standards';
import { message } from '@hearthward/web';
import { Value } from 'typebox/value';
import type { RecordEvent } from '../../channel/channel.ts';
import { every } from '../../driver/every.ts';
import { DeviceFault } from '../../driver/faults.ts';
import { openRoom } from '../../driver/room.ts';
import type { QuarantineLink } from '../../quarantine/link.ts';
import type { Clock, Millis, SafetyCheck, StateStore } from '../../seams.ts';
import { TamperShown, type Board, type TamperDriver } from '../board.ts';
import {
  TamperState,
  UNTOUCHED,
  type Alarm,
  type decideTamper,
  type TamperEffect,
  type TamperEvent,
} from './decide.ts';

/** What the rest of the device knows of who opened it. */
export interface OnTamper {
  /**
   * before anything listens: what happened while nothing ran, and what an earlier start still owed.
   * Fault: process-failed where keys that are to be destroyed are still there
   */
  readonly early: () => Promise<void>;
  /** looks each second from now on */
  readonly begin: () => void;
  /** what nobody has said yet that they know of, oldest first */
  readonly alarms: () => readonly Alarm[];
  /** an owner who has just proven who they are knows of what their page showed; whether there was anything to know */
  readonly know: (incident: number) => Promise<boolean>;
  /** stored keys are being destroyed: who made the device is still to be told, by the identity that it has */
  readonly keepsConnection: () => boolean;
  /** how stored keys are destroyed; whoever holds what is stored says so */
  readonly erasing: (erase: () => Promise<void>) => void;
  readonly checks: (language: Language) => readonly SafetyCheck[];
  readonly stop: () => Promise<void>;
}

/** Where the state lies; no erasure takes it, so that whoever opened the device cannot have it forget. */
const ROOM = 'tamper';
const LOOK_EVERY = 1_000;
/** A clock that ran on for longer than the processor did: the device was asleep. */
const SLEPT = 2_000;

export const standForTamper = (world: {
  readonly board: Board | undefined;
  readonly declaration: Declaration;
  readonly store: StateStore;
  readonly clock: Clock;
  /** milliseconds that do not run while the device sleeps */
  readonly running: () => Millis;
  readonly record: RecordEvent;
  readonly quarantine: Pick<QuarantineLink, 'held' | 'enter'>;
  /** destroys every key; nothing that runs now goes on after it */
  readonly destroyEverything: () => Promise<void>;
  readonly decide: typeof decideTamper;
  readonly fault: (thrown: unknown) => void;
}): OnTamper => {
  const { record, quarantine, clock, running, fault } = world;
  const inputs = world.declaration.tamperInputs ?? [];
  const drivers = world.board?.tamper ?? {};
  const endings: (() => void)[] = [];
  let erase: (() => Promise<void>) | undefined;
  let looking = false;
  let last = { clock: clock.now(), running: running() };

  const done = ({ input, kind }: Extract<TamperEffect, { kind: Alarm['owes'][number] }>): TamperEvent => ({
    kind: 'done',
    input,
    step: kind,
  });
  const room = openRoom<TamperState, TamperEvent, TamperEffect>(
    {
      name: ROOM,
      initial: UNTOUCHED,
      read: (stored) => (Value.Check(TamperState, stored) ? stored : undefined),
      decide: world.decide(inputs),
      failed: (effect, { because }) => {
        fault(new Error(`the answer to an opened case is still owed (${effect.kind}): ${because}`));
        return { kind: 'failed' };
      },
      executors: {
        // it is done once its record is on the disk, which the next look sees
        'cut-off': ({ input }) => quarantine.enter('tamper', input),
        zeroise: async (effect) => {
          if (effect.what === 'everything') await world.destroyEverything();
          else await erase?.();
          return done(effect);
        },
        tell: (effect) => {
          record('tamper-detected', { input: effect.input, found: effect.found, mode: effect.mode });
          return done(effect);
        },
        unlatch: (effect) => {
          drivers[effect.input]?.unlatch();
          return done(effect);
        },
        'tell-known': ({ input }) => record('tamper-known', { input }),
      },
    },
    world,
  );

  const look = async (at: 'start' | 'running'): Promise<void> => {
    // one at a time: what the last one decided is carried out before the next one asks
    if (looking) return;
    looking = true;
    try {
      const now = { clock: clock.now(), running: running() };
      const slept = now.clock - last.clock - (now.running - last.running) > SLEPT;
      last = now;
      await room.dispatch({
        kind: 'looked',
        at: at === 'running' && slept ? 'waking' : at,
        inputs: Object.fromEntries(inputs.map(({ id }) => [id, shownBy(drivers[id])])),
        held: quarantine.held()?.found.some(({ cause }) => cause === 'tamper') === true,
      });
      await room.idle();
    } finally {
      looking = false;
    }
  };
  const alarms = (): readonly Alarm[] => room.state().alarms.filter(({ known }) => !known);
  const here = world.board !== undefined && inputs.length > 0;

  return {
    early: async () => {
      if (!here) return;
      await look('start');
      // G045 PH-2-1: an opened device that could not destroy what it should is no open one
      if (alarms().some(({ owes }) => owes.includes('zeroise')))
        throw new DeviceFault(
          'process-failed',
          'The device was opened, and could not destroy what it has to',
          'It is tried again; have the device checked where it does not come up.',
        );
    },
    begin: () => {
      if (!here) return;
      endings.push(every(LOOK_EVERY, () => look('running'), fault));
      for (const driver of Object.values(drivers)) {
        const end = driver.onDisturbed?.(() => void look('running').catch(fault));
        if (end) endings.push(end);
      }
    },
    alarms,
    know: async (incident) => {
      if (!alarms().some((alarm) => alarm.incident <= incident)) return false;
      await room.dispatch({ kind: 'known', incident });
      return !alarms().some((alarm) => alarm.incident > incident);
    },
    keepsConnection: () => alarms().some(({ zeroises, owes }) => zeroises === 'stored' && owes.includes('zeroise')),
    erasing: (how) => {
      erase = how;
    },
    checks: (language) => (here ? checksOf(inputs, alarms(), language) : []),
    stop: async () => {
      for (const end of endings) end();
      await room.close();
    },
  };
};

/** Whether opening the product ends with its last key. */
export const destroysEverything = ({ tamperInputs = [] }: Declaration): boolean =>
  tamperInputs.some(({ zeroises }) => zeroises === 'everything');

/** A driver that throws, or says what cannot be, gives no answer. */
const shownBy = (driver: TamperDriver | undefined): TamperShown | undefined => {
  try {
    const shown = driver?.read();
    return Value.Check(TamperShown, shown) ? shown : undefined;
  } catch {
    // whatever broke it: the decision counts it as an input that does not answer, and says so
    return undefined;
  }
};

const checksOf = (
  inputs: readonly TamperInput[],
  alarms: readonly Alarm[],
  language: Language,
): readonly SafetyCheck[] => {
  if (alarms.length === 0) return [{ good: true, text: message(language, 'board.tamper.none') }];
  return alarms.map((alarm) => {
    const { description } = inputs.find(({ id }) => id === alarm.input) ?? {};
    const where = description?.[language] ?? description?.en ?? alarm.input;
    return {
      good: false,
      text: `${message(language, 'board.tamper.found')} ${where}: ${message(language, `board.tamper.found.${alarm.found}`)}`,
    };
  });
};
