import type { TamperInput } from '@hearthward/product';
import { Type, type Static } from 'typebox';
import type { Decision, Millis } from '../../seams.ts';
import type { TamperShown } from '../board.ts';

/**
 * What becomes of a device that somebody opened. An alarm is on the disk before anything is done about it, with the steps
 * that are owed; whatever is cut off between two of them is taken up at the next start. It lasts, closed again or not,
 * until an owner has said that they know of it, or has ended the quarantine that it led to.
 */

const strict = { additionalProperties: false } as const;
/** `no-answer`: its driver says nothing, as one whose wire was cut. `off`: found at the start; `standby`: on waking up */
const Found = Type.Enum(['running', 'standby', 'off', 'no-answer'] as const);
export const STEPS = ['cut-off', 'zeroise', 'tell', 'unlatch'] as const;
const Step = Type.Enum(STEPS);
export type Step = Static<typeof Step>;

const Alarm = Type.Object(
  {
    /** id of the declared input */
    input: Type.String(),
    incident: Type.Integer({ minimum: 1 }),
    since: Type.Integer(),
    found: Found,
    /** what is destroyed; null where nothing is */
    zeroises: Type.Union([Type.Null(), Type.Literal('stored'), Type.Literal('everything')]),
    cutsOff: Type.Boolean(),
    /** in this order */
    owes: Type.Array(Step, { maxItems: STEPS.length }),
    /** an owner knows; it stays until the input is whole again, so that it is not told anew */
    known: Type.Boolean(),
  },
  strict,
);
export type Alarm = Static<typeof Alarm>;

export const TamperState = Type.Object(
  { incidents: Type.Integer({ minimum: 0 }), alarms: Type.Array(Alarm, { maxItems: 64 }) },
  strict,
);
export type TamperState = Static<typeof TamperState>;
export const UNTOUCHED: TamperState = { incidents: 0, alarms: [] };

type At = 'start' | 'running' | 'waking';
export type TamperEvent =
  | {
      readonly kind: 'looked';
      readonly at: At;
      /** undefined: its driver gives no answer */
      readonly inputs: Readonly<Record<string, TamperShown | undefined>>;
      /** the device is in quarantine because it was opened */
      readonly held: boolean;
    }
  | { readonly kind: 'done'; readonly input: string; readonly step: Step }
  /** it stays owed, and is tried again with the next look */
  | { readonly kind: 'failed' }
  /** an owner who has just proven who they are, of what their page showed */
  | { readonly kind: 'known'; readonly incident: number };
export type TamperEffect =
  | { readonly kind: 'cut-off'; readonly input: string }
  | { readonly kind: 'zeroise'; readonly input: string; readonly what: 'stored' | 'everything' }
  | { readonly kind: 'tell'; readonly input: string; readonly found: Alarm['found']; readonly mode: string }
  | { readonly kind: 'unlatch'; readonly input: string }
  | { readonly kind: 'tell-known'; readonly input: string };

type Next = Decision<TamperState, TamperEffect>;

// G045 PH-2-1, EN 303 645 5.4-2: whoever opens it is noticed, whether it runs, sleeps or is switched off, and answered as declared
export const decideTamper =
  (declared: readonly TamperInput[]) =>
  (state: TamperState, event: TamperEvent, now: Millis): Next => {
    switch (event.kind) {
      case 'looked':
        return looked(declared, state, event, now);
      case 'done':
        return stay(withAlarms(state, (alarm) => (alarm.input === event.input ? without(alarm, event.step) : alarm)));
      case 'failed':
        return stay(state);
      case 'known':
        return known(state, (alarm) => !alarm.cutsOff && alarm.incident <= event.incident && alarm.owes.length === 0);
    }
  };

const looked = (
  declared: readonly TamperInput[],
  state: TamperState,
  event: Extract<TamperEvent, { kind: 'looked' }>,
  now: Millis,
): Next => {
  const { inputs, held, at } = event;
  // the quarantine is on the disk of whoever keeps it: that step is done
  const kept = held ? withAlarms(state, (alarm) => without(alarm, 'cut-off')) : state;
  // EN 303 645 5.7-2, G045 PL-1-4: who ended it knows of what had led to it
  const ended = held ? stay(kept) : known(kept, (alarm) => alarm.cutsOff && !alarm.owes.includes('cut-off'));
  const told = withAlarms(ended.state, (alarm) => taken(alarm, at, inputs[alarm.input]));
  const fresh = declared.filter(
    ({ id }) => !isWhole(inputs[id]) && !told.alarms.some((alarm) => covers(alarm, id, at, inputs[id])),
  );
  const replaced = new Set(fresh.map(({ id }) => id));
  const left = told.alarms.filter((alarm) => !isOver(alarm, inputs[alarm.input]) && !replaced.has(alarm.input));
  const raised = fresh.map((input, index) => raise(input, inputs[input.id], at, told.incidents + index + 1, now));
  const same = raised.length === 0 && left.length === told.alarms.length;
  const next = same ? told : { incidents: told.incidents + raised.length, alarms: [...left, ...raised] };
  return { state: next, effects: [...ended.effects, ...next.alarms.flatMap(owed)] };
};

