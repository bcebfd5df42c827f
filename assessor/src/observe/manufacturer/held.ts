import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Printed } from './printing.ts';

/** What the services of a manufacturer hold of one unit, as its people or the manufacturer can have it out. */
export const HeldRow = Type.Object({
  field: Type.String({ maxLength: 128 }),
  at: Type.String({ maxLength: 40 }),
  value: Type.Union([Type.Number(), Type.Boolean(), Type.String({ maxLength: 4096 })]),
  /** a personal-data item, named by `field`, that is held as this declared party alone can read it */
  sealedTo: Type.Optional(Type.String({ maxLength: 64 })),
});
export type HeldRow = Static<typeof HeldRow>;
export type Held =
  | { readonly ok: true; readonly rows: readonly HeldRow[] }
  | { readonly ok: false; readonly because: string };

const HeldRows = Type.Array(HeldRow, { maxItems: 200_000 });

export function heldIn(printed: Printed): Held {
  if (!printed.ok) return printed;
  try {
    // boundary held-data: whoever has out what a manufacturer holds -> HeldRows, at most MOST_PRINTED, else the case is open;
    // assessor/test/cases/privacy/held.test.ts
    const rows: unknown = JSON.parse(printed.text);
    if (Value.Check(HeldRows, rows) && rows.every(({ at }) => Number.isFinite(Date.parse(at))))
      return { ok: true, rows };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { ok: false, because: 'what the command of the target file prints is no list of field, time and value' };
}
