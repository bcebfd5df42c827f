import { Type, type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { Decided, Judgement, LoginOutcome, Seen } from '../../model.ts';

/**
 * How the judges of this folder read and weigh. Observations are `unknown` here: they may be years old or tampered
 * with. What cannot be read makes an ERROR and never helps towards a PASS; what is missing leaves its subject uncovered.
 */
export interface Part {
  readonly verdict: Judgement['verdict'];
  readonly because: string;
  readonly evidence: readonly string[];
  readonly uncovered?: readonly string[];
}
export interface Reading<T> {
  readonly id: string;
  readonly subject: string;
  readonly data: T;
}
type Readings<K extends Record<string, TSchema>> = { readonly [P in keyof K]: readonly Reading<Static<K[P]>>[] };

/** A case records this where it could not try a subject. */
const Blocked = Type.Object({ because: Type.String() }, { additionalProperties: false });

export function readEvidence<K extends Record<string, TSchema>>(
  seen: Seen,
  kinds: K,
): { readonly rows: Readings<K>; readonly parts: readonly Part[] } {
  const rows: Record<string, Reading<unknown>[]> = Object.fromEntries(Object.keys(kinds).map((kind) => [kind, []]));
  const parts: Part[] = [];
  const observations: readonly unknown[] = Array.isArray(seen.observations) ? seen.observations : [];
  for (const observation of observations) {
    if (!Value.Check(Envelope, observation)) {
      parts.push(broken('an observation', []));
      continue;
    }
    const { id, kind, subject, data } = observation;
    const schema = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
    if (schema !== undefined && Value.Check(schema, data)) rows[kind]?.push({ id, subject, data });
    else if (kind === 'blocked' && Value.Check(Blocked, data)) {
      parts.push({
        verdict: 'INCONCLUSIVE',
        because: `${subject}: ${data.because}`,
        evidence: [id],
        uncovered: [`${subject}: ${data.because}`],
      });
    } else parts.push(broken(`observation ${id} (${kind})`, [id]));
  }
  return { rows: rows as Readings<K>, parts };
}

/** The worst part decides; a PASS that leaves something uncovered, or rests on nothing, is INCONCLUSIVE. */
export function weigh(parts: readonly Part[], nothing: string, decided: Decided = 'automatic'): Judgement {
  const uncovered = [...new Set(parts.flatMap((part) => part.uncovered ?? []))];
  const evidence = [...new Set(parts.flatMap((part) => part.evidence))];
  const worst = SEVERITY.find((verdict) => parts.some((part) => part.verdict === verdict));
  if (worst === undefined)
    return { verdict: 'INCONCLUSIVE', decided, because: nothing, uncovered: [nothing], evidence };
  const said = [...new Set(parts.filter((part) => part.verdict === worst).map((part) => part.because))];
  const because = said.length > 3 ? `${said.slice(0, 3).join('; ')}; and ${said.length - 3} more` : said.join('; ');
  if (worst !== 'PASS') return { verdict: worst, decided, because, uncovered, evidence };
  const unsupported = parts.some((part) => part.verdict === 'PASS' && part.evidence.length === 0);
  if (uncovered.length === 0 && !unsupported) return { verdict: 'PASS', decided, because, uncovered, evidence };
  const missing = uncovered.length === 0 ? ['an observation that a claim rests on'] : uncovered;
  return {
    verdict: 'INCONCLUSIVE',
    decided,
    because: `${because}; not seen: ${missing.join('; ')}`,
    uncovered: missing,
    evidence,
  };
}

export const pass = (because: string, evidence: readonly string[], uncovered: readonly string[] = []): Part => ({
  verdict: 'PASS',
  because,
  evidence,
  uncovered,
});
export const fail = (because: string, evidence: readonly string[]): Part => ({ verdict: 'FAIL', because, evidence });
export const open = (because: string, evidence: readonly string[] = []): Part => ({
  verdict: 'INCONCLUSIVE',
  because,
  evidence,
  uncovered: [because],
});
export const fault = (because: string, evidence: readonly string[]): Part => ({ verdict: 'ERROR', because, evidence });
export const idsOf = (rows: readonly Reading<unknown>[]): readonly string[] => rows.map((row) => row.id);
export const of = <T>(rows: readonly Reading<T>[], subject: string): readonly Reading<T>[] =>
  rows.filter((row) => row.subject === subject);

/** How a login went, as it is recorded. `location` is the path that a redirect led to. */
export const Outcome = Type.Object(
  {
    kind: Type.Union([
      Type.Literal('in'),
      Type.Literal('refused'),
      Type.Literal('throttled'),
      Type.Literal('offered'),
      Type.Literal('unexpected'),
      Type.Literal('unreachable'),
    ]),
    status: Type.Integer(),
    ms: Type.Number(),
    retryAfterSeconds: Type.Optional(Type.Number()),
  },
  { additionalProperties: false },
);
export type Outcome = Static<typeof Outcome>;

export function outcomeOf(outcome: LoginOutcome): Outcome {
  if (outcome.kind === 'unreachable') return { kind: 'unreachable', status: 0, ms: 0 };
  const { status, ms } = outcome.answer;
  const wait = outcome.kind === 'throttled' ? outcome.retryAfterSeconds : undefined;
  return { kind: outcome.kind, status, ms, ...(wait === undefined ? {} : { retryAfterSeconds: wait }) };
}
export const blobOf = (outcome: LoginOutcome): readonly string[] =>
  outcome.kind === 'unreachable' ? [] : [outcome.answer.blob];

const SEVERITY = ['FAIL', 'ERROR', 'INCONCLUSIVE', 'PASS'] as const;
const Envelope = Type.Object({ id: Type.String(), kind: Type.String(), subject: Type.String(), data: Type.Unknown() });
const broken = (what: string, evidence: readonly string[]): Part =>
  fault(`${what} cannot be read as what this case records`, evidence);
