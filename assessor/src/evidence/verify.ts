import { createPublicKey } from 'node:crypto';
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type, type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { sha256 } from './blobs.ts';
import { open } from './envelope.ts';
import { filesOf, MANIFEST, PREDICATE_TYPE, PUBLIC_KEY, STATEMENT_TYPE } from './folder.ts';

/**
 * Whether an evidence folder is the one that was signed: the signature holds, every file named is there with its
 * digest, and no other file is. Without a key of the caller it proves only that nothing changed since signing by
 * whoever holds the key in the folder; `pinned` says which of the two was proven.
 */
export type Verified =
  | { readonly ok: true; readonly keyId: string; readonly files: number; readonly pinned: boolean }
  | { readonly ok: false; readonly file: string; readonly because: string };

const Manifest = Type.Object({
  _type: Type.Literal(STATEMENT_TYPE),
  subject: Type.Array(
    Type.Object({ name: Type.String(), digest: Type.Object({ sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }) }) }),
  ),
  predicateType: Type.Literal(PREDICATE_TYPE),
  predicate: Type.Record(Type.String(), Type.Unknown()),
});
const manifest = Compile(Manifest);

/** `key`: PEM of the public key that must have signed. */
export function verifyFolder(dir: string, options: { readonly key?: string } = {}): Verified {
  if (!existsSync(join(dir, MANIFEST))) {
    return refuse(MANIFEST, `is missing; ${dir} is no evidence folder, or was never finished`);
  }
  const key = options.key ?? keyIn(dir);
  if (key === undefined) return refuse(PUBLIC_KEY, 'is missing; name the public key');
  if (!isPublicKey(key)) return refuse(PUBLIC_KEY, 'is no public key');
  const opened = open(readFileSync(join(dir, MANIFEST), 'utf8'), key);
  if (!opened.ok) return refuse(MANIFEST, opened.because);
  // boundary evidence-manifest: a folder that somebody hands over -> Manifest, at most nothing: a folder that somebody hands over is read by who asked for it, else says which file is wrong;
  // assessor/test/evidence.test.ts
  const signed: unknown = JSON.parse(opened.payload);
  if (!manifest.Check(signed)) return refuse(MANIFEST, 'is no assessment manifest');
  return (
    holdAgainst(dir, signed) ?? {
      ok: true,
      keyId: opened.keyId,
      files: signed.subject.length,
      pinned: options.key !== undefined,
    }
  );
}

function holdAgainst(dir: string, signed: Static<typeof Manifest>): Extract<Verified, { ok: false }> | undefined {
  const named = new Map(signed.subject.map((subject) => [subject.name, subject.digest.sha256]));
  const there = filesOf(dir).filter((name) => name !== MANIFEST);
  for (const name of there) if (!named.has(name)) return refuse(name, 'was added after signing');
  const present = new Set(there);
  for (const [name, digest] of named) {
    if (!present.has(name)) return refuse(name, 'is missing');
    const path = join(dir, name);
    if (!lstatSync(path).isFile()) return refuse(name, 'is not a plain file');
    if (sha256(readFileSync(path)) !== digest) return refuse(name, 'was changed after signing');
  }
  return undefined;
}

function keyIn(dir: string): string | undefined {
  const path = join(dir, PUBLIC_KEY);
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

function isPublicKey(pem: string): boolean {
  try {
    return createPublicKey(pem).asymmetricKeyType === 'ed25519' && pem.includes('PUBLIC KEY');
  } catch {
    // a damaged PEM is what this function is asked about
    return false;
  }
}

const refuse = (file: string, because: string): Extract<Verified, { ok: false }> => ({ ok: false, file, because });
