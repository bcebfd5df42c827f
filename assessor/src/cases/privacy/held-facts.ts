import { Type, type Static } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { HeldRow } from '../../observe/manufacturer/held.ts';

/** What is held of each field, in figures; the values themselves are people's, and are not recorded. */
export const FieldFacts = Type.Object(
  {
    declared: Type.Boolean(),
    rows: Type.Integer(),
    /** values that are no multiple of the declared step, beyond the declared range, or of another type */
    offStep: Type.Integer(),
    outside: Type.Integer(),
    mistyped: Type.Integer(),
    /** two that followed each other sooner than declared */
    tooSoon: Type.Integer(),
    /** pairs that followed each other, by which that is known */
    pairs: Type.Integer(),
  },
  { additionalProperties: false },
);
export type FieldFacts = Static<typeof FieldFacts>;
type Field = Declaration['telemetryData'][number];

export function factsOfHeld(declaration: Declaration, rows: readonly HeldRow[]): ReadonlyMap<string, FieldFacts> {
  // what is sealed has no value here that could be held against its field
  const isSealed = ({ field, sealedTo }: HeldRow): boolean =>
    sealedTo !== undefined && declaration.personalData.some((item) => item.id === field && item.sealedTo === sealedTo);
  const byField = Map.groupBy(
    rows.filter((row) => !isSealed(row)),
    ({ field }) => field,
  );
  return new Map(
    [...byField].map(([id, held]) => {
      const field = declaration.telemetryData.find((each) => each.id === id);
      return [id, field === undefined ? undeclared(held.length) : factsOf(field, held)];
    }),
  );
}

const undeclared = (rows: number): FieldFacts => ({
  declared: false,
  rows,
  offStep: 0,
  outside: 0,
  mistyped: 0,
  tooSoon: 0,
  pairs: 0,
});

function factsOf(field: Field, rows: readonly HeldRow[]): FieldFacts {
  const count = (is: (value: HeldRow['value']) => boolean): number => rows.filter(({ value }) => is(value)).length;
  const times = rows.map(({ at }) => Date.parse(at)).sort((a, b) => a - b);
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  return {
    declared: true,
    rows: rows.length,
    offStep: count((value) => typeof value === 'number' && isOffStep(field, value)),
    outside: count((value) => isOutside(field, value)),
    mistyped: count((value) => !isOfType(field, value)),
    tooSoon: gaps.filter((gap) => gap < field.everySeconds * 1000 - SLACK_MS).length,
    pairs: gaps.length,
  };
}
/** a time is taken shortly after it was decided that the field is due */
const SLACK_MS = 250;

/** Binary fractions leave a tail. */
function isOffStep({ step }: Field, value: number): boolean {
  if (step === undefined) return false;
  const steps = value / step;
  return Math.abs(steps - Math.round(steps)) > 1e-6;
}

function isOutside({ minimum, maximum, choices }: Field, value: HeldRow['value']): boolean {
  if (typeof value === 'string') return choices !== undefined && !choices.includes(value);
  return typeof value === 'number' && (value < (minimum ?? -Infinity) || value > (maximum ?? Infinity));
}

/** Whoever holds a truth value may write it as 0 or 1. */
function isOfType({ type }: Field, value: HeldRow['value']): boolean {
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' || value === 0 || value === 1;
    case 'choice':
      return typeof value === 'string';
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number';
  }
}
