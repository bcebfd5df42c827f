/**
 * Mann-Whitney U, two-sided, by the normal approximation with continuity correction (Mann and Whitney 1947): whether two
 * samples of measured times, where ties are rare, come from one distribution. For samples of 20 and more.
 */
export function rankTest(a: readonly number[], b: readonly number[]): { p: number; medianDifference: number } {
  let u = 0;
  for (const x of a) for (const y of b) u += x > y ? 1 : x === y ? 0.5 : 0;
  const deviation = Math.sqrt((a.length * b.length * (a.length + b.length + 1)) / 12);
  const z = Math.max(0, Math.abs(u - (a.length * b.length) / 2) - 0.5) / deviation;
  return { p: Math.min(1, 2 * upperTail(z)), medianDifference: median(a) - median(b) };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((x, y) => x - y);
  return ((sorted[(sorted.length - 1) >> 1] ?? 0) + (sorted[sorted.length >> 1] ?? 0)) / 2;
}

/** P(Z > z), Abramowitz and Stegun 26.2.17, absolute error below 7.5e-8. */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}
