import { Type, type Static } from 'typebox';

/**
 * The services' time. They say it to a device on `topicsOf(id).time`, at once and each time that it subscribes to it: over
 * a connection on which both sides have shown their certificates, so nobody else can say it, and none can be kept for
 * later, since the device counts how long the answer took.
 */
export const TimeMessage = Type.Object(
  {
    v: Type.Literal(1),
    /** milliseconds since the epoch */
    at: Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 }),
  },
  { additionalProperties: false },
);
export type TimeMessage = Static<typeof TimeMessage>;
