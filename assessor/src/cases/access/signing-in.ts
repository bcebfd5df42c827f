import { randomInt } from 'node:crypto';
import type { AuthenticationMechanism } from '@hearthward/product';
import type { LoginOutcome, LoginSession, Probe } from '../../model.ts';
import { LETTERS, strongPassword } from '../../observe/login/invent.ts';

export { strongPassword };

/** Logging in with care: waits out a throttle within the case’s patience, and never spends the last of the budget. */

/** The right login. It ends whatever session other cases share, since a product may allow one at a time. */
export async function signIn(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  override?: { readonly user?: string; readonly password?: string },
): Promise<LoginOutcome> {
  probe.login.forget(mechanism.id);
  return attemptPatiently(probe, mechanism, override);
}

/** As `attempt`, but a throttled answer is waited out, while the whole stays within the case’s patience. */
export async function attemptPatiently(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  override?: { readonly user?: string; readonly password?: string },
): Promise<LoginOutcome> {
  let left = probe.patienceSeconds;
  for (;;) {
    const outcome = await probe.login.attempt(mechanism.id, override);
    if (outcome.kind !== 'throttled') return outcome;
    const wait = (outcome.retryAfterSeconds ?? 1) + 0.1;
    if (wait > left) return outcome;
    left -= wait;
    await probe.clock.wait(wait * 1000);
  }
}

/** Ends a session that a case made for itself. */
export async function signOut(probe: Probe, mechanism: AuthenticationMechanism, session: LoginSession): Promise<void> {
  await probe.login.logout(mechanism.id, session);
  probe.login.forget(mechanism.id);
}

/** Failed logins that other cases still need; a case that can do with fewer leaves these. */
export const RESERVE = 4;
export const mayFail = (probe: Probe, reserve = 0): boolean => probe.login.budget() > reserve;

/** Text of no meaning, for user names that do not exist. */
export function madeUp(length = 12): string {
  return Array.from({ length }, () => LETTERS[randomInt(23)] ?? 'k').join('');
}
