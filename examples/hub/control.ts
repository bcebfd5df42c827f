import type { Control, Plain } from '@hearthward/device';
import { climateAfter, FIRST_CLIMATE, type RoomClimate } from './climate.ts';

/** The hub's thermostat: a loop of its own, so that a room is held warm whatever becomes of the rest of the hub. */

/** °C */
export const FIRST_TARGET = 20;
const EVERY_SECONDS = 1;

export const thermostat: Control = {
  everyMillis: EVERY_SECONDS * 1000,
  begin: (command) => {
    let target = targetIn(command) ?? FIRST_TARGET;
    let room: RoomClimate = FIRST_CLIMATE;
    return {
      tick: () => {
        room = climateAfter(room, EVERY_SECONDS, target);
        return { ...room };
      },
      command: (next) => {
        target = next === undefined ? FIRST_TARGET : (targetIn(next) ?? target);
      },
    };
  },
};

export const commandOf = (target: number): Plain => ({ target });

const targetIn = (command: Plain | undefined): number | undefined => {
  const { target } = (command ?? {}) as { readonly target?: unknown };
  return typeof target === 'number' ? target : undefined;
};

/** What a tick found; undefined where it says nothing of the kind. */
export const climateIn = (reading: Plain | undefined): RoomClimate | undefined => {
  const { temperature, humidity, heating } = (reading ?? {}) as { readonly [Key in keyof RoomClimate]?: unknown };
  return typeof temperature === 'number' && typeof humidity === 'number' && typeof heating === 'boolean'
    ? { temperature, humidity, heating }
    : undefined;
};
