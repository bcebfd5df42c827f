import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { byPath, DIGESTS, IMAGE_LIMITS, type ImageFile, readImage } from '@hearthward/protocol';
import { asFault } from '../../faults.ts';

/**
 * The tree of an image on disk, read into the order of its manifest. What the format has no words for is refused and not
 * left out: a link, a device, set-user-id, a name that leads elsewhere. Every such file is named, not the first alone.
 */
export interface TreeFile extends ImageFile {
  /** where it is read from */
  readonly source: string;
}
export type ReadTree =
  | { readonly ok: true; readonly files: readonly TreeFile[]; readonly bytes: number }
  | { readonly ok: false; readonly code: 'image-refused'; readonly lines: readonly string[] };

const MOST_LINES = 50;

export function readTree(folder: string): ReadTree {
  const lines: string[] = [];
  const files: TreeFile[] = [];
  const visit = (at: string, prefix: string): void => {
    for (const name of readdirSync(at)) {
      if (lines.length >= MOST_LINES || files.length > IMAGE_LIMITS.files) return;
      const path = `${prefix}${name}`;
      // what is not UTF-8 cannot be asked for by the name that was read
      const found = name.includes('\uFFFD') ? undefined : lstatSync(join(at, name));
      const because = found ? whyNot(found) : 'its name is not UTF-8';
      if (because) lines.push(`${JSON.stringify(path)}: ${because}`);
      else if (found?.isDirectory()) visit(join(at, name), `${path}/`);
      else files.push(readFile(join(at, name), path));
    }
  };
  try {
    visit(folder, '');
  } catch (error) {
    throw asFault(error, folder);
  }
  if (files.length > IMAGE_LIMITS.files) lines.push(`it has more than ${IMAGE_LIMITS.files} files`);
  files.sort(byPath);
  lines.push(...unsafePaths(files).slice(0, MOST_LINES));
  if (files.length === 0 && lines.length === 0) lines.push(`${folder} holds no file`);
  if (lines.length > 0) return { ok: false, code: 'image-refused', lines };
  return { ok: true, files, bytes: files.reduce((sum, { length }) => sum + length, 0) };
}

// EN 303 645 5.3-2, G044 6.3.2, G045 PL-2-3: what a slot has no place for never gets into an image
function whyNot(found: Stats): string | undefined {
  if (found.isSymbolicLink()) return 'a link; put the file itself there';
  if (found.isDirectory()) return undefined;
  if (!found.isFile()) return 'a device, pipe or socket';
  if ((found.mode & 0o7000) !== 0) return 'set-user-id, set-group-id or sticky; take that away';
  return undefined;
}

function readFile(source: string, path: string): TreeFile {
  // between the look and the opening somebody could put a link there
  const handle = openSync(source, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const hash = createHash(DIGESTS.sha256.digest);
    const buffer = Buffer.allocUnsafe(1 << 20);
    let length = 0;
    for (let read = readSync(handle, buffer); read > 0; read = readSync(handle, buffer)) {
      hash.update(buffer.subarray(0, read));
      length += read;
    }
    const executable = (fstatSync(handle).mode & 0o100) !== 0 ? { executable: true as const } : {};
    return { path, sha256: hash.digest('hex'), length, ...executable, source };
  } finally {
    closeSync(handle);
  }
}

/** A file as the manifest has it. */
export const inManifest = ({ path, sha256, length, executable }: TreeFile): ImageFile => ({
  path,
  sha256,
  length,
  ...(executable ? { executable } : {}),
});

/** The manifest's own rules, asked once for all; and of each file where one is refused. */
function unsafePaths(files: readonly TreeFile[]): string[] {
  const asked = (some: readonly TreeFile[]) => {
    const [first] = some;
    const manifest = { v: 1, product: 'x', number: 1, entry: first?.path, files: some.map(inManifest) };
    const read = readImage(Buffer.from(JSON.stringify(manifest)), Number.MAX_SAFE_INTEGER);
    return read.ok ? undefined : read.because;
  };
  if (files.length === 0 || files.length > IMAGE_LIMITS.files) return [];
  const whole = asked(files);
  if (whole === undefined) return [];
  const each = files.flatMap((file) => asked([file]) ?? []);
  return each.length > 0 ? each : [whole];
}
