import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, resolve as resolvePath } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadDeclaration, type Declaration } from '@hearthward/product';
import { Compile } from 'typebox/compile';
import { isNear, resolveHost, type Resolve } from './addresses.ts';
import { sha256 } from './evidence/blobs.ts';
import type { ClientIdentity, ResolvedEndpoint } from './observe/hand.ts';
import { oneLine } from './observe/hand.ts';
import { Target, type Endpoint } from './target.ts';

/**
 * Reads a target file and everything that it names. Refuses, before anything is sent: a file that is not one, a
 * target that nobody allowed to be assessed, an address that is neither near nor named as public.
 */
export interface Problem {
  readonly file: string;
  /** JSON pointer in the file; empty for the file as a whole */
  readonly path: string;
  readonly message: string;
  readonly cure: string;
}
export interface LoadedTarget {
  /** passwords read from their files; otherwise as written */
  readonly target: Target;
  readonly file: string;
  readonly declaration: Declaration;
  readonly declarationFile: string;
  readonly endpoints: ReadonlyMap<string, ResolvedEndpoint>;
  readonly clientIdentity?: ClientIdentity;
  readonly resolve: (path: string) => string;
  readonly addressOf: (address: string) => string;
}
export type TargetLoaded =
  | { readonly ok: true; readonly loaded: LoadedTarget }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export const problemLine = (problem: Problem): string =>
  `${problem.file}${problem.path === '' ? '' : ` ${problem.path}`}: ${problem.message}; ${problem.cure}`;

const compiled = Compile(Target);

/** `today`: ISO date, for the authorisation. */
export async function loadTarget(file: string, today: string, resolveName: Resolve = resolveHost): Promise<TargetLoaded> {
  const read = await readTarget(file);
  if ('problems' in read) return { ok: false, problems: read.problems };
  const shape = shapeProblems(file, read.value);
  if (shape.length > 0 || !compiled.Check(read.value)) return { ok: false, problems: shape };
  const target = read.value;
  if (target.authorisation.until < today) {
    const message = `the authorisation ended on ${target.authorisation.until}`;
    return { ok: false, problems: [{ file, path: '/authorisation/until', message, cure: 'have it renewed by who gave it' }] };
  }
  const resolve = (path: string): string => resolvePath(dirname(resolvePath(file)), path);
  const loaded = await loadDeclaration(resolve(target.declaration));
  if (!loaded.ok) return { ok: false, problems: loaded.problems };

  const problems: Problem[] = [...unknownIds(file, target, loaded.declaration)];
  const addresses = await nearAddresses(file, target, resolveName, problems);
  const endpoints = new Map<string, ResolvedEndpoint>();
  for (const [path, id, endpoint] of endpointsOf(target)) {
    const resolved = await resolveEndpoint(file, path, id, endpoint, addresses, resolve, problems);
    if (resolved !== undefined) endpoints.set(id, resolved);
  }
  const accounts = await readAccounts(file, target, resolve, problems);
  const clientIdentity = await readIdentity(file, target, resolve, problems);
  await checkFiles(file, target, resolve, problems);
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    loaded: {
      target: accounts === undefined ? target : { ...target, accounts },
      file: resolvePath(file),
      declaration: loaded.declaration,
      declarationFile: resolve(target.declaration),
      endpoints,
      ...(clientIdentity === undefined ? {} : { clientIdentity }),
      resolve,
      addressOf: (address) => addresses.get(address) ?? address,
    },
  };
}

async function readTarget(file: string): Promise<{ readonly value: unknown } | { readonly problems: readonly Problem[] }> {
  if (!existsSync(file)) return fault(file, 'there is no such file', 'name the target file');
  try {
    if (/\.[mc]?[jt]s$/.test(file)) {
      const loaded: { default?: unknown } = await import(pathToFileURL(resolvePath(file)).href);
      // through JSON, so that a target is plain data whichever way it was written
      return { value: JSON.parse(JSON.stringify(loaded.default ?? null)) };
    }
    return { value: JSON.parse(await readFile(file, 'utf8')) };
  } catch (error) {
    return fault(file, `cannot be read: ${oneLine(error instanceof Error ? error.message : String(error))}`, 'mend the syntax');
  }
}

const fault = (file: string, message: string, cure: string) => ({ problems: [{ file, path: '', message, cure }] });

function shapeProblems(file: string, value: unknown): readonly Problem[] {
  if (typeof value === 'object' && value !== null && !('authorisation' in value)) {
    const message = 'nobody has allowed this target to be assessed';
    const cure = 'add `authorisation` with by, statement, until, changes and destructive; until then nothing is sent';
    return [{ file, path: '/authorisation', message, cure }];
  }
  const problems = new Map<string, Problem>();
  for (const error of compiled.Errors(value)) {
    if (error.keyword === 'boolean') continue;
    const extra = error.keyword === 'additionalProperties' ? namesOf(error.params, 'additionalProperties') : [];
    const lacking = error.keyword === 'required' ? namesOf(error.params, 'requiredProperties') : [];
    const path = [error.instancePath, ...(extra.length === 1 ? extra : lacking.length === 1 ? lacking : [])].join('/');
    if (problems.has(path)) continue;
    const cure =
      extra.length > 0 ? `remove ${extra.join(', ')}` : lacking.length > 0 ? `add ${lacking.join(', ')}` : 'see assessor/README.md for the form';
    problems.set(path, { file, path, message: error.message, cure });
  }
  return [...problems.values()];
}

function namesOf(params: unknown, name: string): readonly string[] {
  const list = typeof params === 'object' && params !== null ? (params as Record<string, unknown>)[name] : undefined;
  return Array.isArray(list) ? list.map(String) : [];
}

