import type { PortKind } from '@hearthward/product';
import { Type, type Static } from 'typebox';

/**
 * The hardware interface: what a product's board driver tells the runtime, and does for it. Everything is optional: what
 * a board has not is neither compared nor tried. It is called in the process that faces the network, at once and often,
 * so it answers at once; where it throws, that is a fault and no answer.
 */
export interface Board {
  /** what is switched on now; `linuxPorts` reads it from a Linux system */
  readonly ports?: () => PortsShown;
  /** switches a port off; false where that cannot be done from here */
  readonly closePort?: (port: PortShown) => boolean;
  /** by the id of the external sensor: what the self-test reads */
  readonly sensors?: Readonly<Record<string, SensorDriver>>;
  /** by the id of the declared tamper input */
  readonly tamper?: Readonly<Record<string, TamperDriver>>;
  /** by the name that a self-test gives it in `of` */
  readonly actuators?: Readonly<Record<string, ActuatorDriver>>;
}

export interface SensorDriver {
  /** in the declared unit; hostile: a broken wire says anything */
  readonly read: () => unknown;
  /** what the part says of itself, where it has a test of its own */
  readonly works?: () => boolean;
}
export interface ActuatorDriver {
  /** moves or switches it in a way that harms nobody, and sees that it did */
  readonly works: () => boolean | Promise<boolean>;
  /** the position in which it harms nobody; kept until the device starts again */
  readonly safe: () => void;
}

/** A switch, a mesh, a light sensor: what notices that somebody opens the product. */
export interface TamperDriver {
  /** hostile: a wire that was cut says anything. What is no such answer is none */
  readonly read: () => unknown;
  /** takes the latch back; an input that is still open sets it again */
  readonly unlatch: () => void;
  /** calls at once when it is disturbed, beside being asked each second; returns how that ends */
  readonly onDisturbed?: (hear: () => void) => () => void;
}
/** What a driver answers. */
export const TamperShown = Type.Object(
  {
    /** it is disturbed now */
    open: Type.Boolean(),
    /** it was, at any time since its latch was taken back: asleep, and with the power off */
    latched: Type.Boolean(),
  },
  { additionalProperties: false },
);
export type TamperShown = Static<typeof TamperShown>;

export interface PortsShown {
  readonly on: readonly PortShown[];
  /** places of the system that would say more and could not be read */
  readonly unseen: readonly string[];
}

/** A port, or a way to debug, that is switched on. */
export interface PortShown {
  readonly kind: PortKind;
  /** as the system calls it: `ttyS0`, a gadget's function, a setting of the kernel */
  readonly name: string;
}
