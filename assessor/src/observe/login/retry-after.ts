import type { HttpAnswer } from '../../model.ts';

/** Seconds until it may be asked again, as the product says (RFC 9110, 10.2.3: seconds or a date); undefined where it does not. */
export function retryAfterSeconds({ headers }: Pick<HttpAnswer, 'headers'>, now: number): number | undefined {
  const after = headers['retry-after']?.trim();
  if (after === undefined) return undefined;
  const seconds = /^\d+$/.test(after) ? Number(after) : (Date.parse(after) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}
