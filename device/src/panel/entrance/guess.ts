import type { Credentials } from '../../access/accounts.ts';
import { hashOf } from '../../access/sessions/decide.ts';
import type { LoginRefusal } from '../http/answers.ts';
import type { Desk } from '../desk.ts';
import { readState, writeStates } from '../documents.ts';

/** The one way in which the panel looks at a password, so that every surface has the same delays. */
export type GuessOutcome =
  | { readonly kind: 'right'; readonly credentials: Credentials }
  | { readonly kind: 'busy' }
  | LoginRefusal;

export async function guess(desk: Desk, source: string, user: string, password: string): Promise<GuessOutcome> {
  const { parts, store, initialPassword } = desk.context;
  const account = accountKey(user);
  const limits = desk.throttleLimits;
  const { state, effects } = parts.throttle(
    readState(store, 'throttle'),
    { kind: 'attempt', account, source, limits },
    desk.now(),
  );
  const delay = effects.find((effect) => effect.kind === 'delay');
  if (delay?.kind === 'delay') return throttled(desk, delay.by, delay.waitSeconds, password);
  // EN 303 645 5.1-5, G045 AU-1-3: the attempt is on disk before the password is looked at; a power cut gives none away
  writeStates(store, { throttle: state });

  const found = parts.credentialsOf(readState(store, 'accounts'), user, initialPassword);
  const checked = await desk.gate.run(() =>
    parts.checkCredential(found?.records ?? [], password, desk.decoy, parts.verifyPassword),
  );
  if (!checked.ok) return { kind: 'busy' };
  // what was replaced or erased while this one was being hashed opens nothing any more
  const still = parts.credentialsOf(readState(store, 'accounts'), user, initialPassword);
  if (!checked.value || !found || !sameRecords(found, still)) {
    desk.record('login-failed', {});
    return { kind: 'failed', because: found ? 'wrong-password' : 'unknown-user' };
  }
  const after = parts.throttle(readState(store, 'throttle'), { kind: 'success', account, source, limits }, desk.now());
  writeStates(store, { throttle: after.state });
  return { kind: 'right', credentials: found };
}

const sameRecords = (one: Credentials, other: Credentials | undefined): boolean =>
  one.records.every(({ tag }, at) => other?.records[at]?.tag === tag);

/** A name may be a password that was typed into the wrong field: it is kept as a hash only. */
const accountKey = (user: string): string => hashOf(user);

async function throttled(desk: Desk, by: string, waitSeconds: number, password: string): Promise<GuessOutcome> {
  desk.record('login-throttled', { by, waitSeconds });
  // Where the declaration gives it no status of its own, it must also take as long as a wrong password takes.
  if (!desk.login.throttled) {
    const { checkCredential, verifyPassword } = desk.context.parts;
    const spent = await desk.gate.run(() => checkCredential([], password, desk.decoy, verifyPassword));
    if (!spent.ok) return { kind: 'busy' };
  }
  return { kind: 'throttled', waitSeconds };
}
