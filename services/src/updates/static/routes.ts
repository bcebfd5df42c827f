import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DIGESTS } from '@hearthward/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isKnown, rangeOf } from './ranges.ts';

/**
 * The static part of the update repository, for everybody and to be read only: `/updates/metadata/…`, `/updates/targets/…`.
 * Names with a version or a digest never change, and a cache in front may keep them for good. Metadata comes from memory.
 */
export async function staticRoutes(app: FastifyInstance, { folder }: { readonly folder: string }): Promise<void> {
  const remembered = new Map<string, Remembered>();
  app.route({
    method: ['GET', 'HEAD'],
    url: '/updates/*',
    handler: async (request, reply) => {
      const name = (request.params as { '*': string })['*'];
      const kind = kindOf(name);
      const found = kind && (await statOf(join(folder, name)));
      if (!kind || !found) return reply.header('cache-control', ABSENT).callNotFound();
      const small = found.size <= REMEMBER_BYTES ? await remember(remembered, folder, name, found) : undefined;
      const etag = `"${digestIn(name) ?? small?.digest ?? `${found.size}-${Math.trunc(found.mtimeMs)}`}"`;
      reply.headers({ etag, 'cache-control': kind === 'fixed' ? FIXED : CHANGING, 'accept-ranges': 'bytes' });
      if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send();
      reply.type(name.endsWith('.json') ? 'application/json' : 'application/octet-stream');
      return answer(request, reply, { file: join(folder, name), length: found.size, etag, bytes: small?.bytes });
    },
  });
}

/** a year, the longest that caches are asked for; RFC 8246 */
const FIXED = 'public, max-age=31536000, immutable';
/** the timestamp: one minute, so that a fleet asks a cache and a withdrawn release is known soon */
const CHANGING = 'public, max-age=60';
/** the next root is asked for by everybody, and must be seen soon once it is there */
const ABSENT = 'public, max-age=60';

const REMEMBER_BYTES = 256 * 1024;
const REMEMBER_MOST = 256;
interface Remembered {
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
const kindOf = (name: string): 'changing' | 'fixed' | undefined => NAMES.find(([, pattern]) => pattern.test(name))?.[0];

const digestIn = (name: string): string | undefined => /\/([0-9a-f]{64})\.[^/]+$/.exec(name)?.[1];

async function statOf(file: string): Promise<Stats | undefined> {
  try {
    // the folder has no links, and one that somebody put there is not followed
    const found = await lstat(file);
    return found.isFile() ? found : undefined;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes((error as { code?: string }).code ?? '')) return undefined;
    throw error;
  }
}

async function remember(
  all: Map<string, Remembered>,
  folder: string,
  name: string,
  { size, mtimeMs }: Stats,
): Promise<Remembered> {
  const known = all.get(name);
  if (known?.size === size && known.mtimeMs === mtimeMs) return known;
  const bytes = await readFile(join(folder, name));
  const made = { size, mtimeMs, bytes, digest: createHash(DIGESTS.sha256.digest).update(bytes).digest('hex') };
  all.delete(name);
  all.set(name, made);
  for (const [oldest] of all) {
    if (all.size <= REMEMBER_MOST) break;
    all.delete(oldest);
  }
  return made;
}

interface Found {
  readonly file: string;
  readonly length: number;
  readonly etag: string;
  readonly bytes: Buffer | undefined;
}

function answer(request: FastifyRequest, reply: FastifyReply, { file, length, etag, bytes }: Found): FastifyReply {
  // RFC 9110, 14.2: a range belongs to GET alone
  const range = request.method === 'GET' ? header(request, 'range') : undefined;
  const ranged = rangeOf({ range, ifRange: header(request, 'if-range') }, bytes?.length ?? length, etag);
  const size = bytes?.length ?? length;
  if (ranged.kind === 'unsatisfiable') return reply.code(416).header('content-range', `bytes */${size}`).send();
  const [first, last] = ranged.kind === 'part' ? [ranged.first, ranged.last] : [0, size - 1];
  if (ranged.kind === 'part') reply.code(206).header('content-range', `bytes ${first}-${last}/${size}`);
  reply.header('content-length', String(last - first + 1));
  if (request.method === 'HEAD' || size === 0) return reply.send();
  return reply.send(bytes ? bytes.subarray(first, last + 1) : createReadStream(file, { start: first, end: last }));
}

const header = (request: FastifyRequest, name: 'range' | 'if-range'): string | undefined => {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
};
