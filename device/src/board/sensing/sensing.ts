import type { ExternalSensor } from '@hearthward/product';
import type { Millis } from '../../seams.ts';
import { decideReadings, NOTHING_SENSED, readingsOf, type Readings } from './decide.ts';

export interface Sensing {
  /** asks every driver once; a driver that throws has given no number */
  readonly sense: () => Readings;
  /** readings discarded since this began */
  readonly discarded: () => number;
}

/** What stands between the drivers of a product's sensors and whoever goes by their readings. `now` runs evenly. */
export const openSensing = (
  declared: readonly ExternalSensor[],
  drivers: Readonly<Record<string, () => unknown>>,
  now: () => Millis,
): Sensing => {
  let state = NOTHING_SENSED;
  return {
    sense: () => {
      const said = Object.fromEntries(Object.entries(drivers).map(([id, driver]) => [id, ask(driver)]));
      ({ state } = decideReadings(state, { kind: 'sensed', declared, said }, now()));
      return readingsOf(state, declared, now());
    },
    discarded: () => state.discarded,
  };
};

const ask = (driver: () => unknown): unknown => {
  try {
    return driver();
  } catch (thrown) {
    // it is no number, and is counted as what it is: a reading that cannot be used
    return thrown ?? null;
  }
};
