import type { GuessLimits } from '@hearthward/protocol';
import { digestOf } from '../../operators/digest.ts';
import { accountRequestPage, type AccountRequestView, paths } from '@hearthward/web';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { iso } from '../../clock.ts';
import { HTML, sameSite } from '../../front/headers.ts';

import type { PersonRequest } from '../../operators/requests/decide.ts';
import { AskForm, rowOf } from '../../operators/requests/routes.ts';
import { sameToken } from '../../operators/sessions.ts';
import { passGates, takeBackTry } from './guesses.ts';
import { ACCOUNT, CSRF_FIELD, type Desk, issueWord, refuse, statusOf, wordOf } from './desk.ts';

/**
 * A request to people, from whoever has no code or wants an answer: followed by its number, of which nobody guesses one. No
 * name is asked for, and no answer tells whether there is somebody.
 */
export async function askingRoutes(app: FastifyInstance, desk: Desk): Promise<void> {
  const { store, clock, requests } = desk;

  const show = (request: FastifyRequest, reply: FastifyReply, more: Partial<AccountRequestView> = {}): FastifyReply => {
    const csrf = issueWord(request, reply);
    return reply.type(HTML).send(accountRequestPage({ ...desk.frame(request, paths.account.request), csrf, ...more }));
  };
  const isOwn = (request: FastifyRequest): boolean => {
    const issued = wordOf(request);
    const sent = Value.Check(TokenForm, request.body) ? request.body[CSRF_FIELD] : '';
    return sameSite(request) && issued !== undefined && sameToken(issued, sent);
  };

  app.get(ACCOUNT + paths.account.request, (request, reply) => show(request, reply));

  // boundary account-request: anyone on the network -> AskForm, at most 4096 bytes, else 400, 403 or 429;
  // services/test/privacy/requests.test.ts
  app.post(ACCOUNT + paths.account.request, async (request, reply) => {
    const form = request.body;
    if (!isOwn(request)) return refuse(request, reply, 403, 'error.stale-form');
    if (!Value.Check(AskForm, form)) return refuse(request, reply, 400, 'error.bad-request');
    const now = clock.now();
    const gates = [
      { key: digestOf(`request source\0${request.ip}`), limits: FROM_ONE },
      { key: digestOf('request\0all sources'), limits: FROM_ALL },
    ];
    const passed = await passGates(store, gates, now);
    if (passed.kind === 'wait') return show(request, statusOf(reply, passed), { trouble: passed });
    const id = await requests.create({ kind: form.kind, law: form.law, via: 'form', receivedAt: now, by: 'account' });
    const made = await requests.find(id);
    return show(request, reply, made ? { request: shownOf(made, now), isNew: true } : {});
  });

  // boundary account-request-follow: anyone on the network -> NumberForm, at most 4096 bytes, else 400, 403, 404 or 429;
  // services/test/privacy/requests.test.ts
  app.post(ACCOUNT + paths.account.requestFollow, async (request, reply) => {
    const form = request.body;
    if (!isOwn(request)) return refuse(request, reply, 403, 'error.stale-form');
    if (!Value.Check(NumberForm, form)) return refuse(request, reply, 400, 'error.bad-request');
    const passed = await desk.tryOnce(request.ip);
    if (passed.kind === 'wait') return show(request, statusOf(reply, passed), { trouble: passed });
    const found = await requests.find(numberIn(form.number));
    if (!found) return show(request, reply.code(404), { trouble: 'unknown' });
    await takeBackTry(store, request.ip, clock.now());
    return show(request, reply, { request: shownOf(found, clock.now()) });
  });

  // boundary account-request-prove: anyone on the network -> ProveForm, at most 4096 bytes, else 400, 401, 403, 404 or 429;
  // services/test/privacy/requests.test.ts
  app.post(ACCOUNT + paths.account.requestProve, async (request, reply) => {
    const form = request.body;
    if (!isOwn(request)) return refuse(request, reply, 403, 'error.stale-form');
    if (!Value.Check(ProveForm, form)) return refuse(request, reply, 400, 'error.bad-request');
    const checked = await desk.check(form.code, request.ip);
    const found = await requests.find(numberIn(form.number));
    if (!found) return show(request, reply.code(404), { trouble: 'unknown' });
    const shown = (now: PersonRequest | undefined) => ({ request: shownOf(now ?? found, clock.now()) });
    if (!checked.ok) {
      const trouble = checked.waitSeconds === undefined ? 'code' : { waitSeconds: checked.waitSeconds };
      return show(request, statusOf(reply, checked), { ...shown(found), trouble });
    }
    await requests.identifyByCode(found.id, checked.account);
    return show(request, reply, shown(await requests.find(found.id)));
  });
}

const TokenForm = Type.Object({ [CSRF_FIELD]: Type.String({ maxLength: 100 }) });
const NumberForm = Type.Object({ number: Type.String({ maxLength: 32 }) });
const ProveForm = Type.Object({ number: Type.String({ maxLength: 32 }), code: Type.String({ maxLength: 100 }) });

/** Each costs somebody's time: some a day from one address, and a bound on what a crowd can bring. */
const FROM_ONE: GuessLimits = { freeAttempts: 5, firstDelaySeconds: 600, longestDelaySeconds: 86_400 };
const FROM_ALL: GuessLimits = { freeAttempts: 500, firstDelaySeconds: 1, longestDelaySeconds: 600 };

/** Spaces, hyphens and capitals are as people write them. */
const numberIn = (text: string): string => text.toLowerCase().replaceAll(/[\s-]+/g, '');

const shownOf = (request: PersonRequest, now: number): NonNullable<AccountRequestView['request']> => {
  const { id, kind, receivedAt, dueAt, isIdentified } = rowOf(request, now);
  const { closed } = request;
  return {
    id,
    kind,
    receivedAt,
    dueAt,
    isIdentified,
    ...(closed ? { closed: { at: iso(closed.at), as: closed.as, said: closed.said } } : {}),
  };
};
