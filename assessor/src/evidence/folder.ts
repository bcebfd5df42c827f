import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { sha256 } from './blobs.ts';
import { seal, type SigningKey } from './envelope.ts';

/**
 * The evidence folder. It grows under another name and takes its own only when the manifest is signed and on the disk:
 * a crash never leaves a folder that looks complete.
 *
 *     manifest.json        in-toto statement in a DSSE envelope: the digest of every other file
 *     signing-key.pem      public key of the signature
 *     declaration.json  target.json  observations.jsonl  findings.json
 *     statements/CODE.{json,html,md,csv}   report.html   blobs/SHA256
 */
export const MANIFEST = 'manifest.json';
export const PUBLIC_KEY = 'signing-key.pem';
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';
export const PREDICATE_TYPE = 'urn:hearthward:assessment:1';

export type FolderRefusal = { readonly ok: false; readonly code: 'bad-output'; readonly because: string };

/** The working folder beside `out`; refuses an `out` that holds something. */
export function beginFolder(out: string): { readonly ok: true; readonly work: string } | FolderRefusal {
  if (existsSync(out) && readdirSync(out).length > 0) {
    return { ok: false, code: 'bad-output', because: `${out} is not empty; name a folder that does not exist yet` };
  }
  const work = join(dirname(out), `.${basename(out)}.unfinished-${randomBytes(4).toString('hex')}`);
  mkdirSync(join(work, 'statements'), { recursive: true });
  mkdirSync(join(work, 'blobs'), { recursive: true });
  return { ok: true, work };
}

/** Signs what lies in the working folder and gives it its name. `predicate` says what was run, when, with what. */
export function finishFolder(
  work: string,
  out: string,
  key: SigningKey,
  predicate: Readonly<Record<string, unknown>>,
): void {
  writeFileSync(join(work, PUBLIC_KEY), key.publicPem);
  const subject = filesOf(work)
    .filter((name) => name !== MANIFEST)
    .map((name) => ({ name, digest: { sha256: sha256(readFileSync(join(work, name))) } }));
  const statement = { _type: STATEMENT_TYPE, subject, predicateType: PREDICATE_TYPE, predicate };
  writeFileSync(join(work, MANIFEST), seal(JSON.stringify(statement), key));
  for (const name of filesOf(work)) sync(join(work, name));
  sync(work);
  // rename replaces an empty folder, and fails on one that something was put into meanwhile
  renameSync(work, out);
  sync(dirname(out));
}

/** Every file below a folder, `/` between names, in the order of their bytes. Links are named, so that a manifest refuses them. */
export function filesOf(folder: string, below = ''): readonly string[] {
  const names: string[] = [];
  for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory()) names.push(...filesOf(folder, name));
    else names.push(name);
  }
  return names.sort();
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  fsyncSync(file);
  closeSync(file);
}
