import type { HttpAnswer, LoginOutcome, Reached } from '../../model.ts';
import { withCookies, type Cookies } from './cookies.ts';
import { hiddenInputs } from './forms.ts';
import { originOf, pathOf, type LoginRoom, type Mechanism } from './room.ts';

/** What a second login may meet, and what to answer there. */
export interface Offer {
  readonly declared: NonNullable<Mechanism['session']>['secondLogin'];
  readonly take: 'accept' | 'decline';
}
interface After {
  readonly answer: HttpAnswer;
  readonly cookies: Cookies;
}

/**
 * Where the answer to a password is the declared offer to end an earlier session: reads its page and answers its form.
 * Gives what the login came to, or the answer to go on from, which is the one that came in where there was no offer.
 */
export async function followOffer(
  room: LoginRoom,
  service: string,
  { declared, take }: Offer,
  came: After & { readonly path: string },
): Promise<{ readonly ended: LoginOutcome } | { readonly ended?: never; readonly after: After }> {
  const { answer } = came;
  const location = pathOf(answer.headers['location'], came.path);
  if (declared?.kind !== 'offers' || location !== pathOf(declared.page, came.path)) return { after: came };
  const page = await room.http.request(service, {
    method: 'GET',
    path: declared.page,
    headers: { accept: 'text/html' },
    cookies: came.cookies,
  });
  if (!page.ok) return { ended: { kind: 'unreachable', because: page } };
  const cookies = withCookies(came.cookies, page.answer.setCookie, room.clock.now());
  const fields = new URLSearchParams(hiddenInputs(page.answer.body, declared.page, declared.path));
  fields.set(declared.field, take === 'accept' ? declared.value : declared.decline);
  const posted: Reached<HttpAnswer> = await room.http.request(service, {
    method: 'POST',
    path: declared.path,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html', ...originOf(room, service) },
    cookies,
    body: fields.toString(),
  });
  if (!posted.ok) return { ended: { kind: 'unreachable', because: posted } };
  if (take === 'decline') return { ended: { kind: 'offered', answer: page.answer } };
  return {
    after: { answer: posted.answer, cookies: withCookies(cookies, posted.answer.setCookie, room.clock.now()) },
  };
}
