const MAX_FORM_BYTES = 16_384;

/**
 * What the panel takes at once and how long it waits, whoever asks: with what its process may take
 * (`processes/boot/budgets.ts`) and what the packet filter lets through of one source, it is what a flood meets.
 */
// EN 303 645 5.9-1, G044 6.9.1: nobody at home takes all of the panel
export const PANEL_LIMITS = {
  /** connections in all; the next one is closed as it comes */
  connections: 100,
  /** of these, who has not asked a whole question yet, or has no session; who stands in the longest line goes first. A household opens a handful */
  strangers: 64,
  /** of one request; a function that takes files takes those besides */
  bodyBytes: MAX_FORM_BYTES,
  /** head and body have to be there by then, and a handshake has to be done */
  requestMillis: 10_000,
  checkedEveryMillis: 1_000,
  /** between two requests of one connection */
  idleMillis: 5_000,
  /** nothing at all comes or goes */
  silentMillis: 60_000,
  /** of one source: what comes faster is answered with 429 */
  requests: { perSecond: 100, burst: 400 },
  /** how many sources are counted apart; the longest unused is forgotten first */
  sources: 512,
} as const;
