import { Type, type Static } from 'typebox';
import { Cause, Detail, Quarantine } from './decide.ts';

/** What core says to whoever keeps the record, and hears from there; `boot` carries it on where that is the loader. */

const strict = { additionalProperties: false } as const;

/**
 * Core may put the device into quarantine for any reason, and takes back what it found itself alone: that a part did not
 * pass its test. That the software is whole again is not core's to say.
 */
export const ToQuarantine = Type.Object(
  {
    to: Type.Literal('quarantine'),
    say: Type.Union([
      Type.Object(
        {
          kind: Type.Literal('violated'),
          cause: Cause,
          detail: Detail,
        },
        strict,
      ),
      Type.Object({ kind: Type.Literal('recovered'), cause: Type.Literal('self-test') }, strict),
      Type.Object({ kind: Type.Literal('decided'), incident: Type.Integer() }, strict),
      /** core's store exists from now on, and is missed where it is gone */
      Type.Object({ kind: Type.Literal('begun') }, strict),
      /** is the software whole now? */
      Type.Object({ kind: Type.Literal('look') }, strict),
      /** how often it is looked at, as the product declares */
      Type.Object({ kind: Type.Literal('every'), millis: Type.Integer({ minimum: 1 }) }, strict),
    ]),
  },
  strict,
);
export type ToQuarantine = Static<typeof ToQuarantine>;

export const OfQuarantine = Type.Object(
  {
    of: Type.Literal('quarantine'),
    state: Quarantine,
    /** the incident of the decision that this answers */
    answers: Type.Optional(Type.Integer()),
    /** what a look found; `unknown` where no manifest says what the software should be */
    looked: Type.Optional(Type.Union([Type.Literal('whole'), Type.Literal('altered'), Type.Literal('unknown')])),
  },
  strict,
);
export type OfQuarantine = Static<typeof OfQuarantine>;
