import { createHash, createHmac, randomBytes } from 'node:crypto';
import { looksLikeKey } from '../data/file-search.ts';
import { keysIn } from '../data/key-forms.ts';
import { entropy } from '../data/secret-forms.ts';
import type { KeyFacts } from '../../enrolment.ts';
import { isPublicKey, withoutPublic } from './public-forms.ts';
import { compareBytes } from './shared-bytes.ts';

/**
 * What two units have in common that could be a secret. Values are compared by a keyed digest of this run; neither they
 * nor the digests leave this file.
 */
export type ValueKind = 'private key' | 'named secret' | 'key file' | 'random text' | 'random bytes';
export interface SharedFound {
  readonly kind: ValueKind;
  readonly file: string;
  readonly other: string;
}
export interface Storage {
  readonly values: ReadonlyMap<string, { readonly kind: ValueKind; readonly file: string }>;
  /** certificates that certify nobody */
  readonly leaves: readonly Pick<KeyFacts, 'key' | 'usages'>[];
  readonly files: number;
  readonly bytes: number;
}
export interface Compared {
  readonly one: Storage;
  readonly other: Storage;
  readonly shared: readonly SharedFound[];
  /** files of the other whose bytes had too much in common with the one to be compared to their end */
  readonly skipped: readonly string[];
}
type File = { readonly path: string; readonly bytes: Uint8Array };
type Files = AsyncIterable<File>;

/** What every unit holds because it is shipped to all: whole files, and the digests that name them. */
export interface Shipped {
  /** SHA-256, lower-case hexadecimal */
  readonly digests: ReadonlySet<string>;
  /** their first four bytes */
  readonly beginnings: ReadonlySet<number>;
}
export const NOTHING_SHIPPED: Shipped = { digests: new Set(), beginnings: new Set() };

export async function readShipped(files: Files): Promise<Shipped> {
  const [digests, beginnings] = [new Set<string>(), new Set<number>()];
  for await (const { bytes } of files) {
    const digest = sha256(bytes);
    digests.add(digest.toString('hex'));
    beginnings.add(digest.readUInt32BE(0));
  }
  return { digests, beginnings };
}

/** Zeros are left where a digest of what is shipped stands as bytes, or at the end one of all that stands before it. */
function withoutDigests(rest: Buffer, { digests, beginnings }: Shipped): Buffer {
  const end = rest.length - DIGEST_BYTES;
  if (end > 0 && sha256(rest.subarray(0, end)).equals(rest.subarray(end))) rest.fill(0, end);
  for (let at = 0; at + DIGEST_BYTES <= rest.length; at += 1) {
    if (!beginnings.has(rest.readUInt32BE(at)) || !digests.has(rest.toString('hex', at, at + DIGEST_BYTES))) continue;
    rest.fill(0, at, at + DIGEST_BYTES);
  }
  return rest;
}
const DIGEST_BYTES = 32;
const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/**
 * Each storage is read anew for each pass, a file at a time. `known`: text in which a value may stand that everybody knows, such as
 * the declaration.
 */
export async function compareStorages(
  one: () => Files,
  other: () => Files,
  known = '',
  shipped = NOTHING_SHIPPED,
): Promise<Compared> {
  const key = randomBytes(32);
  const bytes = compareBytes();
  const first = await readStorage(one(), key, known, shipped, (_path, rest) => bytes.remember(rest));
  const second = await readStorage(other(), key, known, shipped, bytes.suspect);
  const found = [...sharedBy(first, second)];
  if (bytes.suspects())
    for await (const file of unshipped(one(), shipped)) {
      const rest = withoutDigests(withoutPublic(file.bytes).rest, shipped);
      for (const path of bytes.confirm(rest)) found.push({ kind: 'random bytes', file: file.path, other: path });
    }
  return { one: first, other: second, shared: found, skipped: bytes.skipped() };
}

/** Software is judged as it is shipped (hard-coded secrets), and is the same on every unit by its nature. */
async function* unshipped(files: Files, { digests }: Shipped): AsyncGenerator<File> {
  for await (const file of files) if (!digests.has(sha256(file.bytes).toString('hex'))) yield file;
}

