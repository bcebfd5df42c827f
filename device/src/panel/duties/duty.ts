import type { FastifyReply, FastifyRequest } from 'fastify';
import { setCookie, NOTICE_COOKIE, type Notice } from '../http/cookies.ts';
import type { Field, Input } from '../http/validate.ts';
import type { Desk, HttpFunction } from '../desk.ts';
import { addCookie, seeOther } from '../visit.ts';

/** Changes that the runtime itself carries out: password, name, consent, reset. Input is as declared when it comes here. */
export type Duty = (
  desk: Desk,
  declared: HttpFunction,
  request: FastifyRequest,
  reply: FastifyReply,
  input: Input,
) => Promise<FastifyReply>;

/** What came in the field that has this meaning; undefined where the function has none. */
export function valueOf(declared: HttpFunction, input: Input, role: NonNullable<Field['role']>): string | undefined {
  const field = declared.request.fields.find((each) => each.role === role);
  const value = field === undefined ? undefined : input[field.name];
  return value === undefined ? undefined : String(value);
}

/** The declared answer of a change: back to the page of its form, or its status. */
export function changed(
  declared: HttpFunction,
  reply: FastifyReply,
  notice: Notice = 'saved',
  page = declared.request.page ?? '/',
): FastifyReply {
  const status =
    declared.success.status?.[0] ?? (['form', 'multipart'].includes(declared.request.encoding) ? 303 : 204);
  if (status !== 303) return reply.code(status).send('');
  addCookie(reply, setCookie(NOTICE_COOKIE, notice));
  return seeOther(reply, page);
}
