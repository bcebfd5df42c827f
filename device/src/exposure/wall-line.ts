import type { ProductState } from '@hearthward/product';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';

/** Between core, which knows the state of the device, and `boot`, which may change the packet filter. */
export const ToWall = Type.Object(
  {
    to: Type.Literal('wall'),
    state: Type.Union([Type.Literal('factory-default'), Type.Literal('initialised')]),
    /** where the owner wants mechanisms to lead, by mechanism */
    chosen: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^[a-z0-9-]{1,64}$' }),
        Type.Object(
          { host: Type.String({ maxLength: 253 }), port: Type.Integer({ minimum: 1, maximum: 65_535 }) },
          { additionalProperties: false },
        ),
        { additionalProperties: false, maxProperties: 8 },
      ),
    ),
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
  readonly entered: (state: ProductState, chosen: NonNullable<ToWall['chosen']>) => void;
  /** undefined until `boot` has said it */
  readonly inForce: () => boolean | undefined;
  readonly heard: (message: unknown) => void;
}

export const wallLine = (say: (message: ToWall) => void): WallLine => {
  let inForce: boolean | undefined;
  return {
    // that it is in quarantine `boot` knows by itself, and before core
    entered: (state, chosen) => {
      if (state !== 'quarantine') say({ to: 'wall', state, chosen });
    },
    inForce: () => inForce,
    heard: (message) => {
      if (Value.Check(OfWall, message)) ({ inForce } = message);
    },
  };
};
