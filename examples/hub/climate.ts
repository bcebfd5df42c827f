/** A room as the hub senses it: one mass of air that leaks heat to the outside and is warmed by a heater. */
export interface RoomClimate {
  /** °C */
  readonly temperature: number;
  /** relative, % */
  readonly humidity: number;
}

const OUTSIDE = 8;
/** °C per second with the heater on; holds some 30 °C above the outside */
const HEATER = 0.01;
/** seconds in which the room loses 63 % of its lead over the outside */
const LEAK = 3_000;
const STEP = 10;
const LONGEST = 24 * 3_600;
/** grams of water per cubic metre; what 45 % are at 20 °C */
const WATER = 7.8;

export const FIRST_CLIMATE = { temperature: 18.5, humidity: 49 } as const satisfies RoomClimate;

/** The room after so many seconds with the heater on or off. */
export const climateAfter = (start: RoomClimate, seconds: number, heating: boolean): RoomClimate => {
  let { temperature } = start;
  for (let left = Math.min(seconds, LONGEST); left > 0; left -= STEP) {
    const warming = (heating ? HEATER : 0) - (temperature - OUTSIDE) / LEAK;
    temperature += warming * Math.min(left, STEP);
  }
  return { temperature, humidity: Math.min(100, (100 * WATER) / saturation(temperature)) };
};

/** Water that air can hold, g/m³, from the Magnus formula over water. */
const saturation = (temperature: number): number =>
  (216.7 * 6.112 * Math.exp((17.62 * temperature) / (243.12 + temperature))) / (273.15 + temperature);
