import type { LoginOutcome, LoginProbe, LoginSession } from '../../model.ts';
import { createCall } from './call.ts';
import { endSession } from './logout.ts';
import { byBasic, byForm, byJson, byMqtt } from './mechanisms.ts';
import type { Account, LoginRoom, Mechanism } from './room.ts';
import { createLook, createSetUp } from './set-up.ts';
import type { Target } from '../../target.ts';

type GivenAccount = NonNullable<Target['accounts']>[string];

/**
 * Logs in as the declaration describes the mechanism, knowing nothing else of the product. A failed login costs the
 * budget; without budget nothing is sent. The shared session is for reading, and lasts until a case ends it.
 * Secret are the values of the target file's accounts. What a case tries instead is its own to declare secret: a
 * well-known default password is none, and hiding it would hide every word like it.
 */
export function createLogin(room: LoginRoom): LoginProbe {
  const sessions = new Map<string, LoginSession>();
  for (const account of Object.values(room.target.accounts ?? {})) hideAccount(room, account);
  const attempt: LoginProbe['attempt'] = async (id, override, offer = 'accept') => {
    const mechanism = room.declaration.authenticationMechanisms.find((candidate) => candidate.id === id);
    const account = accountOf(room, id, override);
    const service = mechanism === undefined ? undefined : serviceOf(room, mechanism);
    if (mechanism?.login === undefined) return nowhere(`the declaration says not how to log in with ${id}`);
    if (account === undefined) return nowhere(`the target file gives no password for ${id}`);
    if (service === undefined) return nowhere(`the target file gives no address for a service of ${id}`);
    if (override !== undefined) room.hand.budget.needFailedLogin();
    const outcome = await loginBy(room, { ...mechanism, login: mechanism.login }, service, account, offer);
    // over MQTT the connection itself has counted it
    const counted = mechanism.login.kind === 'mqtt';
    if (!counted && (outcome.kind === 'refused' || outcome.kind === 'throttled')) room.hand.budget.spendFailedLogin();
    return outcome;
  };
  return {
    attempt,
    shared: async (id) => {
      const known = sessions.get(id);
      if (known !== undefined) return known;
      const outcome = await attempt(id);
      if (outcome.kind !== 'in') return undefined;
      sessions.set(id, outcome.session);
      return outcome.session;
    },
    forget: (id) => {
      sessions.delete(id);
    },
    logout: async (id, session) => {
      const mechanism = room.declaration.authenticationMechanisms.find((candidate) => candidate.id === id);
      const logout = mechanism?.session?.logout;
      const service = mechanism === undefined ? undefined : serviceOf(room, mechanism);
      if (logout === undefined || service === undefined) return undefined;
      return endSession(room, service, logout, session);
    },
    call: createCall(room),
    setUp: createSetUp(room),
    isDelivered: createLook(room),
    budget: () => room.hand.budget.failedLoginsLeft(),
  };
}

function hideAccount(room: LoginRoom, { user, password, initialPassword }: GivenAccount): void {
  for (const value of [password, initialPassword]) {
    if (value === undefined) continue;
    room.hand.redactor.secret(value);
    // as HTTP basic authentication joins them (RFC 7617, 2)
    room.hand.redactor.secret(Buffer.from(`${user ?? ''}:${value}`).toString('base64'));
  }
}

function accountOf(
  room: LoginRoom,
  id: string,
  override: { readonly user?: string; readonly password?: string } | undefined,
): Account | undefined {
  const given = room.target.accounts?.[id];
  const user = override?.user ?? given?.user;
  const password = override?.password ?? given?.password;
  if (password === undefined) return undefined;
  return user === undefined ? { password } : { user, password };
}

const serviceOf = (room: LoginRoom, mechanism: Mechanism): string | undefined =>
  mechanism.services.find((service) => room.hand.endpoint(service) !== undefined);

function loginBy(
  room: LoginRoom,
  { login, session }: Mechanism & { readonly login: NonNullable<Mechanism['login']> },
  service: string,
  account: Account,
  offer: 'accept' | 'decline',
): Promise<LoginOutcome> {
  switch (login.kind) {
    case 'form':
      return byForm(room, login, service, account, { declared: session?.secondLogin, take: offer });
    case 'json':
      return byJson(room, login, service, account);
    case 'basic':
      return byBasic(room, service, account);
    case 'mqtt':
      return byMqtt(room, service, account);
  }
}

function nowhere(detail: string): LoginOutcome {
  return { kind: 'unreachable', because: { ok: false, because: 'protocol', detail } };
}
