import { createHash, randomBytes } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import {
  CHALLENGE_LASTS,
  channelBindingOf,
  DIGESTS,
  MAX_SETUP_CHECK_BYTES,
  readSetupStatement,
  readSignedStatement,
  SETUP_CHECK_PATHS,
  type SetupAnswer,
  type SetupChallenge,
} from '@hearthward/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HOUR } from '../clock.ts';
import type { Log } from '../front/log.ts';
import { recordObserved } from '../telemetry/events.ts';
import { findingsFrom, type SetupRefusal, verdictOf, whyNotKnown, whyNotTaken, withAsk } from './decide.ts';
import { factsOf, type FactsWorld, knocking, type KnownCertificate } from './facts.ts';

/**
 * The manufacturer's check of a device, at the owner's press (docs/decisions/0057). It stands on the listener of
 * enrolment: TLS 1.3, and nobody gets through the handshake without a certificate of ours. A challenge belongs to the
 * connection that it was given on, and holds once.
 */
export async function setupCheckRoutes(app: FastifyInstance, parts: FactsWorld & { readonly log: Log }): Promise<void> {
  const { db, clock, log } = parts;
  const due = new WeakMap<TLSSocket, { readonly nonce: string; readonly until: number }>();
  const asks = new Map<string, readonly number[]>();

  // boundary setup-check-request: who has a certificate of our authorities -> readSignedStatement, at most MAX_SETUP_CHECK_BYTES, else a problem document;
  // services/test/setup-check/routes.test.ts
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: MAX_SETUP_CHECK_BYTES },
    (_request, body, done) => done(null, body),
  );

  // what went wrong here is our business: a device hears that there is no answer, and asks again when its owner does
  app.setErrorHandler((error: { readonly statusCode?: number }, _request, reply) => {
    const status = error.statusCode && error.statusCode < 500 ? error.statusCode : 500;
    if (status === 500) log({ level: 'error', event: 'setup-check-failed', detail: {}, error });
    return problem(reply, status, status === 500 ? 'failed' : 'statement-unreadable');
  });

  // no boundary: setup-check-request; what it carries is not read
  app.post(SETUP_CHECK_PATHS.challenge, async (request, reply) => {
    const known = await whoKnocks(request);
    if (!('deviceId' in known)) return refuse(reply, known.code);
    forgetOld(asks, clock.now());
    // G045 AU-1-3: a check reads the register and the repository, so that nobody may have it over and over
    const counted = withAsk(asks.get(known.deviceId) ?? [], clock.now());
    if (!counted) return refuse(reply, 'too-often');
    asks.set(known.deviceId, counted);
    // no key: makes each check another one
    const nonce = randomBytes(32).toString('base64url');
    const at = clock.now();
    due.set(socketOf(request), { nonce, until: at + CHALLENGE_LASTS });
    return reply.send({ v: 1, nonce, at } satisfies SetupChallenge);
  });

  // no boundary: setup-check-request
  app.post(SETUP_CHECK_PATHS.statement, async (request, reply) => {
    const known = await whoKnocks(request);
    if (!('deviceId' in known)) return refuse(reply, known.code);
    const socket = socketOf(request);
    const challenge = due.get(socket);
    due.delete(socket);
    const signed = readSignedStatement(typeof request.body === 'string' ? request.body : '');
    const statement = signed && readSetupStatement(signed.statement);
    const here = { deviceId: known.deviceId, channel: channelBindingOf(socket) };
    const refused = whyNotTaken(statement, challenge, here, clock.now());
    if (refused || !signed || !statement) return refuse(reply, refused ?? 'statement-unreadable');
    const tls = { version: socket.getProtocol() ?? '', suite: socket.getCipher().standardName };
    const facts = await factsOf(parts, known, { statement, signed, tls });
    if (!facts) return refuse(reply, 'not-known');
    const findings = findingsFrom(facts);
    const verdict = verdictOf(findings);
    const bad = findings.filter(({ good }) => !good).map(({ code, about }) => (code === 'setting' ? `${about}` : code));
    // on record before it is told: what the console shows is never less than what the owner saw
    await recordObserved(db, known.deviceId, clock.now(), 'setup-checked', {
      verdict,
      ...(bad.length > 0 ? { found: bad.join(' ') } : {}),
    });
    const digest = createHash(DIGESTS.sha256.digest).update(signed.statement).digest('hex');
    const answer: SetupAnswer = {
      v: 1,
      ask: statement.ask,
      statement: digest,
      at: clock.now(),
      verdict,
      findings: [...findings],
    };
    return reply.send(answer);
  });

  async function whoKnocks(request: FastifyRequest): Promise<KnownCertificate | { readonly code: SetupRefusal }> {
    const serial = socketOf(request).getPeerX509Certificate()?.serialNumber.toLowerCase();
    const { row, ...who } = await knocking(db, serial ?? '');
    const code = whyNotKnown(who, clock.now());
    return code || !row ? { code: code ?? 'not-known' } : row;
  }

  function refuse(reply: FastifyReply, code: SetupRefusal): FastifyReply {
    const status = STATUS[code];
    log({ level: 'info', event: 'setup-check-refused', detail: { code } });
    if (status === 429) reply.header('retry-after', String(HOUR / 1000));
    return problem(reply, status, code);
  }
}

/** RFC 9457. */
const problem = (reply: FastifyReply, status: number, code: string): FastifyReply =>
  reply
    .code(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', status, code }));

const STATUS: Readonly<Record<SetupRefusal, number>> = {
  'not-known': 403,
  'device-revoked': 403,
  'device-held': 403,
  'other-device': 403,
  'other-connection': 409,
  'challenge-over': 409,
  'too-often': 429,
  'statement-unreadable': 400,
};

const socketOf = (request: FastifyRequest): TLSSocket => request.raw.socket as TLSSocket;

/** So many devices are remembered before those that asked more than an hour ago are forgotten. */
const REMEMBERED = 10_000;
function forgetOld(asks: Map<string, readonly number[]>, now: number): void {
  if (asks.size < REMEMBERED) return;
  for (const [deviceId, times] of asks) if (now - (times.at(-1) ?? 0) >= HOUR) asks.delete(deviceId);
}
