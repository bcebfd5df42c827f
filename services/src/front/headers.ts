import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Headers of every answer, and how pages are cached. Nothing here names a program or a version. */

// EN 303 645 5.6-2, G044 6.6.2: no banner; and a browser is told to do nothing that our pages do not need
export const STRICT_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // not `no-referrer`: with it browsers send `Origin: null` with our own forms (Fetch standard)
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  // what is not said to be public is nobody's to keep
  'cache-control': 'no-store',
};

export function useStrictHeaders(app: FastifyInstance): void {
  // a hook of every request: without a promise
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(STRICT_HEADERS);
    done();
  });
}

/** Public content that is the same for everyone: kept for five minutes, then asked for by its hash. */
export function sendPublic(request: FastifyRequest, reply: FastifyReply, type: string, body: string): FastifyReply {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
  reply.headers({ 'cache-control': 'public, max-age=300', etag, vary: 'Accept-Language' });
  const known = request.headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (known?.includes(etag)) return reply.code(304).send();
  return reply.type(type).send(body);
}

export const HTML = 'text/html; charset=utf-8';
export const JSON_TYPE = 'application/json; charset=utf-8';
export const TEXT = 'text/plain; charset=utf-8';
export const CSV = 'text/csv; charset=utf-8';

/** Browsers say where a request comes from; one that comes from another site is refused whatever token it brings. */
export function sameSite(request: FastifyRequest): boolean {
  const from = request.headers['sec-fetch-site'];
  return from === undefined || from === 'same-origin' || from === 'none';
}