async function readStorage(
  files: Files,
  key: Buffer,
  known: string,
  shipped: Shipped,
  compare: (path: string, rest: Uint8Array) => void,
): Promise<Storage> {
  const values = new Map<string, { kind: ValueKind; file: string }>();
  const leaves: Pick<KeyFacts, 'key' | 'usages'>[] = [];
  let [count, size] = [0, 0];
  const digest = (value: string | Uint8Array): string => createHmac('sha256', key).update(value).digest('base64');
  const counted = async function* (): AsyncGenerator<File> {
    for await (const file of files) {
      count += 1;
      size += file.bytes.length;
      yield file;
    }
  };
  for await (const { path, bytes } of unshipped(counted(), shipped)) {
    const found = withoutPublic(bytes);
    for (const { key: of, usages, ca } of found.certificates) if (!ca) leaves.push({ key: of, usages });
    const note = (kind: ValueKind, value: string | Uint8Array): void => {
      const name = digest(value);
      if (!values.has(name)) values.set(name, { kind, file: path });
    };
    const text = found.rest.toString('latin1');
    if (looksLikeKey(bytes)) note('key file', text.trim());
    for (const value of privateKeys(found.rest, text)) note('private key', value);
    for (const { kind, value } of randomTexts(text))
      if (!known.includes(value) && !shipped.digests.has(value.toLowerCase())) note(kind, value);
    compare(path, withoutDigests(found.rest, shipped));
  }
  return { values, leaves, files: count, bytes: size };
}

/** Each kind once for a pair of files: ten thousand equal bytes say no more than one key does. */
function sharedBy(one: Storage, other: Storage): readonly SharedFound[] {
  const found = new Map<string, SharedFound>();
  for (const [name, { kind, file }] of one.values) {
    const twin = other.values.get(name);
    if (twin !== undefined) found.set(`${kind} ${file} ${twin.file}`, { kind, file, other: twin.file });
  }
  return [...found.values()];
}

function privateKeys(bytes: Buffer, text: string): readonly (string | Uint8Array)[] {
  return keysIn(bytes, text).map(({ form, offset }) => {
    switch (form) {
      case 'private key (DER)':
        return bytes.subarray(offset, offset + derLength(bytes, offset));
      case 'private key (JWK)':
        return text.slice(offset, text.indexOf('}', offset) + 1);
      case 'private key (base64)':
      case 'private key (hexadecimal)':
        return /^[\w+/=-]+/.exec(text.slice(offset, offset + 20_000))?.[0] ?? '';
      default:
        return text.slice(offset, text.indexOf('-----END', offset)).replaceAll(/\\[nr]|\s/g, '');
    }
  });
}

const derLength = (bytes: Buffer, at: number): number => {
  const first = bytes[at + 1] ?? 0;
  if (first < 0x80) return first + 2;
  return first === 0x81 ? (bytes[at + 2] ?? 0) + 3 : bytes.readUInt16BE(at + 2) + 4;
};

/** 128 bits in hexadecimal or base64 at least, of random letters. */
const SPELLED = /[0-9a-fA-F]{32,}|[A-Za-z0-9+/_-]{22,}={0,2}/g;
const LEAST_BITS = { hexadecimal: 3.2, base64: 4 } as const;
const SECRET_NAME =
  /(?:secret|token|psk|seed|passw\w*|credential|(?:private|shared|session|api|update|device)[_-]?key)[\w-]{0,20}["']?\s{0,4}[:=]\s{0,4}["'`]?$/i;

/**
 * Values that are public by the place where they stand: keys, their ids, signatures and digests in signed metadata (TUF 1.0.33,
 * 4.2), there as JSON or as text within JSON.
 */
const PUBLIC_MEMBER = /\\*"(?:keyid|sig|public|sha256|sha512)\\*"\s*:\s*\\*"([A-Za-z0-9+/=_-]{22,})\\*"/g;
const PUBLIC_KEY_ID = /\\*"([0-9a-f]{64})\\*"\s*:\s*\{\s*\\*"key(?:type|val)/g;
const publicIn = (text: string): ReadonlySet<string> =>
  new Set([PUBLIC_MEMBER, PUBLIC_KEY_ID].flatMap((form) => [...text.matchAll(form)].map((match) => match[1] ?? '')));

function randomTexts(text: string): readonly { readonly kind: ValueKind; readonly value: string }[] {
  const known = publicIn(text);
  return [...text.matchAll(SPELLED)].flatMap(({ 0: value, index }) => {
    if (known.has(value)) return [];
    const hexadecimal = /^[0-9a-fA-F]+$/.test(value);
    // words joined by hyphens are names
    if (!hexadecimal && (value.match(/\d/g) ?? []).length < 2) return [];
    if (entropy(value) < LEAST_BITS[hexadecimal ? 'hexadecimal' : 'base64'] || isPublicKey(value)) return [];
    const named = SECRET_NAME.test(text.slice(Math.max(0, index - 60), index));
    return [{ kind: named ? 'named secret' : 'random text', value } as const];
  });
}
