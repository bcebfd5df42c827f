import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { isIP, type Socket } from 'node:net';
import { keepCrowd } from '@hearthward/protocol';
import { paths } from '@hearthward/web';
import { DeviceFault } from '../driver/faults.ts';
import type { Language } from '@hearthward/standards';
import { TROUBLE, type Trouble } from './http/answers.ts';
import { dropCookie, NOTICE_COOKIE, setCookie } from './http/cookies.ts';
import { PANEL_LIMITS } from './http/limits.ts';
import { decideRate, type RateState } from './http/rate.ts';
import type { PanelContext } from './context.ts';
import { openDesk, type Desk } from './desk.ts';
import { readState } from './documents.ts';
import { eraseEverything, resumeReset } from './duties/reset.ts';
import { addFunctions } from './functions.ts';
import { endOverdue } from './household.ts';
import { addAnotherSession } from './entrance/another-session.ts';
import { addSecondStep } from './factors/second.ts';
import { addForgotten } from './entrance/forgotten.ts';
import { addLogin } from './entrance/login.ts';
import { addSetup } from './entrance/setup.ts';
import { addCookie, refuse, seeOther, visitOf, type Visit } from './visit.ts';

/**
 * The panel's server: every request passes host, rate, session and guard before any handler sees it, and every answer
 * leaves with the same headers. It listens nowhere by itself.
 * @throws DeviceFault `not-declared` where declaration and functions do not fit
 */
export function buildPanel(context: PanelContext): FastifyInstance {
  const desk = openDesk(context);
  const app = fastify(optionsOf(desk)) as unknown as FastifyInstance;
  app.server.maxConnections = PANEL_LIMITS.connections;
  app.server.headersTimeout = PANEL_LIMITS.requestMillis;

  app.removeAllContentTypeParsers();
  // bytes stay bytes until a handler knows what its function declared
  // boundary panel-body: anyone on the home network -> readForm, at most MAX_FORM_BYTES, else 413;
  // testbed/test/hostile-inputs.test.ts
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.decorateRequest('visit', null as unknown as Visit);
  const crowd = keepCrowd(app.server, PANEL_LIMITS.strangers);
  app.addHook('onRequest', admission(desk));
  // a request that has come whole is answered; afterwards only who has signed in keeps a place
  app.addHook('preHandler', async (request) => crowd.leave(request.socket));
  app.addHook('onResponse', async (request) => {
    if (!request.visit?.session) crowd.rejoin(request.socket);
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    reply.headers(context.parts.headers());
    // a notice is shown once
    if (request.visit?.notice && isPage(reply)) addCookie(reply, dropCookie(NOTICE_COOKIE));
    done(null, payload);
  });
  app.setErrorHandler((thrown, request, reply) => fault(desk, thrown, request, reply));
  app.setNotFoundHandler((request, reply) => refuse(desk, request.visit, reply, TROUBLE.notFound));
  app.addHook('onReady', () => resumeReset(desk));

  addAssets(app, desk);
  addLogin(app, desk);
  addSecondStep(app, desk);
  addAnotherSession(app, desk);
  addSetup(app, desk);
  addForgotten(app, desk);
  hearPresses(desk);
  context.tamper?.erasing(() => eraseEverything(desk));
  addFunctions(app, desk);
  context.parts.extend?.(app, context);
  return app;
}

/** EN 303 645 5.1-5, 5.11-1, G044 6.11.1: at the device itself people come in again, or erase what is on it. */
function hearPresses(desk: Desk): void {
  const { presence, onFault } = desk.context;
  presence.onPress((press) => {
    desk.record('button-pressed', {});
    if (press === 'long') eraseEverything(desk).catch((thrown: unknown) => onFault?.(thrown));
    else if (desk.recovery) desk.gate.pressed(desk.recovery);
  });
}

const isPage = (reply: FastifyReply): boolean => String(reply.getHeader('content-type')).startsWith('text/html');

/** Node looks only so often for those who take too long, and gives a handshake two minutes if nothing is said. */
const PATIENCE = {
  connectionsCheckingInterval: PANEL_LIMITS.checkedEveryMillis,
  handshakeTimeout: PANEL_LIMITS.requestMillis,
};

function optionsOf(desk: Desk) {
  const { clock, https, parts } = desk.context;
  return {
    ...(https ? { https: { ...parts.tls(desk.service.tls, clock.now()), ...PATIENCE, ...https } } : {}),
    logger: false,
    bodyLimit: PANEL_LIMITS.bodyBytes,
    connectionTimeout: PANEL_LIMITS.silentMillis,
    keepAliveTimeout: PANEL_LIMITS.idleMillis,
    requestTimeout: PANEL_LIMITS.requestMillis,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    routerOptions: { querystringParser: () => ({}), maxParamLength: 100, ignoreTrailingSlash: false },
    // below everything: bytes that are no request at all
    clientErrorHandler: (_fault: Error, socket: Socket) => {
      if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      else socket.destroy();
    },
    frameworkErrors: (_fault: Error, request: FastifyRequest, reply: FastifyReply) => {
      reply.headers(parts.headers());
      const frame = { language: 'en' as Language, csrf: '' };
      const to = request.url.startsWith('/api/') ? 'api' : 'page';
      const answer = parts.troubleAnswer(TROUBLE.malformed, to, frame, parts.pages.errorPage);
      return reply.code(answer.status).type(answer.type).send(answer.body);
    },
  };
}

