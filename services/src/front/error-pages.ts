import type { FastifyError, FastifyInstance } from 'fastify';
import { errorPage } from '@hearthward/web';
import { HTML } from './headers.ts';
import { languageOf } from './language.ts';
import type { Log } from './log.ts';

/** What people see when something is not there or goes wrong. */
export function useErrorPages(app: FastifyInstance, log: Log): void {
  app.setNotFoundHandler((request, reply) => {
    const language = languageOf(request.query, request.headers['accept-language']);
    return reply
      .code(404)
      .type(HTML)
      .send(errorPage({ language, csrf: '', status: 404, key: 'error.not-found' }));
  });
  // G045 AU-2-3: every error is one of a few sentences, whatever caused it
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode && error.statusCode >= 400 && error.statusCode < 500 ? error.statusCode : 500;
    if (status === 500) log({ level: 'error', event: 'request-failed', detail: { method: request.method }, error });
    const language = languageOf(request.query, request.headers['accept-language']);
    return reply
      .code(status)
      .type(HTML)
      .send(errorPage({ language, csrf: '', status, key: keyOf(status) }));
  });
}

function keyOf(status: number): string {
  switch (status) {
    case 403:
      return 'error.forbidden';
    case 404:
      return 'error.not-found';
    case 413:
      return 'error.too-large';
    case 429:
      return 'error.too-many';
    case 500:
      return 'error.internal';
    default:
      return 'error.bad-request';
  }
}
