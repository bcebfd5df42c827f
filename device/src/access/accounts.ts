import { Type, type Static } from 'typebox';
import type { Declaration } from '@hearthward/product';
import { PasswordRecord } from '@hearthward/protocol';
import { Factors, NO_FACTORS } from './factors/factors.ts';

/** Who has an account, with which password record, in which role; and what a role may call. */

export const ROLES = ['owner', 'member', 'guest', 'installer', 'service'] as const;
export const Role = Type.Union([
  Type.Literal('owner'),
  Type.Literal('member'),
  Type.Literal('guest'),
  Type.Literal('installer'),
  Type.Literal('service'),
]);
export type Role = Static<typeof Role>;
export const roleOf = (name: string): Role | undefined => ROLES.find((each) => each === name);

const strict = { additionalProperties: false } as const;
export const Account = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 64 }),
    role: Role,
    password: PasswordRecord,
    /** replaced passwords, newest first; a new one must differ from them */
    previous: Type.Array(PasswordRecord),
    /** what is asked for after the password; nothing where absent */
    factors: Type.Optional(Factors),
    /** the device made the password up: it opens nothing but the change of itself */
    mustChange: Type.Optional(Type.Boolean()),
    /** with `mustChange`, milliseconds since the epoch: what the device made up opens nothing from then on */
    changeBy: Type.Optional(Type.Number()),
    /** milliseconds since the epoch: the account ends then by itself */
    until: Type.Optional(Type.Number()),
    /** a child's account: what opens it is a PIN, which its guardian sets; locked, only the guardian changes it */
    pin: Type.Optional(Type.Object({ locked: Type.Boolean() }, strict)),
  },
  strict,
);
export type Account = Static<typeof Account>;
export const AccountsState = Type.Object({ accounts: Type.Array(Account) }, strict);
export type AccountsState = Static<typeof AccountsState>;
export const NO_ACCOUNTS: AccountsState = { accounts: [] };

/** The one account that a device has when it leaves the factory. */
export const OWNER = 'owner';
const PREVIOUS_KEPT = 2;

/** What opens an account. `records` is empty where there is no such account. */
export interface Credentials {
  readonly role: Role;
  readonly records: readonly PasswordRecord[];
}

export function credentialsOf(
  state: AccountsState,
  name: string,
  initialPassword: PasswordRecord,
): Credentials | undefined {
  const account = state.accounts.find((each) => each.name === name);
  // EN 303 645 5.1-1, TS 103 645 4.1-1, G044 6.1-a, G045 AU-1-1: the label password opens nothing once there is one of the owner's own
  if (account) return { role: account.role, records: [account.password] };
  const pristine = state.accounts.length === 0 && name === OWNER;
  return pristine ? { role: 'owner', records: [initialPassword] } : undefined;
}

/** Makes the account where there is none yet. */
export function withPassword(state: AccountsState, name: string, role: Role, password: PasswordRecord): AccountsState {
  const old = state.accounts.find((each) => each.name === name);
  const previous = old ? [old.password, ...old.previous].slice(0, PREVIOUS_KEPT) : [];
  const { mustChange: _changed, changeBy: _by, ...kept } = old ?? { name, role };
  const account: Account = { ...kept, password, previous };
  if (!old) return { accounts: [...state.accounts, account] };
  return { accounts: state.accounts.map((each) => (each === old ? account : each)) };
}

/** The same password under stronger parameters: nothing was replaced. */
export const rehashed = (state: AccountsState, name: string, password: PasswordRecord): AccountsState => ({
  accounts: state.accounts.map((each) => (each.name === name ? { ...each, password } : each)),
});

export const factorsOf = (state: AccountsState, name: string): Factors =>
  state.accounts.find((each) => each.name === name)?.factors ?? NO_FACTORS;

export const withFactors = (state: AccountsState, name: string, factors: Factors): AccountsState => ({
  accounts: state.accounts.map((each) => (each.name === name ? { ...each, factors } : each)),
});

export type AccessTable = ReadonlyMap<string, ReadonlySet<Role>>;

/** Function id -> roles that may call it, as the declaration's access controls say. */
export function accessTable(declaration: Declaration): AccessTable {
  const table = new Map<string, Set<Role>>();
  for (const control of declaration.accessControls) {
    const role = roleOf(control.role);
    if (!role) continue;
    for (const id of control.functions) table.set(id, (table.get(id) ?? new Set()).add(role));
  }
  return table;
}

// G045 AU-1-6, AU-1-5: a role may call what the declaration gives it, and nothing else
export const mayCall = (table: AccessTable, role: Role, functionId: string): boolean =>
  table.get(functionId)?.has(role) ?? false;
