import { Type, type Static } from 'typebox';
import type { Listen } from '../seams.ts';

/** What processes of a device tell their parent and hear from it, over the line that Node gives them. */

const Fault = Type.Object({ code: Type.String(), message: Type.String(), cure: Type.String() });
const Listening = Type.Record(Type.String(), Type.Object({ address: Type.String(), port: Type.Integer() }));

export const FromChild = Type.Union([
  Type.Object({ type: Type.Literal('ready'), listen: Type.Optional(Listening) }),
  Type.Object({ type: Type.Literal('fault'), fault: Fault }),
  /** the updater's: the next start is another image's */
  Type.Object({ type: Type.Literal('restart') }),
]);
export type FromChild = Static<typeof FromChild>;

/** What `boot` tells core. */
export const ToCore = Type.Object({
  type: Type.Literal('pressed'),
  press: Type.Union([Type.Literal('short'), Type.Literal('long')]),
});
export type ToCore = Static<typeof ToCore>;

/** What `boot` tells whoever started it: over the line where there is one, else one JSON line on stdout. */
export interface Ready {
  readonly type: 'ready';
  readonly listen: Listen;
}

/**
 * Exit code of `boot` where the device is to begin again with the slot that the record names: EX_TEMPFAIL of sysexits.h,
 * since whoever started it may try again. `loader` does.
 */
export const BEGIN_AGAIN = 75;

/** Where a child finds its end of the pair between core and signer. */
export const PAIR_DESCRIPTOR = 3;
