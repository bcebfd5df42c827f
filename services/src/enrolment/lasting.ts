import { LIFETIMES } from '../authority/lifetimes.ts';
import type { Clock } from '../clock.ts';
import { audit } from '../operators/audit.ts';
import type { Store } from '../store/open.ts';

/**
 * How long certificates last that devices are given from now on: as long as ever, or less, where the manufacturer wants
 * to see that devices renew in time (a drill, an assessment). Never longer; a choice ends with the process, and what
 * was issued keeps its end.
 */
export interface Lasting {
  /** milliseconds */
  readonly now: () => number;
  /** @param seconds whole ones; absent: as long as ever */
  readonly choose: (seconds: number | undefined, actor: string) => Promise<LastingChosen>;
}
export type LastingChosen =
  | { readonly ok: true; readonly seconds: number }
  | { readonly ok: false; readonly code: 'lasting-out-of-range'; readonly because: string };

/** A device needs the time of a handshake, an answer and another try. */
export const SHORTEST_SECONDS = 10;

export function openLasting(store: Store, clock: Clock): Lasting {
  let chosen: number | undefined;
  return {
    now: () => (chosen === undefined ? LIFETIMES.operational : chosen * 1000),
    // G045 AU-1-10: a shorter life asks for an earlier renewal; a longer one would make a stolen key worth more
    async choose(seconds, actor) {
      const usual = LIFETIMES.operational / 1000;
      if (seconds !== undefined && !(seconds >= SHORTEST_SECONDS && seconds <= usual))
        return {
          ok: false,
          code: 'lasting-out-of-range',
          because: `certificates last from ${SHORTEST_SECONDS} to ${usual} seconds`,
        };
      const detail = { seconds: seconds ?? usual };
      await audit(store.db, clock.now(), { actor, action: 'lifetime-chosen', subject: 'operational', detail });
      chosen = seconds;
      return { ok: true, ...detail };
    },
  };
}
