import { DAY, MINUTE } from '../../clock.ts';
import type { Log } from '../../front/log.ts';
import type { Backups } from '../../store/backups.ts';
import type { Erasures } from '../seams.ts';

/** What the running services do about erasures by themselves: at the start, each minute, and soon after somebody said something. */
export interface KeptUp {
  readonly soon: () => void;
  /** ends what it began */
  readonly stop: () => Promise<void>;
}

export function keepErasures(
  erasures: Pick<Erasures, 'goOn'>,
  backups: Pick<Backups, 'removeEnded'>,
  log: Log,
  /** once at the start, and once a day */
  daily: readonly (() => Promise<unknown>)[],
): KeptUp {
  let sinceDaily = Infinity;
  let isAsked = false;
  let working = step();
  const soon = () => {
    if (isAsked) return;
    isAsked = true;
    working = working.then(step);
  };
  const timer = setInterval(() => {
    sinceDaily += MINUTE;
    soon();
  }, MINUTE).unref();
  return {
    soon,
    async stop() {
      clearInterval(timer);
      isAsked = true;
      await working;
    },
  };

  async function step(): Promise<void> {
    isAsked = false;
    const isDaily = sinceDaily >= DAY;
    if (isDaily) sinceDaily = 0;
    for (const work of [backups.removeEnded, erasures.goOn, ...(isDaily ? daily : [])])
      try {
        await work();
      } catch (error) {
        log({ level: 'error', event: 'erasures-not-followed', detail: {}, error });
      }
  }
}
