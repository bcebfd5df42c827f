import type { Code } from '@hearthward/standards';
import type { Declaration } from './schema/declaration.ts';

/** Rows of the codes that share one reason for not being claimed. */
export interface NotClaimed {
  readonly reason: string;
  readonly refs: Readonly<Partial<Record<Code, readonly string[]>>>;
}

/** The `rows` of a declaration from reasons: each row named is N. What does not apply follows from facts, not from here. */
export function notClaimed(list: readonly NotClaimed[]): Declaration['rows'] {
  const rows: Declaration['rows'] = {};
  for (const { reason, refs } of list) {
    for (const [code, named] of Object.entries(refs)) {
      const ofCode = (rows[code] ??= {});
      for (const ref of named) ofCode[ref] = { support: 'N', reason };
    }
  }
  return rows;
}
