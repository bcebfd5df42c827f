import { factsOf } from '../facts.ts';
import type { Problem } from '../problem.ts';
import type { Declaration } from '../schema/declaration.ts';
import { LINT_RULES } from './table.ts';

/**
 * The mistakes of a declaration that holds its schema; empty where there are none.
 *
 * @param today ISO date in UTC, as `2026-11-21`: the day on which support must not have ended
 * @param file the name under which problems are reported
 */
export function lintDeclaration(
  declaration: Declaration,
  { today, file = 'declaration' }: { readonly today: string; readonly file?: string },
): readonly Problem[] {
  const context = { today, facts: factsOf(declaration) };
  return LINT_RULES.flatMap(({ id, cure, check }) =>
    [...check(declaration, context)].map(({ path, message }): Problem => ({
      file,
      path,
      rule: id,
      message,
      cure,
      severity: 'error',
    })),
  );
}
