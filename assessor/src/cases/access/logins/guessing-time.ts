/**
 * How long guesses take, from the delays that were seen. With delays d1..dk, each guess after them waits
 *
 *     T(N) = sum over i = 1..N of min(dk * r^i, D)
 *
 * where r is the smallest ratio of neighbouring delays seen (at least 1, and 1 where fewer than three were seen), and D the
 * declared longest delay; without one, D = dk: nothing is taken on trust that neither was seen nor declared. Pure.
 *
 * @returns seconds; 0 where no delay was seen
 */
export function secondsFor(guesses: number, delays: readonly number[], longest: number | undefined): number {
  const last = delays.at(-1) ?? 0;
  if (last <= 0 || guesses <= 0) return 0;
  const cap = Math.max(last, longest ?? last);
  const ratio = growth(delays);
  if (ratio <= MEASURABLE) return guesses * last;
  const growing = Math.min(guesses, Math.max(0, Math.floor(Math.log(cap / last) / Math.log(ratio))));
  let seconds = 0;
  for (let i = 1; i <= growing; i += 1) seconds += last * ratio ** i;
  return seconds + (guesses - growing) * cap;
}

/** Retry-After counts whole seconds, so that the part of a second that has passed may hide small growth. */
const MEASURABLE = 1.05;

function growth(delays: readonly number[]): number {
  if (delays.length < 3) return 1;
  let least = Number.POSITIVE_INFINITY;
  for (const [at, delay] of delays.entries()) {
    const before = delays[at - 1];
    if (before !== undefined && before > 0) least = Math.min(least, delay / before);
  }
  return Number.isFinite(least) ? Math.max(1, least) : 1;
}
