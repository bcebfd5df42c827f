import { randomBytes } from 'node:crypto';
import cookie from '@fastify/cookie';
import type { Declaration } from '@hearthward/product';
import type { Language } from '@hearthward/standards';
import { errorPage, operatorLoginPage, panelScript, paths, stylesheet } from '@hearthward/web';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Clock } from '../clock.ts';
import { HTML, sameSite, sendPublic } from '../front/headers.ts';
import { languageOf } from '../front/language.ts';
import type { Management } from '../management/commands.ts';
import type { Custody } from '../registry/custody.ts';
import type { Registry } from '../registry/devices.ts';
import type { Store } from '../store/open.ts';
import type { handingOut } from '../privacy/account/handing-out.ts';
import type { Rollouts } from '../updates/rollout/driver.ts';
import type { Accounts } from './accounts.ts';
import { audit } from './audit.ts';
import { droppedRoutes } from './dropped.ts';
import { fleetRoutes } from './fleet.ts';
import { readForm } from './form.ts';
import type { PersonalReading } from './personal.ts';
import { LIMITS } from './guesses.ts';
import { sameToken, type Session, type Sessions } from './sessions.ts';
import type { Requests } from './requests/requests.ts';
import { requestRoutes } from './requests/routes.ts';
import { updateRoutes } from './updates.ts';

/** The operator console: login, and behind it the fleet. Everything below `/console` but login and style needs a session. */
export interface ConsoleParts {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly registry: Registry;
  readonly custody: Custody;
  readonly declarations: readonly Declaration[];
  readonly clock: Clock;
  readonly management: Management;
  readonly rollouts: Rollouts;
  readonly privacy: PersonalReading;
  readonly requests: Requests;
  /** what is kept of a person whom an operator has identified, as one file */
  readonly exportOf: ReturnType<typeof handingOut>;
  /** origin of the public pages */
  readonly site: () => string;
}
export const BASE = '/console';

declare module 'fastify' {
  interface FastifyRequest {
    operator: Session | null;
  }
}

export async function consoleRoutes(app: FastifyInstance, parts: ConsoleParts): Promise<void> {
  const { accounts, sessions, store, clock } = parts;
  await app.register(cookie);
  // boundary console-form: anyone on the network -> readForm, at most 4096 bytes, else 413 or 400;
  // testbed/test/hostile-inputs.test.ts, services/test/console.test.ts
  app.addContentTypeParser<Buffer>(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer', bodyLimit: 4096 },
    (_request, body, done) => done(null, readForm(body)),
  );
  app.decorateRequest('operator', null);

  app.get(BASE + paths.stylesheet, (request, reply) =>
    sendPublic(request, reply, 'text/css; charset=utf-8', stylesheet()),
  );
  app.get(BASE + paths.script, (request, reply) =>
    sendPublic(request, reply, 'text/javascript; charset=utf-8', panelScript()),
  );
  app.get(BASE, (_request, reply) => reply.redirect(BASE + paths.console.fleet, 303));

  app.get(BASE + paths.console.login, (request, reply) => showLogin(request, reply, { failed: false }));
  // boundary console-login: anyone on the network -> LoginForm, at most 4096 bytes, else 400 or 403;
  // testbed/test/hostile-inputs.test.ts
  app.post(BASE + paths.console.login, async (request, reply) => {
    const form = request.body;
    const issued = request.cookies[LOGIN_COOKIE];
    if (!Value.Check(LoginForm, form)) return refuse(request, reply, 400, 'error.bad-request');
    if (!sameSite(request) || !issued || !sameToken(issued, form[CSRF_FIELD]))
      return refuse(request, reply, 403, 'error.stale-form');
    const checked = await accounts.check(form.user, form.password, {
      source: request.ip,
      device: request.cookies[DEVICE_COOKIE],
    });
    if (checked.ok) {
      // G045 DS-3-2: a new token at login, so that one planted before is worth nothing
      await sessions.end(request.cookies[SESSION_COOKIE]);
      reply.setCookie(SESSION_COOKIE, await sessions.begin(checked.operator), COOKIE);
      reply.clearCookie(LOGIN_COOKIE, COOKIE);
      if (checked.device !== undefined)
        reply.setCookie(DEVICE_COOKIE, checked.device, { ...COOKIE, maxAge: KEPT_SECONDS });
      return reply.redirect(BASE + paths.console.fleet, 303);
    }
    if (checked.code === 'refused') return showLogin(request, reply.code(401), { failed: true });
    reply.code(429).header('retry-after', String(checked.waitSeconds));
    return showLogin(request, reply, { failed: false, waitSeconds: checked.waitSeconds });
  });

  await app.register(async (inside) => {
    // EN 303 645 5.5-5, G045 AU-1-2, PL-3-2: nothing of the console without a session
    inside.addHook('preHandler', async (request, reply) => {
      const session = await sessions.use(request.cookies[SESSION_COOKIE]);
      if (!session) return reply.redirect(BASE + paths.console.login, 303);
      request.operator = session;
      if (request.method === 'GET' || request.method === 'HEAD') return;
      const sent = Value.Check(TokenForm, request.body) ? request.body[CSRF_FIELD] : '';
      if (!sameSite(request) || !sameToken(session.csrf, sent)) return refuse(request, reply, 403, 'error.stale-form');
    });
    inside.post(BASE + paths.console.logout, async (request, reply) => {
      await sessions.end(request.cookies[SESSION_COOKIE]);
      await audit(store.db, clock.now(), {
        actor: request.operator?.operator ?? '',
        action: 'logout',
        subject: 'session',
      });
      return reply.clearCookie(SESSION_COOKIE, COOKIE).redirect(BASE + paths.console.login, 303);
    });
    await fleetRoutes(inside, parts);
    await updateRoutes(inside, parts);
    await requestRoutes(inside, parts);
    await droppedRoutes(inside, parts);
  });
}

