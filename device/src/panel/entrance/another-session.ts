import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { TROUBLE } from '../http/answers.ts';
import { NOTICE_COOKIE, setCookie } from '../http/cookies.ts';
import type { Desk } from '../desk.ts';
import { addCookie, frameOf, html, readOwnForm, refuse, seeOther, withFormCookie } from '../visit.ts';
import { goOnFrom } from './login.ts';
import { cancelSignIn, otherAdministrator, passStep, pendingOf } from './sign-in.ts';

/** The offer to end the session of the administrator who is signed in already, where the declaration says so. */
export function addAnotherSession(app: FastifyInstance, desk: Desk): void {
  const { secondLogin: offer } = desk.sessionLimits;
  if (offer?.kind !== 'offers') return;
  const entrance = { config: { call: { kind: 'entrance' } } } as const;
  const { login } = desk;

  app.get(offer.page, entrance, (request, reply) => {
    if (pendingOf(desk, request)?.step !== 'another-session') return seeOther(reply, login.page);
    const other = otherAdministrator(desk, request);
    // the other one has gone meanwhile: nothing is left to ask
    if (!other) return goOnFrom(desk, request, reply, passStep(desk, request, reply, 'another-session'));
    const visit = withFormCookie(desk, request.visit, reply);
    const { path, field, value: end, decline: keep } = offer;
    const since = new Date(other.createdAt).toISOString();
    const view = { ...frameOf(visit), since, answer: { path, field, end, keep } };
    return html(reply, desk.context.parts.pages.anotherSessionPage(view));
  });

  // boundary another-session: anyone on the home network -> readOwnForm, at most MAX_FORM_BYTES, else 400, or the page again;
  // device/test/panel/another-session.test.ts
  app.post(offer.path, entrance, (request: FastifyRequest, reply: FastifyReply) => {
    const choices = [offer.value, offer.decline];
    const read = readOwnForm(desk, request, [{ name: offer.field, type: 'choice', choices, example: offer.decline }]);
    if (!read.ok) return refuse(desk, request.visit, reply, read.trouble);
    if (read.input[offer.field] === offer.value) {
      const outcome = passStep(desk, request, reply, 'another-session');
      return outcome.kind === 'unknown'
        ? refuse(desk, request.visit, reply, TROUBLE.signInOver)
        : goOnFrom(desk, request, reply, outcome);
    }
    cancelSignIn(desk, request, reply);
    addCookie(reply, setCookie(NOTICE_COOKIE, 'sign-in-cancelled'));
    return seeOther(reply, login.page);
  });
}
