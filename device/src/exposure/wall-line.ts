import type { ProductState } from '@hearthward/product';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';

/** Between core, which knows the state of the device, and `boot`, which may change the packet filter. */
export const ToWall = Type.Object(
  {
    to: Type.Literal('wall'),
    state: Type.Union([Type.Literal('factory-default'), Type.Literal('initialised')]),
  },
  { additionalProperties: false },
);
export type ToWall = Static<typeof ToWall>;

export const OfWall = Type.Object(
  { of: Type.Literal('wall'), inForce: Type.Boolean() },
  { additionalProperties: false },
);
export type OfWall = Static<typeof OfWall>;

/** Core's end of the line. */
export interface WallLine {
  readonly entered: (state: ProductState) => void;
  /** undefined until `boot` has said it */
  readonly inForce: () => boolean | undefined;
  readonly heard: (message: unknown) => void;
}

export const wallLine = (say: (message: ToWall) => void): WallLine => {
  let inForce: boolean | undefined;
  return {
    // that it is in quarantine `boot` knows by itself, and before core
    entered: (state) => {
      if (state !== 'quarantine') say({ to: 'wall', state });
    },
    inForce: () => inForce,
    heard: (message) => {
      if (Value.Check(OfWall, message)) ({ inForce } = message);
    },
  };
};
