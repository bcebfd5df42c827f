import type { PasswordRecord } from '@hearthward/protocol';
import type { Account, AccountsState, Role } from '../accounts.ts';
import type { Decision, Millis } from '../../seams.ts';

/**
 * Who of the household has an account: added, removed, given another role, looked after as a child. The passwords come as
 * records; who may ask for all this is the access controls' business, that somebody stays who may is decided here.
 */
export type HouseholdEvent =
  | {
      readonly kind: 'add';
      readonly name: string;
      readonly role: Role;
      readonly password: PasswordRecord;
      /** milliseconds that the person has to replace it */
      readonly changeWithin: number;
    }
  | { readonly kind: 'remove'; readonly name: string; readonly by: string }
  | { readonly kind: 'set-role'; readonly name: string; readonly role: Role; readonly by: string }
  /** the guardian gives the child a PIN, or another one; locked at first */
  | { readonly kind: 'set-pin'; readonly name: string; readonly password: PasswordRecord }
  | { readonly kind: 'lock-pin'; readonly name: string; readonly locked: boolean }
  /** accounts whose time is over end, and those whose first password nobody has replaced in time */
  | { readonly kind: 'time-passed' };

export type HouseholdRefusal =
  | 'name-invalid'
  | 'name-taken'
  | 'too-many-accounts'
  | 'no-such-account'
  | 'last-owner'
  | 'own-account'
  | 'not-a-child';
export type HouseholdEffect =
  | { readonly kind: 'refused'; readonly code: HouseholdRefusal }
  | { readonly kind: 'added'; readonly account: Account }
  | { readonly kind: 'removed'; readonly account: Account; readonly because: 'owner' | 'time' | 'first-password' }
  | { readonly kind: 'role-changed'; readonly account: Account; readonly to: Role }
  | { readonly kind: 'pin-set'; readonly account: Account }
  | { readonly kind: 'pin-locked'; readonly account: Account; readonly locked: boolean };

/** A household with guests; bounds what is stored and hashed. */
export const MAX_ACCOUNTS = 16;
/** Three days to hand a password on and to use it, where the declaration names no other time. */
export const FIRST_PASSWORD_HOURS = 72;
/** An installer has a day for the work that they came for. */
export const INSTALLER_MS = 24 * 3_600_000;

/** Letters, marks and digits of any script, single spaces, `.`, `_` and `-` between them: nothing that is not seen, nothing that turns text round. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:[ ._-][\p{L}\p{N}][\p{L}\p{M}\p{N}]*)*$/u;
export const LONGEST_NAME = 32;
export const isName = (name: string): boolean =>
  Array.from(name).length <= LONGEST_NAME && name === name.normalize('NFC') && NAME.test(name);

/** Names that a person would take for one another are one name. */
const folded = (name: string): string => name.normalize('NFKC').toLowerCase();

export function decideHousehold(
  state: AccountsState,
  event: HouseholdEvent,
  now: Millis,
): Decision<AccountsState, HouseholdEffect> {
  switch (event.kind) {
    case 'add':
      return add(state, event, now);
    case 'time-passed': {
      const over = state.accounts.filter((each) => endsAt(each) <= now);
      if (over.length === 0) return { state, effects: [] };
      return {
        state: { accounts: state.accounts.filter((each) => !over.includes(each)) },
        effects: over.map((account) => ({
          kind: 'removed',
          account,
          because: (account.until ?? Infinity) <= now ? 'time' : 'first-password',
        })),
      };
    }
    case 'remove':
    case 'set-role':
    case 'set-pin':
    case 'lock-pin': {
      const account = state.accounts.find(({ name }) => name === event.name);
      return account ? change(state, account, event, now) : refused(state, 'no-such-account');
    }
  }
}

type Of<Kind> = Extract<HouseholdEvent, { kind: Kind }>;

function add(state: AccountsState, { name, role, password, changeWithin }: Of<'add'>, now: Millis) {
  if (!isName(name)) return refused(state, 'name-invalid');
  if (state.accounts.some((each) => folded(each.name) === folded(name))) return refused(state, 'name-taken');
  if (state.accounts.length >= MAX_ACCOUNTS) return refused(state, 'too-many-accounts');
  // EN 303 645 5.1-1, G044 6.1-a, G045 AU-1-1: what the device made up is replaced by the person before anything else
  const first = { mustChange: true, changeBy: now + changeWithin };
  const account: Account = { name, role, password, previous: [], ...first, ...timeOf(role, now) };
  return to({ accounts: [...state.accounts, account] }, { kind: 'added', account });
}

function change(
  state: AccountsState,
  account: Account,
  event: Of<'remove'> | Of<'set-role'> | Of<'set-pin'> | Of<'lock-pin'>,
  now: Millis,
): Decision<AccountsState, HouseholdEffect> {
  const others = state.accounts.filter((each) => each !== account);
  // one who has not given themselves a password yet may never come
  const owned = others.some((each) => each.role === 'owner' && endsAt(each) === Infinity);
  const replaced = (next: Account): AccountsState => ({
    accounts: state.accounts.map((each) => (each === account ? next : each)),
  });
  switch (event.kind) {
    case 'remove':
      if (account.role === 'owner' && !owned) return refused(state, 'last-owner');
      if (account.name === event.by) return refused(state, 'own-account');
      return to({ accounts: others }, { kind: 'removed', account, because: 'owner' });
    case 'set-role': {
      // G045 AU-1-5: a device that nobody may look after any more is lost to its household
      if (account.role === 'owner' && event.role !== 'owner' && !owned) return refused(state, 'last-owner');
      if (account.name === event.by) return refused(state, 'own-account');
      if (account.pin && !isChildsRole(event.role)) return refused(state, 'not-a-child');
      if (account.role === event.role) return { state, effects: [] };
      const { until: _ended, ...rest } = account;
      const next: Account = { ...rest, role: event.role, ...timeOf(event.role, now) };
      return to(replaced(next), { kind: 'role-changed', account, to: event.role });
    }
    case 'set-pin': {
      if (!isChildsRole(account.role)) return refused(state, 'not-a-child');
      const { mustChange: _changed, changeBy: _by, ...rest } = account;
      const next: Account = {
        ...rest,
        password: event.password,
        previous: [],
        pin: { locked: account.pin?.locked ?? true },
      };
      return to(replaced(next), { kind: 'pin-set', account: next });
    }
    case 'lock-pin':
      if (!account.pin) return refused(state, 'not-a-child');
      if (account.pin.locked === event.locked) return { state, effects: [] };
      return to(replaced({ ...account, pin: { locked: event.locked } }), {
        kind: 'pin-locked',
        account,
        locked: event.locked,
      });
  }
}

/** Whose sign-in a guardian may look after: nobody who may change what others do. */
export const isChildsRole = (role: Role): boolean => role === 'guest' || role === 'member';

/** When an account ends by itself, if nothing happens; never for most. */
// EN 303 645 5.1-1, G045 AU-1-1: a password that others know, on paper or in a message, is not worth anything for long
export const endsAt = ({ until = Infinity, mustChange, changeBy = Infinity }: Account): Millis =>
  Math.min(until, mustChange ? changeBy : Infinity);

const timeOf = (role: Role, now: Millis): Pick<Account, 'until'> =>
  role === 'installer' ? { until: now + INSTALLER_MS } : {};
const to = (state: AccountsState, effect: HouseholdEffect) => ({ state, effects: [effect] });
const refused = (state: AccountsState, code: HouseholdRefusal): Decision<AccountsState, HouseholdEffect> => ({
  state,
  effects: [{ kind: 'refused', code }],
});
