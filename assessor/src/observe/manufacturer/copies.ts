import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Printed } from './printing.ts';

/** A copy of what the services of a manufacturer hold, as whoever keeps it says. */
const Copy = Type.Object({
  madeAt: Type.String({ maxLength: 40 }),
  until: Type.String({ maxLength: 40 }),
  removedAt: Type.Optional(Type.String({ maxLength: 40 })),
});
export type Copy = Static<typeof Copy>;
export type Copies =
  | { readonly ok: true; readonly copies: readonly Copy[] }
  | { readonly ok: false; readonly because: string };

const CopyList = Type.Array(Copy, { maxItems: 100_000 });

/** Those that are there; what was removed is left out. */
export function copiesIn(printed: Printed): Copies {
  if (!printed.ok) return printed;
  try {
    // boundary said-copies: whoever keeps backups of the services -> CopyList, at most MOST_PRINTED, else the case is open;
    // assessor/test/cases/privacy/backups.test.ts
    const copies: unknown = JSON.parse(printed.text);
    if (Value.Check(CopyList, copies) && copies.every(({ madeAt, until }) => isTime(madeAt) && isTime(until)))
      return { ok: true, copies: copies.filter(({ removedAt }) => removedAt === undefined) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { ok: false, because: 'what the command of the target file prints is no list of copies with their times' };
}

const isTime = (text: string): boolean => Number.isFinite(Date.parse(text));