function endpointsOf(target: Target): readonly (readonly [path: string, id: string, endpoint: Endpoint])[] {
  return [
    ...Object.entries(target.services).map(([id, endpoint]) => [`/services/${id}`, id, endpoint] as const),
    ...Object.entries(target.associatedServices ?? {}).map(([id, endpoint]) => [`/associatedServices/${id}`, id, endpoint] as const),
    ...(target.site === undefined ? [] : [['/site', 'site', target.site] as const]),
  ];
}

function unknownIds(file: string, target: Target, declaration: Declaration): readonly Problem[] {
  const table = (path: string, given: object | undefined, known: readonly { readonly id: string }[], what: string): readonly Problem[] =>
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
    ...table('/accounts', target.accounts, declaration.authenticationMechanisms, 'authentication mechanism'),
  ];
}

/** Host -> address to connect to. A name that leads anywhere else than near is refused, whichever of its addresses it is. */
async function nearAddresses(file: string, target: Target, resolveName: Resolve, problems: Problem[]): Promise<ReadonlyMap<string, string>> {
  const hosts = new Map<string, string>();
  for (const [path, , endpoint] of endpointsOf(target)) hosts.set(hostOf(endpoint.url), path);
  if (target.host !== undefined) hosts.set(target.host.address, '/host/address');
  if (target.host?.control !== undefined) hosts.set(target.host.control, '/host/control');
  const allowed = new Set(target.authorisation.publicHosts ?? []);
  const addresses = new Map<string, string>();
  for (const [host, path] of hosts) {
    const found = await resolveName(host).catch(() => []);
    const [first] = found;
    if (first === undefined) {
      problems.push({ file, path, message: `the name ${host} does not resolve`, cure: 'correct it, or give an address' });
    } else if (!allowed.has(host) && !found.every(isNear)) {
      const message = `${host} is at ${found.join(', ')}, which is neither loopback nor private`;
      problems.push({ file, path, message, cure: 'if the authorisation covers it, name it in /authorisation/publicHosts' });
    } else addresses.set(host, first);
  }
  return addresses;
}

const hostOf = (url: string): string => new URL(url).hostname.replace(/^\[|\]$/g, '');
const DEFAULT_PORT = { http: 80, https: 443, mqtt: 1883, mqtts: 8883 } as const;

async function resolveEndpoint(
  file: string,
  path: string,
  id: string,
  endpoint: Endpoint,
  addresses: ReadonlyMap<string, string>,
  resolve: (path: string) => string,
  problems: Problem[],
): Promise<ResolvedEndpoint | undefined> {
  const url = new URL(endpoint.url);
  const scheme = (['http', 'https', 'mqtt', 'mqtts'] as const).find((known) => `${known}:` === url.protocol);
  const address = addresses.get(hostOf(endpoint.url));
  if (scheme === undefined || address === undefined) return undefined;
  const trust = endpoint.trust === undefined ? undefined : await readText(file, `${path}/trust`, resolve(endpoint.trust), problems);
  return {
    id,
    scheme,
    host: hostOf(endpoint.url),
    address,
    port: url.port === '' ? DEFAULT_PORT[scheme] : Number(url.port),
    ...(trust === undefined ? {} : { trust }),
    ...(endpoint.fingerprint === undefined ? {} : { fingerprint: endpoint.fingerprint }),
  };
}

async function readAccounts(
  file: string,
  target: Target,
  resolve: (path: string) => string,
  problems: Problem[],
): Promise<Target['accounts']> {
  if (target.accounts === undefined) return undefined;
  const accounts: NonNullable<Target['accounts']> = {};
  for (const [id, account] of Object.entries(target.accounts)) {
    if (account.password !== undefined || account.passwordFile === undefined) accounts[id] = account;
    else {
      const text = await readText(file, `/accounts/${id}/passwordFile`, resolve(account.passwordFile), problems);
      accounts[id] = { ...account, password: text?.split(/\r?\n/)[0] ?? '' };
    }
  }
  return accounts;
}

async function readIdentity(
  file: string,
  target: Target,
  resolve: (path: string) => string,
  problems: Problem[],
): Promise<ClientIdentity | undefined> {
  if (target.clientIdentity === undefined) return undefined;
  const certificate = await readText(file, '/clientIdentity/certificate', resolve(target.clientIdentity.certificate), problems);
  const key = await readText(file, '/clientIdentity/key', resolve(target.clientIdentity.key), problems);
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

async function checkFiles(file: string, target: Target, resolve: (path: string) => string, problems: Problem[]): Promise<void> {
  const named: (readonly [string, string])[] = [
    ...(target.artefacts?.software ?? []).map((path, at) => [`/artefacts/software/${at}`, path] as const),
    ...(target.artefacts?.storage ?? []).map((path, at) => [`/artefacts/storage/${at}`, path] as const),
  ];
  if (target.artefacts?.initialPasswords !== undefined) named.push(['/artefacts/initialPasswords', target.artefacts.initialPasswords]);
  for (const [path, name] of named) {
    if (!existsSync(resolve(name))) problems.push({ file, path, message: `${name} does not exist`, cure: 'correct the path, or remove it' });
  }
  for (const [at, record] of (target.records ?? []).entries()) {
    const path = `/records/${at}`;
    const text = await readText(file, `${path}/file`, resolve(record.file), problems);
    if (text === undefined || sha256(await readFile(resolve(record.file))) === record.sha256) continue;
    problems.push({ file, path, message: `${record.file} is not the document that was reviewed`, cure: 'have it reviewed again and record its SHA-256' });
  }
}

async function readText(file: string, path: string, name: string, problems: Problem[]): Promise<string | undefined> {
  try {
    return await readFile(name, 'utf8');
  } catch (error) {
    const message = `${name} cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'})`;
    problems.push({ file, path, message, cure: 'correct the path' });
    return undefined;
  }
}
