import {
  applies,
  CODES,
  evaluate,
  FACTS,
  parseCondition,
  row as rowOf,
  rows,
  type Code,
  type Fact,
  type Language,
  type Row,
  type Truth,
} from '@hearthward/standards';
import { factsOf, factsWithReasons } from '../facts.ts';
import type { Declaration } from '../schema/declaration.ts';

/** Support as TS 103 701's conformance statement has it; `undetermined` where a condition's fact is unknown. */
export type Support = 'Y' | 'N' | 'N/A' | 'undetermined';

export interface IcsRow {
  readonly ref: string;
  readonly status: Row['status'];
  readonly title: string;
  readonly support: Support;
  /** always there but for Y */
  readonly reason?: string;
}

/** A row that the manufacturer does not claim. */
export interface Claim {
  readonly code: Code;
  readonly ref: string;
  readonly status: Row['status'];
  readonly support: 'N' | 'N/A';
  readonly reason: string;
  /** N on a mandatory row: a non-conformity that the manufacturer declares */
  readonly nonConformity: boolean;
}

/** The implementation conformance statement of each code as the manufacturer claims it, before anything is proven. */
export function ics(declaration: Declaration, language: Language = 'en'): Readonly<Record<Code, readonly IcsRow[]>> {
  return Object.fromEntries(CODES.map((code) => [code, icsOf(declaration, code, language)])) as unknown as Readonly<
    Record<Code, readonly IcsRow[]>
  >;
}

/** Every row of one code, none missing, in the order of its text. */
export function icsOf(declaration: Declaration, code: Code, language: Language = 'en'): readonly IcsRow[] {
  const facts = factsOf(declaration);
  return rows(code, language).map((row): IcsRow => {
    const { ref, status, title } = row;
    const holds = applies(row, facts);
    if (holds === false) return { ref, status, title, support: 'N/A', reason: becauseOf(declaration, row, false) };
    const claim = declaration.rows[code]?.[ref];
    if (claim?.support === 'N') return { ref, status, title, support: 'N', reason: claim.reason };
    if (holds === undefined)
      return { ref, status, title, support: 'undetermined', reason: becauseOf(declaration, row, undefined) };
    // An N/A that the facts contradict is a mistake of the declaration (lint); here the row stays unsupported.
    if (claim) return { ref, status, title, support: 'N', reason: `declared N/A, but it applies: ${claim.reason}` };
    return { ref, status, title, support: 'Y' };
  });
}

/** Every row that the declaration names N or N/A, mandatory ones marked. */
export function claims(declaration: Declaration): readonly Claim[] {
  return CODES.flatMap((code) =>
    Object.entries(declaration.rows[code] ?? {}).flatMap(([ref, { support, reason }]) => {
      const status = rowOf(code, ref)?.status;
      if (status === undefined) return [];
      return [{ code, ref, status, support, reason, nonConformity: support === 'N' && status === 'M' }];
    }),
  );
}

/** The facts that make a row's conditions false, or leave them unknown, each with where it is declared. */
function becauseOf(declaration: Declaration, row: Row, value: Truth): string {
  const facts = factsOf(declaration);
  const reasons = new Map(factsWithReasons(declaration).map((one) => [one.fact, one.because]));
  const deciding = row.conditions.filter((condition) => {
    const parsed = parseCondition(condition);
    return parsed.ok && evaluate(parsed.expression, facts) === value;
  });
  return deciding
    .map((condition) => {
      const named = factsIn(condition).filter((fact) => value !== undefined || facts[fact] === undefined);
      const where = named.map((fact) => reasons.get(fact)).join('; ');
      return `"${condition}" is ${value === undefined ? 'unknown' : 'false'}: ${where}`;
    })
    .join('; ');
}

const factsIn = (condition: string): readonly Fact[] => {
  const words = new Set(condition.split(/[^a-z-]+/));
  return FACTS.filter((fact) => words.has(fact));
};
