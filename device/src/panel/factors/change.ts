import type { FastifyReply, FastifyRequest } from 'fastify';
import { factorsOf, withFactors } from '../../access/accounts.ts';
import { decideCeremonies, type Ceremony, type CeremonyKind } from '../../access/factors/ceremony/decide.ts';
import type { FactorsEffect, FactorsEvent } from '../../access/factors/decide.ts';
import { hasSecondStep, type Factors } from '../../access/factors/factors.ts';
import { newRecoveryCodes } from '../../access/factors/recovery.ts';
import { hashOf } from '../../access/sessions/decide.ts';
import { TROUBLE } from '../http/answers.ts';
import type { Desk, HttpFunction } from '../desk.ts';
import { readState, writeStates } from '../documents.ts';
import { aloneIn } from '../duties/alone.ts';
import { confirm, tooSoon } from '../duties/confirm.ts';
import type { Input } from '../http/validate.ts';
import { html, refuse } from '../visit.ts';
import { securityView } from './views.ts';

/** How the second factors of the account that is signed in change: confirmed, written at once, everybody else out. */

export interface Person {
  readonly account: string;
  readonly role: string;
  /** to whom ceremonies of this session belong */
  readonly holder: string;
  readonly factors: Factors;
}

export function personOf(desk: Desk, request: FastifyRequest): Person | undefined {
  const { session } = request.visit;
  if (!session) return undefined;
  const { account, role, id } = session;
  return { account, role, holder: hashOf(id), factors: factorsOf(readState(desk.context.store, 'accounts'), account) };
}

/** The person with their password checked; else the answer that has gone out already. */
// EN 303 645 5.5-5, G045 AU-1-2: whoever changes what opens the account must know what opens it now
export async function confirmed(
  desk: Desk,
  declared: HttpFunction,
  request: FastifyRequest,
  reply: FastifyReply,
  input: Input,
): Promise<{ readonly ok: true; readonly person: Person } | { readonly ok: false; readonly answer: FastifyReply }> {
  const { visit } = request;
  const current = await confirm(desk, declared, request, reply, input);
  const person = personOf(desk, request);
  if (!person) return { ok: false, answer: refuse(desk, visit, reply, TROUBLE.logIn) };
  if (current === 'right') return { ok: true, person };
  if (current === 'busy') return { ok: false, answer: refuse(desk, visit, reply, TROUBLE.busy) };
  if (current !== 'wrong') return { ok: false, answer: tooSoon(desk, request, reply, current.waitSeconds) };
  return { ok: false, answer: showSecurity(desk, request, reply, ['refused.wrong-password'], 403) };
}

export function showSecurity(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  refused: readonly string[],
  status: number,
): FastifyReply {
  const view = { ...securityView(desk, request.visit), refused };
  return html(reply, desk.context.parts.pages.securityPage(view), status);
}

export function begin(desk: Desk, ceremony: Parameters<typeof decideCeremonies>[1] & { kind: 'begun' }): void {
  const { store, parts } = desk.context;
  const { state } = parts.ceremonies(readState(store, 'ceremonies'), ceremony, desk.now());
  writeStates(store, { ceremonies: state });
}

/** What the holder was asked; from now on nobody can answer it again. */
export function take<Kind extends CeremonyKind>(
  desk: Desk,
  holder: string,
  kind: Kind,
): Extract<Ceremony, { kind: Kind }> | undefined {
  const { store, parts } = desk.context;
  const { state, effects } = parts.ceremonies(
    readState(store, 'ceremonies'),
    { kind: 'taken', holder, of: kind },
    desk.now(),
  );
  writeStates(store, { ceremonies: state });
  const taken = effects[0]?.ceremony;
  return taken?.kind === kind ? (taken as Extract<Ceremony, { kind: Kind }>) : undefined;
}

export type Changed =
  /** `codes`: shown to the person now, and never again */
  | { readonly kind: 'done'; readonly codes?: readonly string[] }
  | { readonly kind: 'refused'; readonly because: Extract<FactorsEffect, { kind: 'refused' }>['because'] }
  /** the session ended meanwhile */
  | { readonly kind: 'gone' };

/** Whoever gets a second step for the first time gets recovery codes with it. */
export function changeFactors(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  { account, role }: Person,
  event: Exclude<FactorsEvent, { kind: 'recovery-renewed' }> | { readonly kind: 'renew-recovery' },
): Changed {
  const { store, parts, random } = desk.context;
  const before = readState(store, 'accounts');
  const factors = factorsOf(before, account);
  const fresh = newRecoveryCodes(random);
  const renewed = { kind: 'recovery-renewed', codes: fresh.kept } as const;
  const first = parts.factors(factors, event.kind === 'renew-recovery' ? renewed : event, desk.now());
  const refusal = first.effects.find((effect) => effect.kind === 'refused');
  if (refusal) return { kind: 'refused', because: refusal.because };
  const needsCodes = hasSecondStep(first.state) && first.state.recovery === undefined;
  const { state } = needsCodes ? parts.factors(first.state, renewed, desk.now()) : first;
  const alone = aloneIn(desk, request, account, 'factor-changed');
  if (!alone) return { kind: 'gone' };
  writeStates(store, { accounts: withFactors(before, account, state), ...alone.states });
  alone.tell(reply);
  for (const effect of first.effects) recordChange(desk, role, effect);
  return needsCodes || event.kind === 'renew-recovery' ? { kind: 'done', codes: fresh.shown } : { kind: 'done' };
}

function recordChange(desk: Desk, role: string, effect: FactorsEffect): void {
  if (effect.kind !== 'added' && effect.kind !== 'removed') return;
  if (effect.factor === 'recovery-codes') desk.record('recovery-codes-renewed', { role });
  else desk.record(`factor-${effect.kind}`, { role, factor: effect.factor });
}
