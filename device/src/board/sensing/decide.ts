import type { ExternalSensor } from '@hearthward/product';
import type { Decision, Millis } from '../../seams.ts';

/**
 * What of a sensor's readings is believed: numbers within what the declaration says that it can say, and not faster than
 * what it measures can change. A reading that is not believed is discarded and counted; the one before it holds for a
 * while, and then there is none, on which whoever controls by it is safe.
 */
export interface SensorsState {
  /** sensor -> its last reading that was believed, and when it was made */
  readonly believed: Readonly<Record<string, { readonly value: number; readonly at: Millis }>>;
  /** readings discarded so far */
  readonly discarded: number;
}
export const NOTHING_SENSED: SensorsState = { believed: {}, discarded: 0 };

/** By the id of the sensor; one that has had none to be believed for too long has none. */
export type Readings = Readonly<Record<string, number>>;

export interface SensorsEvent {
  readonly kind: 'sensed';
  readonly declared: readonly ExternalSensor[];
  /** what the sensors' drivers gave, by id; hostile: a broken wire says anything. Undefined: it had nothing to say. */
  readonly said: Readonly<Record<string, unknown>>;
}
export type Discarded = 'not-declared' | 'not-a-number' | 'out-of-range' | 'too-fast';
export interface SensorsEffect {
  readonly kind: 'discard';
  readonly sensor: string;
  readonly because: Discarded;
}

/** How long a reading holds where the sensor declares nothing else. */
const HOLD_SECONDS = 60;

// EN 303 645 5.13-1, TS 103 645 4.13-1, G044 6.13.1: what a sensor says is input as well, and read before it is used
// boundary sensor-reading: a sensor, or whoever is at its wire -> decideReadings, at most 1 number in its declared range, else discarded and counted;
// device/test/sensing/readings.test.ts
export function decideReadings(
  state: SensorsState,
  { declared, said }: SensorsEvent,
  now: Millis,
): Decision<SensorsState, SensorsEffect> {
  const believed = { ...state.believed };
  const effects: SensorsEffect[] = [];
  for (const [id, value] of Object.entries(said)) {
    if (value === undefined) continue;
    const sensor = declared.find((each) => each.id === id);
    const read = sensor ? readOne(sensor, state.believed[id], value, now) : 'not-declared';
    if (typeof read === 'string') effects.push({ kind: 'discard', sensor: id, because: read });
    else believed[id] = { value: read, at: now };
  }
  return { state: { believed, discarded: state.discarded + effects.length }, effects };
}

/** What holds now. */
export const readingsOf = (state: SensorsState, declared: readonly ExternalSensor[], now: Millis): Readings =>
  Object.fromEntries(
    declared.flatMap(({ id, holdSeconds = HOLD_SECONDS }) => {
      const last = state.believed[id];
      return last && now - last.at <= holdSeconds * 1000 ? [[id, last.value]] : [];
    }),
  );

function readOne(
  { range, rate }: ExternalSensor,
  last: SensorsState['believed'][string] | undefined,
  value: unknown,
  now: Millis,
): number | Discarded {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'not-a-number';
  if (range && (value < range.minimum || value > range.maximum)) return 'out-of-range';
  // the longer nothing was believed, the further it may have changed: a real change is believed in the end
  if (rate !== undefined && last && Math.abs(value - last.value) > rate * Math.max(1, (now - last.at) / 1000))
    return 'too-fast';
  return value;
}
