import type { Target } from '../target.ts';
import type { Problem } from './problem.ts';

/**
 * The target file as it reads for the spare unit alone. What is of one unit comes from `spare` and from nowhere else; pages
 * and services are the product's, and so is who allowed it. Whoever names such a unit allows what cannot be put back on it.
 */
export function targetOfSpare(target: Target): Target | undefined {
  const { schema, declaration, authorisation, associatedServices, site, limits, leftOut, spare } = target;
  if (spare === undefined) return undefined;
  const { runningStorage, ...own } = spare;
  return {
    schema,
    declaration,
    authorisation: { ...authorisation, changes: true, destructive: true },
    ...(associatedServices === undefined ? {} : { associatedServices }),
    ...(site === undefined ? {} : { site }),
    ...(limits === undefined ? {} : { limits }),
    ...(leftOut === undefined ? {} : { leftOut }),
    ...own,
    ...(runningStorage === undefined ? {} : { artefacts: { runningStorage } }),
  };
}

/** Where its own mistakes stand in the file; those of what both units share are named once, by the other reading. */
export function problemsOfSpare(found: readonly Problem[]): readonly Problem[] {
  return found
    .filter(({ path }) => OWN.some((part) => path === part || path.startsWith(`${part}/`)))
    .map((problem) => ({ ...problem, path: `/spare${problem.path.replace('/artefacts', '')}` }));
}
const OWN = ['/services', '/accounts', '/artefacts'];