/** as the forms of `web` have it */
const CSRF_FIELD = '_csrf';
const LoginForm = Type.Object({
  [CSRF_FIELD]: Type.String({ maxLength: 100 }),
  user: Type.String({ maxLength: 64 }),
  password: Type.String({ maxLength: 256 }),
});
const TokenForm = Type.Object({ [CSRF_FIELD]: Type.String({ maxLength: 100 }) });

/** `__Host-`: this host alone, over TLS alone (RFC 6265bis 4.1.3.2) */
const SESSION_COOKIE = '__Host-hearthward-operator';
const LOGIN_COOKIE = '__Host-hearthward-login';
/** by which a browser is known that an operator came in with before */
export const DEVICE_COOKIE = '__Host-hearthward-device';
/** 400 days, the longest that browsers keep one (RFC 6265bis section 5.5) */
const KEPT_SECONDS = 400 * 86_400;
const COOKIE = { path: '/', httpOnly: true, secure: true, sameSite: 'strict' } as const;

const HELP = { longestSeconds: LIMITS.longestDelaySeconds };

function showLogin(
  request: FastifyRequest,
  reply: FastifyReply,
  outcome: { readonly failed: boolean; readonly waitSeconds?: number },
): FastifyReply {
  // no key: a word that the sign-in form carries
  const csrf = request.cookies[LOGIN_COOKIE] ?? randomBytes(32).toString('base64url');
  reply.setCookie(LOGIN_COOKIE, csrf, COOKIE);
  const page = operatorLoginPage({ ...frameOf(request, BASE + paths.console.login), csrf, ...outcome, help: HELP });
  return reply.type(HTML).send(page);
}

/** What every page of the console has; `path` is the page's own, for the language switch. */
export function frameOf(request: FastifyRequest, path: string) {
  const language: Language = languageOf(request.query, request.headers['accept-language']);
  const session = request.operator;
  return {
    language,
    csrf: session?.csrf ?? '',
    base: BASE,
    languageLinks: { en: `${path}?lang=en`, ms: `${path}?lang=ms` },
    ...(session ? { account: { name: session.operator, role: 'operator' } } : {}),
  };
}

function refuse(request: FastifyRequest, reply: FastifyReply, status: number, key: string): FastifyReply {
  const language = languageOf(request.query, request.headers['accept-language']);
  return reply
    .code(status)
    .type(HTML)
    .send(errorPage({ language, csrf: '', base: BASE, status, key }));
}
