import { Type, type Static } from 'typebox';

/**
 * "Look for updates now", on the device's own `updates` topic. It says neither what nor where: a device that believes a
 * forged one looks at its repository a little sooner, and verifies everything as ever. At most one look in
 * `HINT_HEARD_EVERY` follows from hints, however many come.
 */
export const UpdateHint = Type.Object({ v: Type.Literal(1) }, { additionalProperties: false });
export type UpdateHint = Static<typeof UpdateHint>;

/** Milliseconds: a stage of a rollout is nothing that needs more. */
export const HINT_HEARD_EVERY = 10 * 60_000;
