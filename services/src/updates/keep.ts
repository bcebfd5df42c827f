import { type Clock, HOUR } from '../clock.ts';
import type { Log } from '../front/log.ts';
import { refresh } from './repository/refresh.ts';
import { hasRepository, openUpdateRoom } from './repository/room.ts';

/** What the running services do for the update repository: sign timestamp, snapshot and offers anew, in time. Ends what it began. */
export function keepUpdates(folder: string, clock: Clock, log: Log): () => Promise<void> {
  sign();
  const timer = setInterval(sign, EVERY).unref();
  return async () => clearInterval(timer);

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

/** a day is left when the timestamp is due: hourly is often enough to miss twenty times */
const EVERY = HOUR;
