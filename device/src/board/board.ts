import type { PortKind } from '@hearthward/product';

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
