import type { AuthenticationMechanism } from '@hearthward/product';
import type { LoginSession, Probe } from '../../../model.ts';
import { answered, blobsOf, type Answered } from '../answers.ts';
import { attemptPatiently, mayFail, RESERVE, signIn, strongPassword } from '../signing-in.ts';
import { overHttp, type HttpFunction } from '../subjects.ts';

/** Drives the declared function that changes a password, and always tries to put the account’s password back. */
export interface Changer {
  readonly current: string;
  /** calls the function; does not say whether the password is now another one */
  readonly change: (
    session: LoginSession,
    from: string,
    to: string,
  ) => Promise<{ readonly answer: Answered; readonly blobs: readonly string[] }>;
  /** a fresh session with this password, or undefined where it is not accepted */
  readonly enter: (password: string) => Promise<LoginSession | undefined>;
  /** puts the account’s password back from `from`; false where the product keeps the assessor’s password */
  readonly restore: (from: string) => Promise<boolean>;
  readonly asksCurrent: boolean;
}

/** Undefined, with the reason recorded, where the declaration or the target file does not allow it. */
export function changerOf(probe: Probe, mechanism: AuthenticationMechanism): Changer | undefined {
  const found = changeFunction(probe, mechanism);
  const current = probe.target.accounts?.[mechanism.id]?.password;
  const next = found?.request.fields.find((field) => field.role === 'new-password');
  if (!mayFail(probe, RESERVE)) {
    // Without room for a failed login a weak password that was taken could not be found out and put back.
    probe.record('blocked', mechanism.id, { because: 'the budget of failed logins is used up' });
    return undefined;
  }
  if (found === undefined || next === undefined || current === undefined) {
    probe.record('blocked', mechanism.id, {
      because:
        current === undefined
          ? 'the target file does not give the password of the account'
          : 'no function is declared by which a client changes the value, with its fields named by role',
    });
    return undefined;
  }
  const currentField = found.request.fields.find((field) => field.role === 'current-password');
  const repeatField = found.request.fields.find((field) => field.role === 'repeat-password');

  const change: Changer['change'] = async (session, from, to) => {
    const reached = await probe.login.call(found.id, session, {
      [next.name]: to,
      ...(currentField === undefined ? {} : { [currentField.name]: from }),
      ...(repeatField === undefined ? {} : { [repeatField.name]: to }),
    });
    // A change of the password may end every session, the shared one too.
    probe.login.forget(mechanism.id);
    return { answer: answered(found, reached), blobs: blobsOf(reached) };
  };
  const enter: Changer['enter'] = async (password) => {
    const outcome = await signIn(probe, mechanism, { password });
    return outcome.kind === 'in' ? outcome.session : undefined;
  };
  const restore: Changer['restore'] = async (from) => {
    let now = from;
    // A product that remembers past passwords refuses the old one at first; a few others in between make room.
    for (let detour = 0; detour <= MOST_DETOURS; detour += 1) {
      const session = await enter(now);
      if (session === undefined) break;
      const { answer } = await change(session, now, current);
      if (answer.success && (await enter(current)) !== undefined) return true;
      const other = strongPassword(probe, lengthFor(mechanism));
      const again = await enter(now);
      if (again === undefined) break;
      if ((await change(again, now, other)).answer.success) now = other;
    }
    return (await attemptPatiently(probe, mechanism, { password: current })).kind === 'in';
  };
  return { current, change, enter, restore, asksCurrent: currentField !== undefined };
}

/** A length that the declared rules allow. */
export const lengthFor = (mechanism: AuthenticationMechanism): number =>
  Math.min(mechanism.rules?.maximumLength ?? 20, Math.max(20, mechanism.rules?.minimumLength ?? 0), 32);

export function changeFunction(probe: Probe, mechanism: AuthenticationMechanism): HttpFunction | undefined {
  return probe.declaration.externalFunctions.filter(overHttp).find((each) => each.id === mechanism.change?.function);
}

const MOST_DETOURS = 3;
