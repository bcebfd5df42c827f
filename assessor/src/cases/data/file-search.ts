import { Type } from 'typebox';
import type { Probe } from '../../model.ts';
import { idsOf, type Reading } from '../access/evidence.ts';
import { entropy, knownSecrets, samples, secretsByForm, type SecretFound } from './secret-forms.ts';

/** A search through the files given, and the same search through samples made for it. */
const strict = { additionalProperties: false };
export const Found = Type.Object(
  { file: Type.String(), kind: Type.String(), as: Type.String(), line: Type.Integer() },
  strict,
);
export const Searched = Type.Object(
  { files: Type.Integer(), bytes: Type.Integer(), known: Type.Integer(), keyLike: Type.Array(Type.String()) },
  strict,
);
export const Sample = Type.Object({ kind: Type.String(), found: Type.Boolean() }, strict);
export const SEARCH_KINDS = { found: Found, searched: Searched, sample: Sample };

/** One file with very many matches says no more than with these. */
const MOST_PER_FILE = 20;
const MOST_KEY_LIKE = 20;

export async function searchFiles(
  probe: Probe,
  which: 'software' | 'storage',
  known: readonly string[],
): Promise<void> {
  for (const value of known) probe.secret(value);
  for (const each of samples()) {
    const found = search(each.bytes, each.known).some((one) => one.kind === each.kind);
    probe.record('sample', 'product', { kind: each.kind, found });
  }
  let files = 0;
  let bytes = 0;
  const keyLike: string[] = [];
  for await (const file of probe.files.read(which)) {
    files += 1;
    bytes += file.bytes.length;
    for (const { kind, as, line } of search(file.bytes, known).slice(0, MOST_PER_FILE)) {
      probe.record('found', 'product', { file: file.path, kind, as, line });
    }
    if (looksLikeKey(file.bytes) && keyLike.length < MOST_KEY_LIKE) keyLike.push(file.path);
  }
  probe.record('searched', 'product', { files, bytes, known: known.length, keyLike });
}

export const search = (bytes: Uint8Array, known: readonly string[]): readonly SecretFound[] => [
  ...secretsByForm(bytes),
  ...knownSecrets(bytes, known),
];

/** Passwords of the target file: what the assessor knows of the product’s secrets. Short ones are found by chance. */
export function knownOf(probe: Probe): readonly string[] {
  const values = Object.values(probe.target.accounts ?? {}).flatMap((each) => [each.password, each.initialPassword]);
  return [...new Set(values.filter((each): each is string => each !== undefined && each.length >= SHORTEST))];
}
const SHORTEST = 6;

/** A file of nothing but the bytes of a symmetric key, raw or in text. */
export function looksLikeKey(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.length <= 130 ? buffer.toString('latin1').trim() : '';
  if (/^(?:[0-9a-f]{32}|[0-9a-f]{48}|[0-9a-f]{64}|[0-9a-f]{128})$/i.test(text)) return entropy(text) > 3;
  if (![16, 24, 32, 48, 64].includes(buffer.length)) return false;
  return (
    entropy(buffer.toString('latin1')) > Math.log2(buffer.length) * 0.85 &&
    !/^[\x20-\x7e\s]*$/.test(buffer.toString('latin1'))
  );
}

/** What must hold before the absence of finds says anything. */
export function groundsOf(rows: {
  readonly searched: readonly Reading<{ files: number; bytes: number }>[];
  readonly sample: readonly Reading<{ kind: string; found: boolean }>[];
}): { readonly evidence: readonly string[]; readonly uncovered: readonly string[] } {
  const found = new Set(rows.sample.filter((row) => row.data.found).map((row) => row.data.kind));
  const blind = [...new Set(samples().map((each) => each.kind))].filter((kind) => !found.has(kind));
  const read = rows.searched.filter((row) => row.data.files > 0 && row.data.bytes > 0);
  return {
    evidence: [...idsOf(rows.searched), ...idsOf(rows.sample)],
    uncovered: [
      ...blind.map((kind) => `that the search finds a planted ${kind}`),
      ...(read.length > 0 ? [] : ['any file with something in it']),
    ],
  };
}