function admission(desk: Desk) {
  const { parts, hosts = LOOPBACK, rate = PANEL_LIMITS.requests } = desk.context;
  let rates: RateState = new Map();
  return async (request: FastifyRequest, reply: FastifyReply) => {
    endOverdue(desk);
    const visit = visitOf(desk, request);
    request.visit = visit;
    const decided = decideRate(rates, visit.source, rate, desk.now());
    rates = decided.state;
    if (!decided.allowed) {
      reply.header('retry-after', String(ASK_AGAIN_SECONDS));
      return refuse(desk, visit, reply, TROUBLE.tooMany);
    }
    // EN 303 645 5.5-5, G045 DS-1-2: a name that is not ours means that someone else's page was pointed at us (DNS rebinding)
    if (!isOurs(visit.host, hosts, request.socket.localAddress)) {
      desk.record('access-refused', { because: 'wrong-host' });
      return refuse(desk, visit, reply, TROUBLE.wrongHost);
    }
    const call = request.is404 ? undefined : request.routeOptions.config.call;
    const setup = readState(desk.context.store, 'setup');
    const verdict = parts.guard({
      session: visit.session,
      setup,
      table: desk.table,
      call: call ?? { kind: 'unknown' },
    });
    if (verdict.ok) return;
    const reads = request.method === 'GET' || request.method === 'HEAD';
    const toPage = reads && visit.to === 'page';
    switch (verdict.code) {
      case 'resetting':
        reply.header('retry-after', String(RESETTING_SECONDS));
        return refuse(desk, visit, reply, TROUBLE.resetting);
      case 'log-in':
        if (toPage) return toEntrance(desk, visit, reply, setup.step === 'initialised');
        return refuse(desk, visit, reply, TROUBLE.logIn);
      case 'set-up-first':
        return toPage ? seeOther(reply, paths.panel.setup) : refuse(desk, visit, reply, TROUBLE.notAllowed);
      case 'change-first':
        return toPage ? seeOther(reply, paths.panel.password) : refuse(desk, visit, reply, TROUBLE.notAllowed);
      case 'not-allowed':
        desk.record('access-refused', { because: 'not-allowed' });
        return refuse(desk, visit, reply, TROUBLE.notAllowed);
    }
  };
}

/** Until then a source may ask as often again as in each second (RFC 6585, 4). */
const ASK_AGAIN_SECONDS = 1;
/** A reset takes about as long as the services take to hear of it. */
const RESETTING_SECONDS = 5;

/** Who came with a session that is no more hears so: it may have been ended by someone else's sign-in. */
function toEntrance(desk: Desk, visit: Visit, reply: FastifyReply, initialised: boolean): FastifyReply {
  if (!initialised) return seeOther(reply, paths.panel.setup);
  if (visit.carriedId !== undefined) addCookie(reply, setCookie(NOTICE_COOKIE, 'session-ended'));
  return seeOther(reply, desk.login.page);
}

const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

function isOurs(host: string | undefined, hosts: readonly string[], localAddress: string | undefined): boolean {
  const name = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::\d{1,5})?$/i.exec(host ?? '')?.[1]?.toLowerCase();
  if (name === undefined) return false;
  const bare = name.replace(/^\[|\]$/g, '');
  const local = localAddress?.replace(/^::ffff:/i, '');
  return hosts.includes(bare) || (isIP(bare) !== 0 && bare === local);
}

/** Style and script of the pages: they name no product, so they are there before login. */
function addAssets(app: FastifyInstance, desk: Desk): void {
  const { pages } = desk.context.parts;
  const asset = { config: { call: { kind: 'asset' } } } as const;
  const text = (type: string, body: string) => (_request: FastifyRequest, reply: FastifyReply) =>
    reply.type(`${type}; charset=utf-8`).send(body);
  app.get(paths.stylesheet, asset, text('text/css', pages.stylesheet()));
  app.get(paths.script, asset, text('text/javascript', pages.panelScript()));
}

/** The client hears that something went wrong; what it was goes to whoever records faults. */
function fault(desk: Desk, thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const trouble: Trouble = { ...troubleOf(thrown), cause: thrown };
  if (trouble.status === 500) desk.context.onFault?.(thrown);
  const visit = request.visit ?? {
    to: 'page',
    language: 'en',
    source: '',
    host: '',
    session: undefined,
    carriedId: undefined,
    notice: undefined,
    formId: undefined,
  };
  return refuse(desk, visit, reply, trouble);
}

function troubleOf(thrown: unknown): Trouble {
  if (thrown instanceof DeviceFault && thrown.code === 'on-trial') return TROUBLE.onTrial;
  const status = (thrown as { statusCode?: unknown } | null)?.statusCode;
  if (status === 413) return TROUBLE.tooLarge;
  if (status === 415) return TROUBLE.wrongMediaType;
  return typeof status === 'number' && status >= 400 && status < 500 ? TROUBLE.malformed : TROUBLE.fault;
}
