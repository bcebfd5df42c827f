import type { X509Certificate } from 'node:crypto';
import type { Millis } from '../seams.ts';
import { timeOf } from './clock/clock.ts';

/**
 * The TLS session of the last connection, so that the next costs no full handshake (RFC 8446, 2.2). It lives in memory
 * alone, is offered once, and only to whom and as whom it was made.
 */
export interface SessionTicket {
  readonly session: Buffer;
  /** end of what the server showed when the session was made, or of the session itself */
  readonly until: Millis;
}

/** Half a day: the front-end's own bound; RFC 8446 allows seven days. */
const LONGEST = 12 * 3_600_000;

export interface Tickets {
  /** undefined where there is none that may still be used; it is gone then */
  readonly take: (now: Millis) => SessionTicket | undefined;
  /** `chain`: what the server showed in the full handshake; undefined where the session was itself resumed */
  readonly keep: (session: Buffer, chain: readonly X509Certificate[] | undefined, now: Millis) => void;
  /** another key, another anchor, or a server that was not believed */
  readonly forget: () => void;
}

// G045 DS-3-2, CR-1-2: a session is a secret: wiped when it is used or outlived, never on the disk
export const openTickets = (): Tickets => {
  let kept: SessionTicket | undefined;
  /** bound of the chain of sessions that one full handshake began: resuming does not prolong it */
  let bound: Millis = 0;
  const forget = (): void => {
    kept?.session.fill(0);
    kept = undefined;
  };
  return {
    take: (now) => {
      const offered = kept;
      kept = undefined;
      if (!offered || now < offered.until) return offered;
      offered.session.fill(0);
      return undefined;
    },
    keep: (session, chain, now) => {
      forget();
      if (chain) bound = Math.min(timeOf(chain).until, now + LONGEST);
      kept = { session, until: bound };
    },
    forget,
  };
};
