import cookie from '@fastify/cookie';
import { accountLoginPage, accountVerifyPage, panelScript, paths, stylesheet } from '@hearthward/web';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { HTML, sameSite, sendPublic } from '../../front/headers.ts';
import { readForm } from '../../operators/form.ts';
import { sameToken } from '../../operators/sessions.ts';
import { askingRoutes } from './asking.ts';
import {
  ACCOUNT,
  type AccountParts,
  check,
  COOKIE,
  CSRF_FIELD,
  type Desk,
  forgetWord,
  frameOf,
  issueWord,
  leave,
  refuse,
  SESSION_COOKIE,
  statusOf,
  wordOf,
} from './desk.ts';
import { digestsOf, erasingRoutes } from './erasing.ts';
import { countTry } from './guesses.ts';
import { lookedAt } from './looked.ts';
import { ownRoutes } from './own.ts';
import { LONGEST, openAccountSessions } from './sessions.ts';

/**
 * A person's own page: opened by the account code and nothing else, since we know no name. Whoever has the code sees what is
 * kept of them, takes it along, takes consent back, and has it erased; whoever has not learns nothing, not even whether
 * there is somebody.
 */
export async function accountRoutes(app: FastifyInstance, parts: AccountParts): Promise<void> {
  const { store, clock } = parts;
  const sessions = openAccountSessions(store, clock);
  const maker = parts.declarations[0]?.manufacturer.name ?? '';
  const desk: Desk = {
    ...parts,
    sessions,
    check: (code, source) => check(parts, code, source),
    tryOnce: (source) => countTry(store, source, clock.now()),
    frame: (request, path) => frameOf(request, path, maker),
  };
  await app.register(cookie);
  // boundary account-form: anyone on the network -> readForm, at most 4096 bytes, else 413 or 400;
  // services/test/privacy/account.test.ts
  app.addContentTypeParser<Buffer>(
    'application/x-www-form-urlencoded',
    { parseAs: 'buffer', bodyLimit: 4096 },
    (_request, body, done) => done(null, readForm(body)),
  );
  app.decorateRequest('person', null);

  app.get(ACCOUNT + paths.stylesheet, (request, reply) =>
    sendPublic(request, reply, 'text/css; charset=utf-8', stylesheet()),
  );
  app.get(ACCOUNT + paths.script, (request, reply) =>
    sendPublic(request, reply, 'text/javascript; charset=utf-8', panelScript()),
  );
  app.get(ACCOUNT, (_request, reply) => reply.redirect(ACCOUNT + paths.account.data, 303));
  app.get(ACCOUNT + paths.account.verify, (request, reply) =>
    reply.type(HTML).send(
      accountVerifyPage({
        ...desk.frame(request, paths.account.verify),
        roots: digestsOf(parts.roots()),
        rootsPage: ACCOUNT + paths.account.roots,
      }),
    ),
  );
  app.get(ACCOUNT + paths.account.roots, (request, reply) =>
    sendPublic(request, reply, 'application/x-pem-file', parts.roots()),
  );

  app.get(ACCOUNT + paths.account.login, (request, reply) => showLogin(desk, request, reply, { failed: false }));
  // boundary account-code: anyone on the network -> CodeForm, at most 4096 bytes, else 400, 401, 403 or 429;
  // services/test/privacy/account.test.ts
  app.post(ACCOUNT + paths.account.login, async (request, reply) => {
    const form = request.body;
    const issued = wordOf(request);
    if (!Value.Check(CodeForm, form)) return refuse(request, reply, 400, 'error.bad-request');
    if (!sameSite(request) || !issued || !sameToken(issued, form[CSRF_FIELD]))
      return refuse(request, reply, 403, 'error.stale-form');
    const checked = await desk.check(form.code, request.ip);
    if (!checked.ok) return showLogin(desk, request, reply, { failed: true, ...checked });
    // G045 DS-3-2: a new token at sign-in, so that one planted before is worth nothing
    await sessions.end(request.cookies[SESSION_COOKIE]);
    reply.setCookie(SESSION_COOKIE, await sessions.begin(checked.account), { ...COOKIE, maxAge: LONGEST / 1000 });
    forgetWord(reply);
    await lookedAt(store.db, clock.now(), { account: checked.account, action: 'account-opened' });
    return reply.redirect(ACCOUNT + paths.account.data, 303);
  });

  await askingRoutes(app, desk);

  await app.register(async (inside) => {
    // EN 303 645 5.5-5, 5.8-1, G045 AU-1-2, PL-3-2: nothing of anybody without a session of their own
    inside.addHook('preHandler', async (request, reply) => {
      const session = await sessions.use(request.cookies[SESSION_COOKIE]);
      if (!session) return reply.redirect(ACCOUNT + paths.account.login, 303);
      request.person = session;
      if (request.method === 'GET' || request.method === 'HEAD') return;
      const sent = Value.Check(TokenForm, request.body) ? request.body[CSRF_FIELD] : '';
      if (!sameSite(request) || !sameToken(session.csrf, sent)) return refuse(request, reply, 403, 'error.stale-form');
    });
    inside.post(ACCOUNT + paths.account.logout, async (request, reply) => {
      await sessions.end(request.cookies[SESSION_COOKIE]);
      return leave(reply).redirect(ACCOUNT + paths.account.login, 303);
    });
    await ownRoutes(inside, desk);
    await erasingRoutes(inside, desk);
  });
}

const CodeForm = Type.Object({
  [CSRF_FIELD]: Type.String({ maxLength: 100 }),
  code: Type.String({ maxLength: 100 }),
});
const TokenForm = Type.Object({ [CSRF_FIELD]: Type.String({ maxLength: 100 }) });

function showLogin(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  outcome: { readonly failed: boolean; readonly waitSeconds?: number },
): FastifyReply {
  const csrf = issueWord(request, reply);
  if (outcome.failed) statusOf(reply, outcome);
  return reply.type(HTML).send(accountLoginPage({ ...desk.frame(request, paths.account.login), csrf, ...outcome }));
}
