import { message, type PeopleView } from '@hearthward/web';
import { mayCall, ROLES, type Role } from '../access/accounts.ts';
import {
  endsAt,
  isChildsRole,
  type HouseholdEffect,
  type HouseholdEvent,
  type HouseholdRefusal,
} from '../access/household/decide.ts';
import { residentOf } from '../privacy/subjects/decide.ts';
import type { SessionEnd } from '../access/sessions/decide.ts';
import { recordEnded, stepSessions, type Desk } from './desk.ts';
import { readState, writeStates, type States } from './documents.ts';
import { frameOf, type Visit } from './visit.ts';
import type { Millis } from '../seams.ts';

/** Carries out what `access/household` decides: the accounts, and all that hangs on them, in one transaction. */
export function stepHousehold(desk: Desk, event: HouseholdEvent): HouseholdRefusal | undefined {
  const { store, parts } = desk.context;
  const before = readState(store, 'accounts');
  const { state, effects } = parts.household(before, event, desk.householdClock.now());
  if (state === before) return effects.find((effect) => effect.kind === 'refused')?.code;
  const ends = effects.flatMap(endOf);
  let sessions = readState(store, 'sessions');
  let signIns = readState(store, 'signIns');
  const ended = [];
  // EN 303 645 5.1-4, G044 6.1-d, G045 AU-1-5: what an account was is over at once, wherever it is signed in
  for (const { account, because } of ends) {
    const stepped = stepSessions(desk, sessions, { kind: 'end-account', account, because });
    sessions = stepped.state;
    ended.push(...stepped.effects);
    signIns = parts.signIn(signIns, { kind: 'account-changed', account }, desk.now()).state;
  }
  const kept = { accounts: state, householdTime: { at: desk.householdClock.now() } };
  const gone = effects.flatMap((effect) => (effect.kind === 'removed' ? [effect.account.name] : []));
  // EN 303 645 5.11-1, G045 AU-1-5: whoever has the name next is somebody else, and has nothing of theirs
  const states: Partial<States> = Object.assign(
    {},
    gone.length > 0 ? desk.context.privacy.withoutAccounts(gone) : {},
    ends.length > 0 ? { ...kept, sessions, signIns } : kept,
  );
  writeStates(store, states);
  for (const { account, because } of ends) {
    if (because === 'account-removed') desk.gate.forgetAccount(account);
    else desk.gate.forgetDevices(account, undefined);
  }
  recordEnded(desk, ended);
  for (const effect of effects) recordHousehold(desk, effect);
  return undefined;
}

/** Before anything else of a request: accounts whose time is over are no more. */
export function endOverdue(desk: Desk): void {
  const { store } = desk.context;
  const now = desk.householdClock.now();
  const ends = readState(store, 'accounts').accounts.map(endsAt).filter(Number.isFinite);
  if (ends.some((end) => end <= now)) stepHousehold(desk, { kind: 'time-passed' });
  const due = ends.length > 0 ? desk.householdClock.due() : undefined;
  if (due) writeStates(store, { householdTime: due });
}

function endOf(effect: HouseholdEffect): { readonly account: string; readonly because: SessionEnd }[] {
  switch (effect.kind) {
    case 'removed':
      return [{ account: effect.account.name, because: 'account-removed' }];
    case 'role-changed':
      return [{ account: effect.account.name, because: 'role-changed' }];
    case 'pin-set':
      return [{ account: effect.account.name, because: 'password-changed' }];
    case 'added':
    case 'pin-locked':
    case 'refused':
      return [];
  }
}

function recordHousehold(desk: Desk, effect: HouseholdEffect): void {
  switch (effect.kind) {
    case 'added':
      return desk.record('account-added', { role: effect.account.role });
    case 'removed':
      return desk.record('account-removed', { role: effect.account.role, because: effect.because });
    case 'role-changed':
      return desk.record('role-changed', { from: effect.account.role, to: effect.to });
    case 'pin-set':
      return desk.record('password-changed', { role: effect.account.role });
    case 'pin-locked':
      return desk.record('setting-changed', { function: 'lock-pin' });
    case 'refused':
      return;
  }
}

/** Who has an account, what each may do, and who is signed in now. */
export function peopleView(desk: Desk, visit: Visit, more: Pick<PeopleView, 'refused' | 'given'> = {}): PeopleView {
  const { store, declaration } = desk.context;
  const { sessions } = stepSessions(desk, readState(store, 'sessions'), { kind: 'expire' }).state;
  const mayOf = (role: Role): readonly string[] =>
    declaration.externalFunctions
      .filter((each) => mayCall(desk.table, role, each.id))
      .map(({ description }) => description[visit.language] ?? description.en);
  /** by the clock that people see, whatever was done to it */
  const behind = desk.householdClock.now() - desk.now();
  const shown = (end: Millis): string => new Date(end - behind).toISOString();
  const offered = desk.functions
    .find(({ purpose }) => purpose === 'add-account')
    ?.request.fields.find(({ role }) => role === 'account-role')?.choices;
  const { privacy } = desk.context;
  const resident = residentOf(privacy.state().subjects, privacy.home());
  return {
    ...frameOf(visit),
    people: readState(store, 'accounts').accounts.map((account) => ({
      name: account.name,
      role: account.role,
      isYou: account.name === visit.session?.account,
      livesHere: account.name === resident,
      mayBeChild: isChildsRole(account.role),
      signedIn: sessions
        .filter((session) => session.account === account.name)
        .map(({ createdAt }) => new Date(createdAt).toISOString()),
      ...(account.pin ? { pin: account.pin } : {}),
      ...(account.mustChange
        ? { waiting: account.changeBy === undefined ? {} : { until: shown(account.changeBy) } }
        : {}),
      ...(account.until === undefined ? {} : { until: shown(account.until) }),
    })),
    roles: ROLES.filter((role) => offered?.includes(role)).map((role) => ({
      id: role,
      name: message(visit.language, `role.${role}`),
      may: mayOf(role),
    })),
    paths: Object.fromEntries(desk.functions.map(({ id, purpose, request }) => [purpose ?? id, request.path])),
    ...more,
  };
}
