import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  ABSENT,
  CHANGING,
  digestIn,
  FIXED,
  kindOf,
  REMEMBER_BYTES,
  remember,
  statOf,
  type Remembered,
} from './files.ts';
import { isKnown, rangeOf } from './ranges.ts';

/**
 * The static part of the update repository, for everybody and to be read only: `/updates/metadata/…`, `/updates/targets/…`.
 * Names with a version or a digest never change, and a cache in front may keep them for good. Metadata comes from memory.
 */
export async function staticRoutes(app: FastifyInstance, { folder }: { readonly folder: string }): Promise<void> {
  const remembered = new Map<string, Remembered>();
  // no boundary: reads no body; a path that is not listed is not found
  app.route({
    method: ['GET', 'HEAD'],
    url: '/updates/*',
    handler: (request, reply) => {
      const name = (request.params as { '*': string })['*'];
      const kind = kindOf(name);
      const found = kind && statOf(join(folder, name));
      if (!kind || !found) return reply.header('cache-control', ABSENT).callNotFound();
      const small = found.size <= REMEMBER_BYTES ? remember(remembered, folder, name, found) : undefined;
      const etag = `"${digestIn(name) ?? small?.digest ?? `${found.size}-${Math.trunc(found.mtimeMs)}`}"`;
      reply.headers({ etag, 'cache-control': kind === 'fixed' ? FIXED : CHANGING, 'accept-ranges': 'bytes' });
      if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send();
      reply.type(name.endsWith('.json') ? 'application/json' : 'application/octet-stream');
      return answer(request, reply, { file: join(folder, name), length: found.size, etag, bytes: small?.bytes });
    },
  });
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
