import type { Case, HttpAnswer, LoginOutcome, Probe, Reached } from '../../../model.ts';
import { answered, blobsOf, type Answered } from '../answers.ts';
import { mayFail, strongPassword } from '../signing-in.ts';
import { guardOf, overHttp } from '../subjects.ts';
import { logFunction, logTimes, newTimes } from './entries.ts';

/** The security log read twice in quiet, then after one failed login: what is new is what the failure left. */
export interface Provoked {
  readonly subject: string;
  readonly outcome: LoginOutcome;
  /** when the failed login was sent and answered, milliseconds since 1970 of the assessor’s clock */
  readonly from: number;
  readonly to: number;
  readonly quiet: { readonly answer: Answered; readonly fresh: number };
  readonly after: {
    readonly answer: Answered;
    readonly fresh: readonly number[];
    readonly unzoned: number;
    readonly secret: boolean;
    readonly blobs: readonly string[];
  };
}

/** A log that is written a moment later is waited for. */
const SETTLE_MS = [50, 1000] as const;

/** Undefined, with the reason recorded, where the log cannot be read or no login may fail. */
export async function provokeEntry(probe: Probe): Promise<Provoked | undefined> {
  const log = logFunction(probe.declaration);
  const guard = log === undefined ? undefined : guardOf(probe.declaration, log);
  if (log === undefined || guard === undefined) return undefined;
  const blocked = (because: string): undefined => {
    probe.record('blocked', log.id, { because });
    return undefined;
  };
  if (!mayFail(probe, 1)) return blocked('the budget of failed logins is used up');
  const session = await probe.login.shared(guard.id);
  if (session === undefined) return blocked('no login succeeded with which the log could be read');
  const read = (): Promise<Reached<HttpAnswer>> => probe.login.call(log.id, session);
  const bodyOf = (reached: Reached<HttpAnswer>): string => (reached.ok ? reached.answer.body : '');

  const first = await read();
  const second = await read();
  const quietTimes = logTimes(bodyOf(second));
  const wrong = strongPassword(probe);
  const from = probe.clock.now();
  const outcome = await probe.login.attempt(guard.id, { password: wrong });
  const to = probe.clock.now();
  let third = second;
  let fresh: readonly number[] = [];
  for (const ms of SETTLE_MS) {
    await probe.clock.wait(ms);
    third = await read();
    fresh = newTimes(quietTimes.zoned, logTimes(bodyOf(third)).zoned);
    if (fresh.length > 0) break;
  }
  const right = probe.target.accounts?.[guard.id]?.password;
  const text = bodyOf(third);
  return {
    subject: log.id,
    outcome,
    from,
    to,
    quiet: { answer: answered(log, second), fresh: newTimes(logTimes(bodyOf(first)).zoned, quietTimes.zoned).length },
    after: {
      answer: answered(log, third),
      fresh,
      unzoned: Math.max(0, logTimes(text).unzoned - quietTimes.unzoned),
      secret: text.includes(wrong) || (right !== undefined && right.length > 3 && text.includes(right)),
      blobs: blobsOf(third),
    },
  };
}

/** A log function is declared, and an account of the mechanism that guards it is given. */
export const logReady: Case['ready'] = (declaration, target) => {
  const log = logFunction(declaration);
  if (log === undefined) {
    const over = declaration.externalFunctions.some((each) => each.purpose === 'security-log' && !overHttp(each));
    return {
      ok: false,
      because: over ? 'the security log is not read over HTTP' : 'no function with purpose security-log is declared',
    };
  }
  const guard = guardOf(declaration, log);
  if (guard === undefined) return { ok: false, because: `no password guards the service of ${log.id}` };
  return target.accounts?.[guard.id] === undefined
    ? { ok: false, because: `the target file gives no account for ${guard.id}` }
    : { ok: true };
};
