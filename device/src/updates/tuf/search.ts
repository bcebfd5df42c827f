import { createHash } from 'node:crypto';
import { DIGESTS } from '@hearthward/protocol';
import { refuse, type DelegatedRole, type Refusal, type TargetFile } from './metadata.ts';
import type { Vouched } from './trusted.ts';

/**
 * The way to a path through delegations (TUF 1.0.34, 5.6.7): pre-order, depth first, as a decision. It says whose
 * metadata is needed next and by whom it has to be vouched for; the driver gets and checks it and comes back.
 *
 * A role is visited once on the way, so that circles end. A terminating delegation ends the search below it. Every
 * delegation on the way has to cover the path, not just the last.
 */
export interface Search {
  readonly path: string;
  readonly mostRoles: number;
  readonly visited: readonly string[];
  readonly ahead: readonly Visit[];
}
export interface Visit {
  readonly role: string;
  /** who delegates to it here; undefined: the root */
  readonly delegator: Vouched | undefined;
}
export type Step =
  | { readonly kind: 'visit'; readonly visit: Visit; readonly search: Search }
  | { readonly kind: 'found'; readonly target: TargetFile; readonly role: string }
  | { readonly kind: 'ended'; readonly refusal: Refusal };

/** `mostRoles`: delegated roles that one search may visit. */
export const startSearch = (path: string, mostRoles: number): Step => ({
  kind: 'visit',
  visit: { role: 'targets', delegator: undefined },
  search: { path, mostRoles, visited: ['targets'], ahead: [] },
});

/** After the role that was asked for has been believed. */
export const continueSearch = (search: Search, here: Vouched): Step => {
  const { signed } = here.read;
  const target = Object.hasOwn(signed.targets, search.path) ? signed.targets[search.path] : undefined;
  if (target) return { kind: 'found', target, role: here.role };
  return next({ ...search, ahead: onwards(search, here) });
};

const onwards = ({ path, ahead }: Search, here: Vouched): readonly Visit[] => {
  const covering = here.read.signed.delegations?.roles?.filter((role) => covers(role, path)) ?? [];
  const last = covering.findIndex(({ terminating }) => terminating);
  const visits = covering.map(({ name }): Visit => ({ role: name, delegator: here }));
  return last === -1 ? [...visits, ...ahead] : visits.slice(0, last + 1);
};

const next = (search: Search): Step => {
  const at = search.ahead.findIndex(({ role }) => !search.visited.includes(role));
  const visit = search.ahead[at];
  if (!visit) return ended('no-such-target', search);
  const ahead = search.ahead.slice(at + 1);
  // the top-level role is visited beside those that it delegates to
  if (search.visited.length > search.mostRoles) return ended('too-many-roles', search);
  return { kind: 'visit', visit, search: { ...search, ahead, visited: [...search.visited, visit.role] } };
};

const ended = (code: 'no-such-target' | 'too-many-roles', { path, visited }: Search): Step => ({
  kind: 'ended',
  refusal: refuse(
    code,
    visited.at(-1) ?? 'targets',
    `${JSON.stringify(path.slice(0, 200))} is in none of ${visited.length} roles`,
  ),
});

/** Whether a delegation is about `path` (TUF 1.0.34, 4.5). */
export const covers = ({ paths, path_hash_prefixes: prefixes }: DelegatedRole, path: string): boolean => {
  if (paths) return paths.some((pattern) => matchesPattern(pattern, path));
  if (!prefixes) return false;
  const digest = createHash(DIGESTS.sha256.digest).update(path).digest('hex');
  return prefixes.some((prefix) => digest.startsWith(prefix));
};

/** `*` stands for any characters of one segment, `?` for one of them; all else is itself. */
export const matchesPattern = (pattern: string, path: string): boolean => {
  const patterns = pattern.split('/');
  const segments = path.split('/');
  return patterns.length === segments.length && patterns.every((each, at) => matchesSegment(each, segments[at] ?? ''));
};

/** In time that grows with the product of both lengths at most, whatever the pattern: it goes back to the last `*` alone. */
const matchesSegment = (pattern: string, text: string): boolean => {
  const wanted = Array.from(pattern);
  const given = Array.from(text);
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let i = 0; i < given.length;) {
    if (wanted[at] === '*') {
      star = at;
      at += 1;
      resume = i;
    } else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === given[i])) {
      at += 1;
      i += 1;
    } else if (star !== -1) {
      at = star + 1;
      resume += 1;
      i = resume;
    } else {
      return false;
    }
  }
  return wanted.slice(at).every((each) => each === '*');
};
