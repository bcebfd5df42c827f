import type { FastifyReply, FastifyRequest } from 'fastify';
import { paths } from '@hearthward/web';
import { TROUBLE } from './http/answers.ts';
import { dropCookie, NOTICE_COOKIE, setCookie, type Notice } from './http/cookies.ts';
import type { Field, Input } from './http/validate.ts';
import { isFresh, type Desk, type HttpFunction } from './desk.ts';
import { readState, USER_ROOMS, writeStates } from './documents.ts';
import { guess } from './guess.ts';
import { judgePassword, keysOf, NOT_SET, setPassword } from './passwords.ts';
import { passwordView, resetView } from './views.ts';
import { addCookie, html, refuse, seeOther } from './visit.ts';

/** Changes that the runtime itself carries out: password, name, consent, reset. Input is as declared when it comes here. */
export type Duty = (
  desk: Desk,
  declared: HttpFunction,
  request: FastifyRequest,
  reply: FastifyReply,
  input: Input,
) => Promise<FastifyReply>;

// EN 303 645 5.1-4, TS 103 645 4.1-1, G044 6.1-d, G045 AU-1-1: one form, from any page
export const changePassword: Duty = async (desk, declared, request, reply, input) => {
  const { visit } = request;
  const { parts } = desk.context;
  const { session } = visit;
  if (!session) return refuse(desk, visit, reply, TROUBLE.logIn);
  const current = await confirm(desk, declared, request, input);
  if (current === 'busy') return refuse(desk, visit, reply, TROUBLE.busy);
  if (typeof current === 'object') return tooSoon(desk, request, reply, current.waitSeconds);
  const password = valueOf(declared, input, 'new-password') ?? '';
  const judged = await judgePassword(
    desk,
    session.account,
    password,
    valueOf(declared, input, 'repeat-password') ?? password,
  );
  if (judged.kind === 'busy') return refuse(desk, visit, reply, TROUBLE.busy);
  const refused = parts.passwordChange({ currentIsRight: current === 'right', refused: judged.refused });
  if (refused.length > 0) {
    const page = parts.pages.passwordPage(passwordView(desk, visit, keysOf(refused)));
    return html(reply, page, refused.includes('wrong-password') ? 403 : 422);
  }
  const done = await setPassword(desk, request, reply, { account: session.account, role: session.role, password });
  return done === 'done' ? changed(declared, reply, 'password-changed') : refuse(desk, visit, reply, NOT_SET[done]);
};

export const setName: Duty = async (desk, declared, _request, reply, input) => {
  const name = Object.values(input).find((value) => typeof value === 'string') ?? '';
  writeStates(desk.context.store, { settings: { ...readState(desk.context.store, 'settings'), name } });
  desk.record('setting-changed', { function: declared.id });
  return changed(declared, reply, 'name-saved');
};

// EN 303 645 6-3, G044 7-c: consent is withdrawn where it was given, and holds before the answer is out
export const setSharing: Duty = async (desk, declared, _request, reply, input) => {
  const { store } = desk.context;
  const settings = readState(store, 'settings');
  const given = Object.entries(input).map(([id, value]) => [id, value === 'on' || value === true] as const);
  writeStates(store, { settings: { ...settings, consents: { ...settings.consents, ...Object.fromEntries(given) } } });
  desk.record('setting-changed', { function: declared.id });
  return changed(declared, reply, 'choices-saved');
};

export const factoryReset: Duty = async (desk, declared, request, reply, input) => {
  const { visit } = request;
  const current = await confirm(desk, declared, request, input);
  if (current === 'busy') return refuse(desk, visit, reply, TROUBLE.busy);
  if (typeof current === 'object') return tooSoon(desk, request, reply, current.waitSeconds);
  // EN 303 645 5.5-5, G045 AU-1-2: what cannot be undone asks for the password again
  if (current === 'wrong') {
    const view = resetView(desk, visit, declared.id, ['refused.wrong-password']);
    return html(reply, desk.context.parts.pages.resetPage(view), 403);
  }
  const { state, effects } = desk.context.parts.setup(readState(desk.context.store, 'setup'), {
    kind: 'reset',
    rooms: erasable(desk),
  });
  writeStates(desk.context.store, { setup: state });
  const erased = effects.find((effect) => effect.kind === 'erase');
  await erase(desk, erased?.kind === 'erase' ? erased.rooms : []);
  addCookie(reply, dropCookie(desk.cookie));
  // EN 303 645 5.11-4, G044 6.11.4: people are told that it is done
  addCookie(reply, setCookie(NOTICE_COOKIE, 'erased'));
  return seeOther(reply, paths.panel.setup);
};

/** At start: a reset that a power cut interrupted goes on. */
export async function resumeReset(desk: Desk): Promise<void> {
  const { effects } = desk.context.parts.setup(readState(desk.context.store, 'setup'), {
    kind: 'started',
    rooms: erasable(desk),
  });
  for (const effect of effects) if (effect.kind === 'erase') await erase(desk, effect.rooms);
}

const erasable = (desk: Desk): readonly string[] => [...USER_ROOMS, ...(desk.context.eraseRooms ?? [])];

/** The step `resetting` stays on disk until all of it is gone. */
async function erase(desk: Desk, rooms: readonly string[]): Promise<void> {
  const { store, onReset, parts } = desk.context;
  // EN 303 645 5.11-1, G044 6.11.1, G045 DS-1-4, DS-1-5: rooms of the panel first, then keys and the rest of the device
  store.erase(rooms);
  await onReset();
  writeStates(store, { setup: parts.setup(readState(store, 'setup'), { kind: 'erased' }).state });
  desk.record('factory-reset', { rooms: rooms.length });
}

type Confirmed = 'right' | 'wrong' | 'busy' | { readonly waitSeconds: number };

/** The current password where the function has a field for it; else a session whose password was checked lately. */
async function confirm(desk: Desk, declared: HttpFunction, request: FastifyRequest, input: Input): Promise<Confirmed> {
  const { session, source } = request.visit;
  const current = valueOf(declared, input, 'current-password');
  if (current === undefined) return session && isFresh(session.verifiedAt, desk.now()) ? 'right' : 'wrong';
  const outcome = await guess(desk, source, session?.account ?? '', current);
  switch (outcome.kind) {
    case 'right':
      return 'right';
    case 'failed':
      return 'wrong';
    case 'busy':
      return 'busy';
    case 'throttled':
      return { waitSeconds: outcome.waitSeconds };
  }
}

function tooSoon(desk: Desk, request: FastifyRequest, reply: FastifyReply, waitSeconds: number): FastifyReply {
  reply.header('retry-after', String(waitSeconds));
  return refuse(desk, request.visit, reply, TROUBLE.tooMany);
}

function valueOf(declared: HttpFunction, input: Input, role: NonNullable<Field['role']>): string | undefined {
  const field = declared.request.fields.find((each) => each.role === role);
  const value = field === undefined ? undefined : input[field.name];
  return value === undefined ? undefined : String(value);
}

/** The declared answer of a change: back to the page of its form, or its status. */
export function changed(declared: HttpFunction, reply: FastifyReply, notice: Notice = 'saved'): FastifyReply {
  const status = declared.success.status?.[0] ?? (declared.request.encoding === 'form' ? 303 : 204);
  if (status !== 303) return reply.code(status).send('');
  addCookie(reply, setCookie(NOTICE_COOKIE, notice));
  return seeOther(reply, declared.request.page ?? '/');
}
