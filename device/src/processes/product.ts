import type { Declaration } from '@hearthward/product';
import type { Presence } from '../access/presence/presence.ts';
import { DeviceFault } from '../driver/faults.ts';
import type { ControlLine } from './control/line.ts';
import type { Clock, ProductFactory, ProductFunctions, StateStore } from '../seams.ts';

/** The store's room for the product's own settings. */
export const PRODUCT_SETTINGS = 'product';

export interface OpenProduct {
  /** what the product does now; survives a reset */
  readonly functions: ProductFunctions;
  /** value of each field as the product says it; undefined where it says none */
  readonly telemetry: () => Readonly<Record<string, unknown>>;
  /** starts the product anew, without settings */
  readonly reset: () => void;
}

export const openProduct = (
  factory: ProductFactory,
  device: {
    readonly declaration: Declaration;
    readonly clock: Clock;
    readonly store: StateStore;
    readonly presence: Presence;
    readonly control: ControlLine | undefined;
  },
): OpenProduct => {
  const { declaration, clock, store, presence, control } = device;
  const make = (): ProductFunctions =>
    factory({
      declaration,
      clock,
      pressed: presence.pressed,
      ...(control ? { control: control.link } : {}),
      settings: {
        read: () => store.read(PRODUCT_SETTINGS),
        write: (settings) => store.write(PRODUCT_SETTINGS, settings),
      },
    });
  let current = make();
  return {
    functions: {
      get telemetry() {
        return current.telemetry;
      },
      get functions() {
        return current.functions;
      },
      home: (language) => current.home(language),
      healthy: () => current.healthy?.() ?? true,
      safe: () => current.safe?.(),
      forget: (items) => current.forget?.(items),
    },
    telemetry: () => Object.fromEntries(Object.entries(current.telemetry).map(([id, value]) => [id, value()])),
    reset: () => {
      control?.forget();
      store.erase([PRODUCT_SETTINGS]);
      current = make();
    },
  };
};

/** @throws DeviceFault `declaration-mismatch` */
export const mustBeMadeAs = (made: string, { product }: Declaration): void => {
  if (made === product.id) return;
  throw new DeviceFault(
    'declaration-mismatch',
    `The device in this data folder is a ${made}, not a ${product.id}`,
    'Start the product that it was made as, or name another data folder.',
  );
};
