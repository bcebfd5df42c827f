/** How many messages a device may send: a bucket that refills with time (pure; the caller brings the clock). */
export interface Allowance {
  readonly tokens: number;
  readonly at: number;
}

/** ten minutes of backlog at the fastest declared rate of one message a second may arrive at once after an outage */
export const BURST = 600;
/** far above the one message a second that a declaration can ask for */
export const REFILL_PER_SECOND = 20;

export const full = (now: number): Allowance => ({ tokens: BURST, at: now });

/** The allowance after one message, or undefined where there was none left. */
export function spend(allowance: Allowance, now: number): Allowance | undefined {
  const refilled = Math.max(0, now - allowance.at) * (REFILL_PER_SECOND / 1000);
  const tokens = Math.min(BURST, allowance.tokens + refilled);
  return tokens < 1 ? undefined : { tokens: tokens - 1, at: now };
}