const isOver = (alarm: Alarm, shown: TamperShown | undefined): boolean =>
  alarm.known && alarm.owes.length === 0 && isWhole(shown);

/** The latch of an input that was open for a while has set itself again; with it closed, that is taken back as well. */
const taken = (alarm: Alarm, at: At, shown: TamperShown | undefined): Alarm =>
  alarm.known && alarm.owes.length === 0 && at === 'running' && isShut(shown) ? { ...alarm, owes: ['unlatch'] } : alarm;

/** Whether the alarm speaks of this already: a driver that is silent does not of a case that is open, nor what was known of what came since. */
const covers = (alarm: Alarm, id: string, at: At, shown: TamperShown | undefined): boolean => {
  if (alarm.input !== id || (alarm.found === 'no-answer' && shown !== undefined)) return false;
  return !(alarm.known && alarm.owes.length === 0 && at !== 'running' && isShut(shown));
};

/** disturbed before, and not now */
const isShut = (shown: TamperShown | undefined): boolean => shown?.open === false && shown.latched;
const isWhole = (shown: TamperShown | undefined): boolean => shown !== undefined && !shown.open && !shown.latched;

const raise = (
  { id, onTamper, zeroises }: TamperInput,
  shown: TamperShown | undefined,
  at: At,
  incident: number,
  now: Millis,
): Alarm => {
  const found =
    shown === undefined ? 'no-answer' : ({ start: 'off', waking: 'standby', running: 'running' } as const)[at];
  // a driver that is broken is no case that is open: what cannot be undone waits for one that says so
  const destroys = onTamper === 'zeroise' && shown !== undefined ? (zeroises ?? 'stored') : null;
  const cutsOff = onTamper !== 'alarm';
  return {
    input: id,
    incident,
    since: now,
    found,
    zeroises: destroys,
    cutsOff,
    owes: stepsOf(destroys, cutsOff),
    known: false,
  };
};

/** Records go with what is stored, so they are written after it; with every key gone, nothing is written any more. */
const stepsOf = (destroys: Alarm['zeroises'], cutsOff: boolean): Step[] => {
  const first: Step[] = cutsOff ? ['cut-off'] : [];
  if (destroys === null) return [...first, 'tell', 'unlatch'];
  return destroys === 'stored' ? [...first, 'zeroise', 'tell', 'unlatch'] : [...first, 'tell', 'unlatch', 'zeroise'];
};

const owed = (alarm: Alarm): readonly TamperEffect[] =>
  alarm.owes.flatMap((step): readonly TamperEffect[] => {
    const { input, found, zeroises, cutsOff } = alarm;
    if (step === 'tell') return [{ kind: 'tell', input, found, mode: zeroises ?? (cutsOff ? 'quarantine' : 'alarm') }];
    if (step !== 'zeroise') return [{ kind: step, input }];
    return zeroises === null ? [] : [{ kind: 'zeroise', input, what: zeroises }];
  });

const known = (state: TamperState, which: (alarm: Alarm) => boolean): Next => {
  const those = state.alarms.filter((alarm) => !alarm.known && which(alarm));
  return {
    state: withAlarms(state, (alarm) => (those.includes(alarm) ? { ...alarm, known: true } : alarm)),
    effects: those.map(({ input }) => ({ kind: 'tell-known', input })),
  };
};

/** The same state where nothing changes, so that nothing is written. */
const withAlarms = (state: TamperState, change: (alarm: Alarm) => Alarm): TamperState => {
  const alarms = state.alarms.map(change);
  return alarms.every((alarm, index) => alarm === state.alarms[index]) ? state : { ...state, alarms };
};
const without = (alarm: Alarm, step: Step): Alarm =>
  alarm.owes.includes(step) ? { ...alarm, owes: alarm.owes.filter((each) => each !== step) } : alarm;
const stay = (state: TamperState): Next => ({ state, effects: [] });
