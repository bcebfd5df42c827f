import { CODES, rows, type Code, type Facts, type Topic } from '@hearthward/standards';
import { cite } from '../problem.ts';
import type { CommunicationMechanism, Declaration } from '../schema/declaration.ts';

/** What a rule finds: where, and what is wrong there. The table gives it clause and cure. */
export interface Finding {
  /** JSON pointer into the declaration */
  readonly path: string;
  readonly message: string;
}

export interface LintContext {
  /** ISO date, as `2026-11-21`; a rule has no clock */
  readonly today: string;
  readonly facts: Facts;
}

export type Check = (declaration: Declaration, context: LintContext) => Iterable<Finding>;

export interface LintRule {
  readonly id: string;
  /** the row that the rule serves; `IXIT n-Name` where it serves a table of TS 103 701 alone */
  readonly clause: string;
  readonly cure: string;
  readonly check: Check;
}

/** How a cure ends where the rows that speak against it may be given up instead. */
export const OR_N = 'or declare the rows named here N with a reason';

export const rule = (id: string, clause: string, check: Check, cure: string): LintRule => ({ id, clause, cure, check });

/**
 * The rows on a topic that the declaration claims, as they are cited; empty where each is declared N
 * or N/A. A fact that speaks against a row is a mistake only while the row is claimed: who declares N says so already.
 */
export function claimedOn(declaration: Declaration, topic: Topic): string {
  return CODES.flatMap((code) =>
    onTopic(code, topic)
      .filter((ref) => isClaimed(declaration, code, ref))
      .map((ref) => cite(code, ref)),
  ).join(', ');
}

const isClaimed = (declaration: Declaration, code: Code, ref: string): boolean =>
  declaration.rows[code]?.[ref] === undefined;

const onTopic = (code: Code, topic: Topic): readonly string[] =>
  rows(code)
    .filter((row) => row.topics.includes(topic))
    .map((row) => row.ref);

/** TLS, SSH, or a link layer of its own that authenticates its peer; a name like `mqtt` without TLS is in the clear. */
export const isEncrypted = (it: CommunicationMechanism): boolean =>
  it.tls !== undefined || it.protocol === 'ssh' || (it.protocol === 'other' && it.authentication !== 'none');

export const listed = (names: Iterable<string>): string => {
  const all = [...names];
  return all.length === 0 ? 'none is declared' : all.join(', ');
};
