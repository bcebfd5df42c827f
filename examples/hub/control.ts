import type { Control, Plain } from '@hearthward/device';
import { climateAfter, FIRST_CLIMATE, type RoomClimate } from './climate.ts';

/**
 * The hub's thermostat: a loop of its own, so that a room is held warm whatever becomes of the rest of the hub. Its
 * sensors are of a room that is simulated here; a board has drivers in their place.
 */

/** °C */
export const FIRST_TARGET = 20;
const EVERY_SECONDS = 1;
/** °C around the target within which the heater stays as it is */
const BAND = 0.3;

/** What a tick found; undefined where a sensor says nothing that can be true. */
export interface Found {
  /** °C */
  readonly temperature: number | undefined;
  /** relative, % */
  readonly humidity: number | undefined;
  readonly heating: boolean;
}

export const thermostat: Control = {
  everyMillis: EVERY_SECONDS * 1000,
  begin: (command) => {
    let target = targetIn(command) ?? FIRST_TARGET;
    let room: RoomClimate = FIRST_CLIMATE;
    let heating = false;
    let off = isOff(command);
    return {
      sensors: { temperature: () => room.temperature, humidity: () => room.humidity },
      tick: ({ temperature, humidity }) => {
        heating = !off && heats(heating, temperature, target);
        room = climateAfter(room, EVERY_SECONDS, heating);
        return { temperature: temperature ?? null, humidity: humidity ?? null, heating };
      },
      command: (next) => {
        target = next === undefined ? FIRST_TARGET : (targetIn(next) ?? target);
        off = isOff(next);
      },
    };
  },
};

/** A heater that nobody can see the effect of is off. */
const heats = (heating: boolean, temperature: number | undefined, target: number): boolean => {
  if (temperature === undefined || temperature > target + BAND) return false;
  return heating || temperature < target - BAND;
};

export const commandOf = (target: number): Plain => ({ target });
/** The safe state: the heater stays off until another command comes, with the next start. */
export const HEATER_OFF: Plain = { off: true };

const isOff = (command: Plain | undefined): boolean => ((command ?? {}) as { readonly off?: unknown }).off === true;

const targetIn = (command: Plain | undefined): number | undefined => {
  const { target } = (command ?? {}) as { readonly target?: unknown };
  return typeof target === 'number' ? target : undefined;
};

/** What a tick said that it found; undefined where it says nothing of the kind. */
export const foundIn = (reading: Plain | undefined): Found | undefined => {
  const { temperature, humidity, heating } = (reading ?? {}) as { readonly [Key in keyof Found]?: unknown };
  return typeof heating === 'boolean'
    ? { temperature: numberIn(temperature), humidity: numberIn(humidity), heating }
    : undefined;
};

const numberIn = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
