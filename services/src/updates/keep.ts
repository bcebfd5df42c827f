import { type Clock, MINUTE } from '../clock.ts';
import type { Log } from '../front/log.ts';
import { refresh } from './repository/refresh.ts';
import { hasRepository, openUpdateRoom } from './repository/room.ts';
import type { Rollouts } from './rollout/driver.ts';

/**
 * What the running services do for updates by themselves: each minute the rollouts, each hour timestamp, snapshot and offers
 * anew where their end is near. Ends what it began.
 */
export function keepUpdates(
  folder: string,
  clock: Clock,
  log: Log,
  rollouts?: Pick<Rollouts, 'tick'>,
): () => Promise<void> {
  let minutes = 0;
  let working = step();
  const timer = setInterval(() => (working = working.then(step)), MINUTE).unref();
  return async () => {
    clearInterval(timer);
    await working;
  };

  async function step(): Promise<void> {
    if (minutes++ % SIGN_EVERY === 0) sign();
    try {
      await rollouts?.tick();
    } catch (error) {
      log({ level: 'error', event: 'rollouts-not-counted', detail: {}, error });
    }
  }

  function sign(): void {
    // a data folder without a repository stays without one: its roots are made in a ceremony
    if (!hasRepository(folder)) return;
    try {
      const done = refresh(openUpdateRoom(folder, clock));
      if (!done.ok)
        log({ level: 'error', event: 'updates-not-signed', detail: { code: done.code, because: done.because } });
      else if (done.signed.length > 0)
        log({ level: 'info', event: 'updates-signed', detail: { files: done.signed.join(' ') } });
    } catch (error) {
      log({ level: 'error', event: 'updates-not-signed', detail: {}, error });
    }
  }
}

/** minutes; a day is left when the timestamp is due: hourly is often enough to miss twenty times */
const SIGN_EVERY = 60;
