import type { HttpAnswer, Probe, Reached } from '../../../model.ts';
import { retryAfterSeconds } from '../../../observe/login/retry-after.ts';

/**
 * Requests of a client that comes again where it came too fast (RFC 6585, 4): a product that counts requests has said nothing
 * yet of what this one asked. One that is put off for longer than the case may wait is answered 429.
 */
export const unhurried = (probe: Probe): Probe => ({
  ...probe,
  http: { ...probe.http, request: (...asked) => inTime(probe, () => probe.http.request(...asked)) },
  login: { ...probe.login, call: (...asked) => inTime(probe, () => probe.login.call(...asked)) },
});

async function inTime(
  { clock, patienceSeconds }: Probe,
  ask: () => Promise<Reached<HttpAnswer>>,
): Promise<Reached<HttpAnswer>> {
  let left = patienceSeconds;
  for (;;) {
    const reached = await ask();
    if (!reached.ok || reached.answer.status !== TOO_MANY) return reached;
    const wait = retryAfterSeconds(reached.answer, clock.now()) ?? UNSAID_SECONDS;
    if (wait > left) return reached;
    left -= Math.max(wait, LEAST_SECONDS);
    await clock.wait(wait * 1000);
  }
}
const TOO_MANY = 429;
const UNSAID_SECONDS = 1;
/** what a wait of nothing takes of the patience, so that it has an end */
const LEAST_SECONDS = 0.1;
