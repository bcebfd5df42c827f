import { dirname, resolve as resolvePath } from 'node:path';
import { loadDeclaration, type Declaration } from '@hearthward/product';
import { resolveHost, type Resolve } from './loading/addresses.ts';
import { endpointsOf, nearAddresses, resolveEndpoint } from './loading/endpoints.ts';
import { checkFiles, readAccounts, readIdentity } from './loading/given-files.ts';
import type { Problem } from './loading/problem.ts';
import { compiled, readTarget, shapeProblems } from './loading/shape.ts';
import { problemsOfSpare, targetOfSpare } from './loading/spare.ts';
import type { ClientIdentity, ResolvedEndpoint } from './observe/wire/hand.ts';
import type { Target } from './target.ts';

/**
 * Reads a target file and everything that it names. Refuses, before anything is sent: a file that is not one, a
 * target that nobody allowed to be assessed, an address that is neither near nor named as public.
 */
export interface LoadedTarget {
  /** passwords read from their files; otherwise as written */
  readonly target: Target;
  readonly file: string;
  readonly declaration: Declaration;
  readonly declarationFile: string;
  readonly endpoints: ReadonlyMap<string, ResolvedEndpoint>;
  readonly clientIdentity?: ClientIdentity;
  readonly forRenewal?: ClientIdentity;
  readonly resolve: (path: string) => string;
  readonly addressOf: (address: string) => string;
  /** the spare unit of the file, read as a target of its own */
  readonly spare?: LoadedTarget;
}
export type TargetLoaded =
  | { readonly ok: true; readonly loaded: LoadedTarget }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** `today`: ISO date, for the authorisation. */
export async function loadTarget(
  file: string,
  today: string,
  resolveName: Resolve = resolveHost,
): Promise<TargetLoaded> {
  const read = await readTarget(file);
  if ('problems' in read) return { ok: false, problems: read.problems };
  const shape = shapeProblems(file, read.value);
  if (shape.length > 0 || !compiled.Check(read.value)) return { ok: false, problems: shape };
  const target = read.value;
  if (target.authorisation.until < today) {
    const message = `the authorisation ended on ${target.authorisation.until}`;
    return {
      ok: false,
      problems: [{ file, path: '/authorisation/until', message, cure: 'have it renewed by who gave it' }],
    };
  }
  const loaded = await loadDeclaration(resolvePath(dirname(resolvePath(file)), target.declaration));
  if (!loaded.ok) return { ok: false, problems: loaded.problems };

  const problems: Problem[] = [];
  const unit = await loadUnit(file, target, loaded.declaration, resolveName, problems);
  const other = targetOfSpare(target);
  if (other === undefined) return problems.length > 0 ? { ok: false, problems } : { ok: true, loaded: unit };
  const found: Problem[] = [];
  const spare = await loadUnit(file, other, loaded.declaration, resolveName, found);
  problems.push(...problemsOfSpare(found));
  return problems.length > 0 ? { ok: false, problems } : { ok: true, loaded: { ...unit, spare } };
}

/** What the file says of one unit. What is wrong with it goes to `problems`, and then the result is not to be used. */
async function loadUnit(
  file: string,
  target: Target,
  declaration: Declaration,
  resolveName: Resolve,
  problems: Problem[],
): Promise<LoadedTarget> {
  const resolve = (path: string): string => resolvePath(dirname(resolvePath(file)), path);
  problems.push(...unknownIds(file, target, declaration));
  const addresses = await nearAddresses(file, target, resolveName, problems);
  const endpoints = new Map<string, ResolvedEndpoint>();
  for (const [path, id, endpoint] of endpointsOf(target)) {
    const resolved = await resolveEndpoint(file, path, id, endpoint, addresses, resolve, problems);
    if (resolved !== undefined) endpoints.set(id, resolved);
  }
  const accounts = await readAccounts(file, target, resolve, problems);
  const given = target.clientIdentity;
  const clientIdentity = await readIdentity(file, '/clientIdentity', given, resolve, problems);
  const renewable = '/clientIdentity/forRenewal';
  const forRenewal = await readIdentity(file, renewable, given?.forRenewal, resolve, problems);
  await checkFiles(file, target, resolve, problems);
  return {
    target: accounts === undefined ? target : { ...target, accounts },
    file: resolvePath(file),
    declaration,
    declarationFile: resolve(target.declaration),
    endpoints,
    ...(clientIdentity === undefined ? {} : { clientIdentity }),
    ...(forRenewal === undefined ? {} : { forRenewal }),
    resolve,
    addressOf: (address) => {
      const found = addresses.get(address);
      if (found === undefined) throw new RangeError(`the target file does not name the address ${address}`);
      return found;
    },
  };
}

function unknownIds(file: string, target: Target, declaration: Declaration): readonly Problem[] {
  const table = (
    path: string,
    given: object | undefined,
    known: readonly { readonly id: string }[],
    what: string,
  ): readonly Problem[] =>
    Object.keys(given ?? {})
      .filter((id) => !known.some((entry) => entry.id === id))
      .map((id) => ({
        file,
        path: `${path}/${id}`,
        message: `the declaration has no ${what} ${id}`,
        cure: `use one of: ${known.map((entry) => entry.id).join(', ') || 'none is declared'}`,
      }));
  return [
    ...table('/services', target.services, declaration.softwareServices, 'software service'),
    ...table('/associatedServices', target.associatedServices, declaration.associatedServices, 'associated service'),
    ...table('/redirects', target.redirects, declaration.associatedServices, 'associated service'),
    ...table('/otherAlgorithms', target.otherAlgorithms, declaration.securityParameters, 'security parameter'),
    ...table('/shortLives', target.shortLives, declaration.securityParameters, 'security parameter'),
    ...table('/accounts', target.accounts, declaration.authenticationMechanisms, 'authentication mechanism'),
  ];
}
