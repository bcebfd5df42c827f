import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { sha256 } from '../evidence/blobs.ts';
import type { ClientIdentity } from '../observe/wire/hand.ts';
import type { Target } from '../target.ts';
import type { Problem } from './problem.ts';

/** Files that a target names: passwords, keys, folders, reviewed documents. What cannot be read is a problem with its path. */
export async function readAccounts(
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

/** @param path of the identity in the target file */
export async function readIdentity(
  file: string,
  path: string,
  named: ClientIdentity | undefined,
  resolve: (path: string) => string,
  problems: Problem[],
): Promise<ClientIdentity | undefined> {
  if (named === undefined) return undefined;
  const certificate = await readText(file, `${path}/certificate`, resolve(named.certificate), problems);
  const key = await readText(file, `${path}/key`, resolve(named.key), problems);
  return certificate === undefined || key === undefined ? undefined : { certificate, key };
}

export async function checkFiles(
  file: string,
  target: Target,
  resolve: (path: string) => string,
  problems: Problem[],
): Promise<void> {
  const named: (readonly [string, string])[] = [
    ...(target.artefacts?.software ?? []).map((path, at) => [`/artefacts/software/${at}`, path] as const),
    ...(target.artefacts?.storage ?? []).map((path, at) => [`/artefacts/storage/${at}`, path] as const),
  ];
  for (const which of ['runningStorage', 'otherStorage', 'runningSystem', 'board'] as const)
    for (const [at, path] of (target.artefacts?.[which] ?? []).entries())
      named.push([`/artefacts/${which}/${at}`, path]);
  if (target.artefacts?.initialPasswords !== undefined)
    named.push(['/artefacts/initialPasswords', target.artefacts.initialPasswords]);
  for (const [state, path] of Object.entries(target.artefacts?.packetFilter ?? {}))
    named.push([`/artefacts/packetFilter/${state}`, path]);
  for (const [path, name] of named) {
    if (!existsSync(resolve(name)))
      problems.push({ file, path, message: `${name} does not exist`, cure: 'correct the path, or remove it' });
  }
  for (const [at, record] of (target.records ?? []).entries()) {
    const path = `/records/${at}`;
    const text = await readText(file, `${path}/file`, resolve(record.file), problems);
    if (text === undefined || sha256(await readFile(resolve(record.file))) === record.sha256) continue;
    problems.push({
      file,
      path,
      message: `${record.file} is not the document that was reviewed`,
      cure: 'have it reviewed again and record its SHA-256',
    });
  }
}

export async function readText(
  file: string,
  path: string,
  name: string,
  problems: Problem[],
): Promise<string | undefined> {
  try {
    return await readFile(name, 'utf8');
  } catch (error) {
    const message = `${name} cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown'})`;
    problems.push({ file, path, message, cure: 'correct the path' });
    return undefined;
  }
}
