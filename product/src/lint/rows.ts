import { applies, CODES, isCode, row, rows } from '@hearthward/standards';
import { cite, step } from '../problem.ts';
import type { Declaration, RowClaim } from '../schema/declaration.ts';
import { listed, type Check } from './rule.ts';

/** What is not claimed, and whether it may be said so. N on a mandatory row is allowed: a declared non-conformity. */

export const unknownCode: Check = function* (declaration) {
  for (const code of Object.keys(declaration.rows)) {
    if (!isCode(code))
      yield { path: `/rows${step(code)}`, message: `there is no code "${code}" (there are: ${listed(CODES)})` };
  }
};

export const unknownRow: Check = function* (declaration) {
  for (const code of CODES) {
    for (const ref of Object.keys(declaration.rows[code] ?? {})) {
      if (row(code, ref) !== undefined) continue;
      const all = rows(code);
      const message = `${code} has no row "${ref}" (its rows run from ${all[0]?.ref} to ${all.at(-1)?.ref})`;
      yield { path: rowPath(code, ref), message };
    }
  }
};

/** EN 303 645 4-1: a justification is recorded. */
export const rowWithoutReason: Check = function* (declaration) {
  for (const [code, claimed] of Object.entries(declaration.rows)) {
    for (const [ref, { support, reason }] of Object.entries(claimed)) {
      if (reason.trim() === '')
        yield { path: `${rowPath(code, ref)}/reason`, message: `${support} is declared without a reason` };
    }
  }
};

/** N/A follows only from a condition that is false. */
export const notApplicableUnconditional: Check = function* (declaration) {
  for (const { path, name, row } of notApplicable(declaration)) {
    if (row.conditions.length === 0)
      yield { path, message: `${name} has no condition, so it applies to every product` };
  }
};

export const notApplicableButApplies: Check = function* (declaration, { facts }) {
  for (const { path, name, row } of notApplicable(declaration)) {
    if (row.conditions.length === 0 || applies(row, facts) !== true) continue;
    yield { path, message: `${name} applies: ${row.conditions.join(' and ')} is true in the declared facts` };
  }
};

function* notApplicable(declaration: Declaration) {
  for (const code of CODES) {
    for (const [ref, { support }] of Object.entries<RowClaim>(declaration.rows[code] ?? {})) {
      const found = support === 'N/A' ? row(code, ref) : undefined;
      if (found) yield { path: `${rowPath(code, ref)}/support`, name: cite(code, ref), row: found };
    }
  }
}

const rowPath = (code: string, ref: string): string => `/rows${step(code)}${step(ref)}`;
