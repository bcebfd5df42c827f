import { createHash } from 'node:crypto';
import { lstatSync, readFileSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { DIGESTS } from '@hearthward/protocol';

/** What of the repository anybody may ask for, and how long it may be kept: by its name alone, and as it lies there now. */

/** a year, the longest that caches are asked for; RFC 8246 */
export const FIXED = 'public, max-age=31536000, immutable';
/** the timestamp: one minute, so that a fleet asks a cache and a withdrawn release is known soon */
export const CHANGING = 'public, max-age=60';
/** the next root is asked for by everybody, and must be seen soon once it is there */
export const ABSENT = 'public, max-age=60';

export const REMEMBER_BYTES = 256 * 1024;
const REMEMBER_MOST = 256;
export interface Remembered {
  readonly size: number;
  readonly mtimeMs: number;
  readonly bytes: Buffer;
  readonly digest: string;
}

const SEGMENT = '[0-9A-Za-z][0-9A-Za-z._-]{0,254}';
const NAMES = [
  ['changing', /^metadata\/timestamp\.json$/],
  ['fixed', /^metadata\/[1-9]\d{0,9}\.[a-z0-9-]{1,80}\.json$/],
  ['fixed', new RegExp(`^targets/(?:${SEGMENT}/){0,8}[0-9a-f]{64}\\.${SEGMENT}$`)],
] as const;

/** Hostile: a path. What has no name of ours is not looked for, so that no path leads out of the folder. */
export const kindOf = (name: string): 'changing' | 'fixed' | undefined =>
  NAMES.find(([, pattern]) => pattern.test(name))?.[0];

export const digestIn = (name: string): string | undefined => /\/([0-9a-f]{64})\.[^/]+$/.exec(name)?.[1];

/** Without a wait: a fleet asks for few names, which the system has in its cache, and the pool of threads costs more. */
export function statOf(file: string): Stats | undefined {
  try {
    // the folder has no links, and one that somebody put there is not followed
    const found = lstatSync(file, { throwIfNoEntry: false });
    return found?.isFile() ? found : undefined;
  } catch (error) {
    if (['ENOTDIR', 'ENAMETOOLONG'].includes((error as { code?: string }).code ?? '')) return undefined;
    throw error;
  }
}

export function remember(
  all: Map<string, Remembered>,
  folder: string,
  name: string,
  { size, mtimeMs }: Stats,
): Remembered {
  const known = all.get(name);
  if (known?.size === size && known.mtimeMs === mtimeMs) return known;
  const bytes = readFileSync(join(folder, name));
  const made = { size, mtimeMs, bytes, digest: createHash(DIGESTS.sha256.digest).update(bytes).digest('hex') };
  all.delete(name);
  all.set(name, made);
  for (const [oldest] of all) {
    if (all.size <= REMEMBER_MOST) break;
    all.delete(oldest);
  }
  return made;
}
