import type { Millis } from '../../seams.ts';
import { PANEL_LIMITS } from './limits.ts';

/**
 * Requests per source: a token bucket each, in memory. It keeps one client from taking all of the device; guesses at
 * passwords are held back by `access/throttle`, which survives a restart.
 */
export interface RateLimits {
  readonly perSecond: number;
  readonly burst: number;
}
export type RateState = ReadonlyMap<string, { readonly tokens: number; readonly at: Millis }>;

export function decideRate(
  state: RateState,
  source: string,
  limits: RateLimits,
  now: Millis,
): { readonly state: RateState; readonly allowed: boolean } {
  const known = state.get(source) ?? { tokens: limits.burst, at: now };
  const elapsed = Math.max(0, now - known.at) / 1000;
  const tokens = Math.min(limits.burst, known.tokens + elapsed * limits.perSecond);
  const allowed = tokens >= 1;
  const next = new Map(state);
  // insertion order is the order of last use: the longest unused goes first
  next.delete(source);
  next.set(source, { tokens: allowed ? tokens - 1 : tokens, at: now });
  if (next.size > PANEL_LIMITS.sources) {
    const oldest = next.keys().next().value;
    if (oldest !== undefined) next.delete(oldest);
  }
  return { state: next, allowed };
}
