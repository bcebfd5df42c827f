import type { FastifyInstance } from 'fastify';
import type { Declaration } from '@hearthward/product';
import type { SealingId, Stamp } from '@hearthward/protocol';
import type { Card } from '@hearthward/web';
import type { Language } from '@hearthward/standards';
import type { Board } from './board/board.ts';
import type { Presence } from './access/presence/presence.ts';
import type { EventKind } from './logging/catalogue.ts';
import type { Readings } from './board/sensing/decide.ts';

/** What the rooms of a device hand to each other. */

/** Milliseconds since the epoch; decisions get it as a value. */
export type Millis = number;
export interface Clock {
  readonly now: () => Millis;
}

/** Every decision has this shape; the driver persists `state` before it carries out `effects`. */
export interface Decision<State, Effect> {
  readonly state: State;
  readonly effects: readonly Effect[];
}
export type Decide<State, Event, Effect> = (state: State, event: Event, now: Millis) => Decision<State, Effect>;

export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

/** One document per room, sealed at rest; `write` returns when it is durable. */
export interface StateStore {
  readonly read: (room: string) => Plain | undefined;
  readonly write: (room: string, state: Plain) => void;
  /** all rooms in one transaction */
  readonly writeAll: (states: Readonly<Record<string, Plain>>) => void;
  readonly erase: (rooms: readonly string[]) => void;
  /** durable when it returns; `when`: as the device counts time, nought and unknown where absent */
  readonly appendEvent: (event: SecurityEvent, when?: EventTime) => void;
  /** newest first */
  readonly events: (limit: number) => readonly SecurityEvent[];
  readonly close: () => void;
}

/** Milliseconds since the device started, and what vouches for the time in `at`. */
export type EventTime = Pick<Stamp, 'up' | 'source'>;

/** Authenticated encryption under a key bound to the purpose (see `secrets/sealer.ts`). */
export interface Sealer {
  /** `by`: the algorithm, that of the sealer where none is named */
  readonly seal: (purpose: string, plain: Uint8Array, by?: SealingId) => Uint8Array;
  /** undefined where the bytes were not sealed by this device for this purpose */
  readonly open: (purpose: string, sealed: Uint8Array) => Uint8Array | undefined;
}

/** Of the closed catalogue; `detail` holds ids and counts, never a secret, never personal data. */
export interface SecurityEvent {
  readonly at: string;
  readonly kind: EventKind;
  readonly detail: Readonly<Record<string, string | number>>;
  /** this one stands for `count` more of its kind, the first of them at `since`: ISO 8601 */
  readonly repeats?: { readonly count: number; readonly since: string };
}

/** In quarantine a device is in no other state, whatever people have set up. */
export type DeviceState = 'factory-default' | 'initialised' | 'quarantine';

/** Where each declared listener really listens; ports of the declaration may need privileges that a test bed lacks. */
export type Listen = Readonly<Record<string, { readonly address: string; readonly port: number }>>;

/** What the manufacturer writes: the product's functions on top of the runtime. */
export interface ProductFunctions {
  /** value of each declared telemetry field, when it is due; undefined sends nothing */
  readonly telemetry: Readonly<Record<string, () => number | boolean | string | undefined>>;
  /** handler of each declared function of the product, after authentication, authorisation and validation */
  readonly functions: Readonly<
    Record<string, (input: Readonly<Record<string, string | number | boolean>>) => FunctionOutcome>
  >;
  /** what the home page shows now */
  readonly home: (language: Language) => readonly Card[];
  /** whether what the product controls is under control now; an image that says no on trial gives way to the one before */
  readonly healthy?: () => boolean;
  /** a person had their data of these declared items erased: what people set of them is as at first */
  readonly forget?: (items: readonly string[]) => void;
  /** what must not run on when a part of the device has failed stands still until the device starts again (declared under selfTests) */
  readonly safe?: () => void;
}
export type FunctionOutcome =
  | { readonly ok: true; readonly value?: Plain }
  | { readonly ok: false; readonly because: string };
/**
 * A loop that must not pause, such as of a thermostat or a lock. Where a factory has one, it runs as a process of its own,
 * without network, keys or files, and goes on while the rest of the device is replaced or starts anew (decision 0039).
 */
export interface Control {
  /** from one tick to the next, in ms; under 3,000, since the first health on trial counts the ticks before it */
  readonly everyMillis: number;
  /** `command`: the last one, given before a power cut too; undefined where none was given yet */
  readonly begin: (command: Plain | undefined) => ControlLoop;
}
export interface ControlLoop {
  /** the driver of each declared sensor that the loop goes by, asked before each tick; it may give anything, or throw */
  readonly sensors?: Readonly<Record<string, () => unknown>>;
  /**
   * Once around, at once: acts, and gives what it found, which core reads; where it throws, the loop begins again.
   * `readings`: of its sensors, within what the declaration says; one that gives nothing usable for long is not among
   * them, and the loop must be safe without it.
   */
  readonly tick: (readings: Readings) => Plain;
  /**
   * What holds from now on; undefined: what held at first. While an image is on trial the loop of the one before hears
   * its commands, so what a loop does not know it leaves.
   */
  readonly command: (next: Plain | undefined) => void;
}
export interface ControlReading {
  /** counts since the loop's process began, from 1 */
  readonly tick: number;
  readonly reading: Plain;
}
/** What the product's functions have of its loop. */
export interface ControlLink {
  /** undefined until the loop has been heard; may be of the image before, while this one is on trial */
  readonly latest: () => ControlReading | undefined;
  /** held from then on, in memory: after a power cut the product sends it again; at most 4,096 characters of JSON */
  readonly send: (command: Plain) => void;
}
export interface ProductFactory {
  (device: ProductDevice): ProductFunctions;
  /** of a product that controls something; its functions command it and read from it */
  readonly control?: Control;
  /** opens the driver of the product's board, in the process that asks it */
  readonly board?: () => Board;
}
export interface ProductDevice {
  readonly declaration: Declaration;
  readonly clock: Clock;
  /** the board's driver calls it when somebody presses the device's button */
  readonly pressed: Presence['pressed'];
  readonly settings: { readonly read: () => Plain | undefined; readonly write: (settings: Plain) => void };
  /** where the factory has a loop */
  readonly control?: ControlLink;
}

/** A line of the page on safety: what was found, in words, and whether it is as it should be. */
export interface SafetyCheck {
  readonly good: boolean;
  readonly text: string;
}

/** A surface that a room adds to the panel’s server. */
export type Surface = (app: FastifyInstance) => void;
