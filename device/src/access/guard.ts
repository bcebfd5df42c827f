import type { ExternalFunction } from '@hearthward/product';
import type { SetupState } from '../setup/decide.ts';
import { mayCall, type AccessTable } from './accounts.ts';
import type { Session } from './sessions/decide.ts';

/** Who may call what. `call` is what the request asks for; an address without a function is `unknown`. */
export interface GuardFacts {
  /** `mustChange`: it began with a password that the device made up; `locked`: a child's, whose guardian looks after its sign-in */
  readonly session: (Pick<Session, 'role'> & { readonly mustChange?: boolean; readonly locked?: boolean }) | undefined;
  readonly setup: SetupState;
  readonly table: AccessTable;
  readonly call:
    | { readonly kind: 'function'; readonly function: ExternalFunction }
    /** a page that only carries the form of a function */
    | { readonly kind: 'form-of'; readonly function: ExternalFunction }
    /** login and set-up */
    | { readonly kind: 'entrance' }
    /** what every page is made of */
    | { readonly kind: 'asset' }
    | { readonly kind: 'logout' }
    | { readonly kind: 'unknown' };
}
export type GuardVerdict =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code: 'resetting' | 'log-in' | 'set-up-first' | 'change-first' | 'not-allowed';
      readonly because: string;
    };

export function guard({ session, setup, table, call }: GuardFacts): GuardVerdict {
  if (call.kind === 'asset') return { ok: true };
  // EN 303 645 5.11-1, G044 6.11.1: nobody puts anything in while all that people have put in goes
  if (setup.step === 'resetting') return { ok: false, code: 'resetting', because: 'everything is being erased' };
  if (call.kind === 'entrance') return { ok: true };
  const asked = call.kind === 'function' || call.kind === 'form-of' ? call.function : undefined;
  // EN 303 645 5.5-4, G044 6.5.4: open to anyone only where the declaration says that it is public, and why
  if (asked?.publicBecause !== undefined && setup.step === 'initialised') return { ok: true };
  // EN 303 645 5.5-4, 5.5-5, G044 6.5.4, 6.5.5, G045 AU-1-2: first who, then what; an address that does not exist answers alike
  if (!session) return { ok: false, code: 'log-in', because: 'no session' };
  if (call.kind === 'logout') return { ok: true };
  // EN 303 645 5.1-1, G044 6.1-a: nothing works before the label password was replaced
  if (setup.step !== 'initialised') return { ok: false, code: 'set-up-first', because: 'the device is not set up' };
  // EN 303 645 5.1-1, TS 103 645 4.1-1, G044 6.1-a, G045 AU-1-1: a made-up password opens nothing but its own change
  if (session.mustChange && asked?.purpose !== 'change-password') {
    return { ok: false, code: 'change-first', because: 'the initial password is not replaced' };
  }
  if (asked === undefined) return { ok: true };
  // EN 303 645 5.1-4: what a guardian has locked is for the guardian to change
  if (session.locked && asked.purpose === 'change-second-factor') {
    return { ok: false, code: 'not-allowed', because: 'a guardian looks after this sign-in' };
  }
  // G045 AU-1-6: least privilege, from the declared access controls
  if (mayCall(table, session.role, asked.id)) return { ok: true };
  return { ok: false, code: 'not-allowed', because: `${session.role} may not call ${asked.id}` };
}
