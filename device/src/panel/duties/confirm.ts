import type { FastifyReply, FastifyRequest } from 'fastify';
import { TROUBLE } from '../http/answers.ts';
import type { Input } from '../http/validate.ts';
import { isFresh, type Desk, type HttpFunction } from '../desk.ts';
import { originOf, refuse, remember } from '../visit.ts';
import { valueOf } from './duty.ts';

/** Whether the person who asks for something that matters is still the one who signed in. */
export type Confirmed = 'right' | 'wrong' | 'busy' | { readonly waitSeconds: number };

/** The current password where the function has a field for it; else a session whose password was checked lately. */
export async function confirm(
  desk: Desk,
  declared: HttpFunction,
  request: FastifyRequest,
  reply: FastifyReply,
  input: Input,
): Promise<Confirmed> {
  const { session } = request.visit;
  const current = valueOf(declared, input, 'current-password');
  if (current === undefined) return session && isFresh(session.verifiedAt, desk.now()) ? 'right' : 'wrong';
  const outcome = await desk.gate.password(session?.account ?? '', current, originOf(desk, request));
  switch (outcome.kind) {
    case 'right':
      remember(reply, outcome);
      return 'right';
    case 'failed':
      // who has a session of this account knows that there is one: what others guessed at it may be told
      return outcome.because === 'held-back' ? { waitSeconds: outcome.waitSeconds } : 'wrong';
    case 'busy':
      return 'busy';
    case 'throttled':
      return { waitSeconds: outcome.waitSeconds };
  }
}

export function tooSoon(desk: Desk, request: FastifyRequest, reply: FastifyReply, waitSeconds: number): FastifyReply {
  reply.header('retry-after', String(waitSeconds));
  return refuse(desk, request.visit, reply, TROUBLE.tooMany);
}
