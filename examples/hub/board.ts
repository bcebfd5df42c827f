import type { Board } from '@hearthward/device';
import { FIRST_CLIMATE } from './climate.ts';

const CLOSED = { read: () => ({ open: false, latched: false }), unlatch: () => undefined };

/**
 * A model of the hub's board, which the software asks as it would ask a real one: the pads of the serial line have no
 * console on them, the fuse of the test access is blown, nobody lifts its lid or its shield, the sensors are in the room of `climate.ts`, and the relay of
 * the heater answers with its contact. Whoever builds a hub puts their board's driver here; `linuxPorts` reads what a
 * Linux system shows of its ports.
 */
export const modelBoard = (): Board => {
  let contact = false;
  let blocked = false;
  const relay = (on: boolean): void => {
    contact = on && !blocked;
  };
  return {
    ports: () => ({ on: [], unseen: [] }),
    tamper: { lid: CLOSED, shield: CLOSED },
    sensors: {
      temperature: { read: () => FIRST_CLIMATE.temperature },
      humidity: { read: () => FIRST_CLIMATE.humidity },
    },
    actuators: {
      heater: {
        works: () => {
          const before = contact;
          relay(true);
          const closes = contact;
          relay(false);
          const opens = !contact;
          relay(before);
          return closes && opens;
        },
        safe: () => {
          blocked = true;
          relay(false);
        },
      },
    },
  };
};
