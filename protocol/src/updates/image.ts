import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';

/**
 * An image is a tree of regular files: what one slot of a device holds. Its manifest is a TUF target, so that the
 * signature over the release reaches every byte. The format has no links, no devices, no owners and no modes but one:
 * what cannot be written cannot be smuggled.
 */

const strict = { additionalProperties: false } as const;

export const IMAGE_LIMITS = {
  files: 50_000,
  manifestBytes: 16 * 1024 * 1024,
  pathBytes: 1024,
  segmentBytes: 255,
} as const;

export const ImageFile = Type.Object(
  {
    path: Type.String({ minLength: 1, maxLength: IMAGE_LIMITS.pathBytes }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    length: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    executable: Type.Optional(Type.Literal(true)),
  },
  strict,
);
export type ImageFile = Static<typeof ImageFile>;

export const ImageManifest = Type.Object(
  {
    v: Type.Literal(1),
    product: Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 64 }),
    number: Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1 }),
    /** module that `boot` starts, one of `files` */
    entry: Type.String({ minLength: 1, maxLength: IMAGE_LIMITS.pathBytes }),
    /** in the order of their paths (UTF-8 bytes), each path once */
    files: Type.Array(ImageFile, { minItems: 1, maxItems: IMAGE_LIMITS.files }),
  },
  strict,
);
export type ImageManifest = Static<typeof ImageManifest>;

export type ImageRefusal =
  | 'image-malformed'
  | 'image-too-large'
  | 'path-unsafe'
  | 'path-twice'
  | 'files-unordered'
  | 'entry-missing';
export type ReadImage =
  | { readonly ok: true; readonly image: ImageManifest; readonly bytes: number }
  | { readonly ok: false; readonly code: ImageRefusal; readonly because: string };

/**
 * Reads a manifest that its signature has been checked of; signed or not, it is held to every rule. `slotBytes` is what
 * the slot can hold; `bytes` of the answer is the sum of the files.
 */
// EN 303 645 5.3-2, G044 6.3.2, G045 PL-2-3: an image writes inside its slot, whatever its signer says
export const readImage = (bytes: Uint8Array, slotBytes: number): ReadImage => {
  if (bytes.length > IMAGE_LIMITS.manifestBytes) return refused('image-too-large', `${bytes.length} bytes of manifest`);
  const image = parsed(bytes);
  if (!Value.Check(ImageManifest, image)) return refused('image-malformed', 'not an image manifest of version 1');
  let sum = 0;
  let previous: Buffer | undefined;
  const folded = new Set<string>();
  const folders = new Set<string>();
  for (const { path, length } of image.files) {
    const unsafe = whyUnsafe(path);
    if (unsafe) return refused('path-unsafe', `${JSON.stringify(path.slice(0, 80))}: ${unsafe}`);
    const raw = Buffer.from(path, 'utf8');
    if (previous && Buffer.compare(previous, raw) >= 0) {
      const twice = previous.equals(raw);
      return refused(twice ? 'path-twice' : 'files-unordered', `${JSON.stringify(path.slice(0, 80))} after its place`);
    }
    previous = raw;
    // file systems that fold case or compose letters would write one over the other
    const key = fold(path);
    if (folded.has(key) || folders.has(key)) return refused('path-twice', `${JSON.stringify(path.slice(0, 80))} twice`);
    for (const folder of foldersOf(key)) {
      if (folded.has(folder)) return refused('path-twice', `${JSON.stringify(folder.slice(0, 80))} is file and folder`);
      folders.add(folder);
    }
    folded.add(key);
    sum += length;
    // beyond it the sum of doubles is no longer exact, and no slot is that large
    if (sum > Math.min(slotBytes, Number.MAX_SAFE_INTEGER)) {
      return refused('image-too-large', `more than the ${slotBytes} bytes of a slot`);
    }
  }
  if (!image.files.some(({ path }) => path === image.entry)) {
    return refused('entry-missing', `${JSON.stringify(image.entry.slice(0, 80))} is not among the files`);
  }
  return { ok: true, image, bytes: sum };
};

/** The order that a manifest has its files in. */
export const byPath = (a: { readonly path: string }, b: { readonly path: string }): number =>
  Buffer.compare(Buffer.from(a.path, 'utf8'), Buffer.from(b.path, 'utf8'));

/** Why a path could leave its folder or mean something to a system; undefined where it cannot. */
const whyUnsafe = (path: string): string | undefined => {
  if (!path.isWellFormed()) return 'not well-formed Unicode';
  if (Buffer.byteLength(path) > IMAGE_LIMITS.pathBytes) return `longer than ${IMAGE_LIMITS.pathBytes} bytes`;
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f\\:]/u.test(path)) return 'a control character, backslash or colon';
  for (const segment of path.split('/')) {
    if (segment === '') return 'absolute, or an empty segment';
    if (segment === '.' || segment === '..') return 'a relative segment';
    if (/[. ]$/u.test(segment)) return 'a segment that ends with a dot or a space';
    if (Buffer.byteLength(segment) > IMAGE_LIMITS.segmentBytes)
      return `a segment over ${IMAGE_LIMITS.segmentBytes} bytes`;
  }
  return undefined;
};

const fold = (path: string): string => path.normalize('NFC').toLowerCase();

const foldersOf = (path: string): string[] => {
  const folders: string[] = [];
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) folders.push(path.slice(0, at));
  return folders;
};

const parsed = (bytes: Uint8Array): unknown => {
  try {
    // boundary image-manifest: any mirror, though its digest is signed -> readImage, at most IMAGE_LIMITS.manifestBytes, else image-refused;
    // protocol/test/updates/image.test.ts
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    // what is not JSON in UTF-8 is not a manifest either: the schema refuses it
    return undefined;
  }
};

const refused = (code: ImageRefusal, because: string): ReadImage => ({ ok: false, code, because });
