import type { AuthenticationMechanism, ExternalFunction, SoftwareService } from '@hearthward/product';
import { accessTable, roleOf, ROLES, type AccessTable, type Role } from '../access/accounts.ts';
import { openGate, type Gate } from '../access/gate/gate.ts';
import { FIRST_PASSWORD_HOURS } from '../access/household/decide.ts';
import { openHouseholdClock, type HouseholdClock } from '../access/household/time.ts';
import { openHashing, type Hashing } from '../access/gate/hashing.ts';
import type { HashingCost } from '../access/passwords/cost.ts';
import { PARAMETERS } from '../access/passwords/record.ts';
import type { PasswordLimits } from '../access/passwords/rules.ts';
import type { SessionLimits, SessionsEffect, SessionsEvent, SessionsState } from '../access/sessions/decide.ts';
import { DeviceFault } from '../driver/faults.ts';
import type { EventDetails, EventKind } from '../logging/catalogue.ts';
import type { Millis } from '../seams.ts';
import type { PanelContext } from './context.ts';
import { readState, writeStates } from './documents.ts';

/** What every room of the panel works with: the context, what the declaration says of it, and the decisions that are shared. */
export interface Desk {
  readonly context: PanelContext;
  readonly service: SoftwareService;
  readonly functions: readonly HttpFunction[];
  readonly login: FormLogin;
  readonly cookie: string;
  readonly sessionLimits: SessionLimits;
  readonly passwordLimits: PasswordLimits;
  readonly longestDelaySeconds: number;
  /** milliseconds that a password made up for somebody lasts */
  readonly firstPasswordMs: number;
  /** what a press of the button opens */
  readonly recovery: AuthenticationMechanism['recovery'];
  readonly table: AccessTable;
  /** every proof by a person goes through it */
  readonly gate: Gate;
  /** where new passwords are hashed */
  readonly hashing: Hashing;
  readonly cost: HashingCost;
  readonly now: () => Millis;
  /** by which accounts end */
  readonly householdClock: HouseholdClock;
  readonly record: <Kind extends EventKind>(kind: Kind, detail: EventDetails[Kind]) => void;
}

export type FormLogin = Extract<NonNullable<AuthenticationMechanism['login']>, { kind: 'form' }>;
export type HttpFunction = ExternalFunction & {
  readonly request: Extract<ExternalFunction['request'], { transport: 'http' }>;
};
type PanelSession = NonNullable<AuthenticationMechanism['session']>;

/** @throws DeviceFault `not-declared` where the declaration lacks what a panel stands on */
export function openDesk(context: PanelContext): Desk {
  const { service, mechanism, login, session } = panelOf(context);
  const { bruteForce, rules } = mechanism;
  if (!bruteForce) throw undeclared('bruteForce', mechanism.id);
  if (!rules) throw undeclared('rules', mechanism.id);
  for (const { role } of context.declaration.accessControls) if (!roleOf(role)) throw unknownRole(role);
  const functions = context.declaration.externalFunctions.filter(
    (each): each is HttpFunction => each.service === service.id && each.request.transport === 'http',
  );
  const record: Desk['record'] = (kind, detail) => {
    const event = context.parts.record(kind, detail, (context.dated ?? context.clock).now());
    if (event) context.store.appendEvent(event);
  };
  const hashing = openHashing();
  const { store, parts, initialPassword, random } = context;
  return {
    context,
    service,
    functions,
    login,
    cookie: session.name ?? '__Host-session',
    sessionLimits: session,
    passwordLimits: rules,
    longestDelaySeconds: bruteForce.longestDelaySeconds,
    firstPasswordMs: (mechanism.firstValue?.validHours ?? FIRST_PASSWORD_HOURS) * 3_600_000,
    recovery: mechanism.recovery,
    table: accessTable(context.declaration),
    gate: openGate({
      access: {
        accounts: () => readState(store, 'accounts'),
        throttle: () => readState(store, 'throttle'),
        keepThrottle: (throttle) => writeStates(store, { throttle }),
      },
      running: context.running,
      random,
      limits: bruteForce,
      tellsDelays: login.throttled !== undefined,
      parts,
      hashing,
      initialPassword,
      record,
    }),
    hashing,
    cost: context.hashing ?? PARAMETERS,
    now: context.clock.now,
    householdClock: openHouseholdClock({
      kept: () => readState(store, 'householdTime'),
      clock: context.floored ?? context.clock,
      running: context.running,
    }),
    record,
  };
}

function panelOf({ declaration }: PanelContext): {
  readonly service: SoftwareService;
  readonly mechanism: AuthenticationMechanism;
  readonly login: FormLogin;
  readonly session: PanelSession;
} {
  for (const service of declaration.softwareServices) {
    if (service.protocol !== 'https') continue;
    for (const mechanism of declaration.authenticationMechanisms) {
      const { login, session, subject } = mechanism;
      if (subject !== 'user' || !service.authentication.includes(mechanism.id) || login?.kind !== 'form') continue;
      if (!session || session.carrier !== 'cookie') throw undeclared('session (a cookie)', mechanism.id);
      return { service, mechanism, login, session };
    }
  }
  throw new DeviceFault(
    'not-declared',
    'The declaration has no HTTPS service that a user logs in to with a form',
    'Declare it in softwareServices and authenticationMechanisms.',
  );
}

const unknownRole = (role: string): DeviceFault =>
  new DeviceFault(
    'not-declared',
    `The access controls name a role that does not exist: ${role}`,
    `Use one of ${ROLES.join(', ')}.`,
  );

const undeclared = (what: string, mechanism: string): DeviceFault =>
  new DeviceFault(
    'not-declared',
    `The authentication mechanism ${mechanism} does not declare its ${what}`,
    'Add it to authenticationMechanisms.',
  );

/** Decides on the sessions, records what ended, and gives back what else there is to write. */
export function stepSessions(
  desk: Desk,
  state: SessionsState,
  event: WithoutLimits,
): { readonly state: SessionsState; readonly effects: readonly SessionsEffect[] } {
  const full = { ...event, limits: desk.sessionLimits } as SessionsEvent;
  return desk.context.parts.sessions(state, full, desk.now());
}
type WithoutLimits = SessionsEvent extends infer Each ? (Each extends unknown ? Omit<Each, 'limits'> : never) : never;

/** To be called once the state is durable. */
export function recordEnded(desk: Desk, effects: readonly SessionsEffect[]): void {
  for (const effect of effects) {
    if (effect.kind !== 'ended') continue;
    if (effect.because === 'logout') desk.record('logout', {});
    else desk.record('session-ended', { because: effect.because });
  }
}

/** Whether the session's password was checked lately enough for something that cannot be undone. */
export const isFresh = (verifiedAt: Millis, now: Millis): boolean => now - verifiedAt < FRESH_MS && now >= verifiedAt;
const FRESH_MS = 10 * 60_000;

/** A session that holds for this request, with the state written where it changed. */
export function admit(
  desk: Desk,
  id: string | undefined,
): { readonly id: string; readonly role: Role; readonly account: string; readonly verifiedAt: Millis } | undefined {
  if (id === undefined) return undefined;
  const { store } = desk.context;
  const before = readState(store, 'sessions');
  const { state, effects } = stepSessions(desk, before, { kind: 'request', id });
  if (state !== before) writeStates(store, { sessions: state });
  recordEnded(desk, effects);
  const admitted = effects.find((effect) => effect.kind === 'admit');
  return admitted?.kind === 'admit' ? { ...admitted.session, id } : undefined;
}
