/**
 * Mann-Whitney U, two-sided: do two samples come from one distribution? Exact where there are no ties and the samples
 * are small, else the normal approximation with tie and continuity correction (Mann and Whitney 1947; Lehmann 1975).
 * Pure.
 */
export interface RankTest {
  readonly u: number;
  /** probability of a difference at least this large by chance alone; 1 where a sample is empty */
  readonly p: number;
  readonly medianDifference: number;
}

export function rankTest(a: readonly number[], b: readonly number[]): RankTest {
  const n = a.length;
  const m = b.length;
  if (n === 0 || m === 0) return { u: 0, p: 1, medianDifference: 0 };
  let u = 0;
  for (const x of a) for (const y of b) u += x > y ? 1 : x === y ? 0.5 : 0;
  const ties = tieSizes([...a, ...b]);
  const p = ties.every((size) => size === 1) && n * m <= LARGEST_EXACT ? exact(u, n, m) : normal(u, n, m, ties);
  return { u, p, medianDifference: median(a) - median(b) };
}

export function median(values: readonly number[]): number {
  if (values.length === 0) return 0;
  const sorted = [...values].sort((x, y) => x - y);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

const LARGEST_EXACT = 400;

/** Number of arrangements with each U, by the recurrence f(n, m, u) = f(n - 1, m, u - m) + f(n, m - 1, u). */
function exact(u: number, n: number, m: number): number {
  let row: number[][] = Array.from({ length: m + 1 }, () => [1]);
  for (let i = 1; i <= n; i += 1) {
    const next: number[][] = [[1]];
    for (let j = 1; j <= m; j += 1) {
      const counts = Array.from({ length: i * j + 1 }, () => 0);
      for (const [at, count] of (row[j] ?? []).entries()) counts[at + j] = (counts[at + j] ?? 0) + count;
      for (const [at, count] of (next[j - 1] ?? []).entries()) counts[at] = (counts[at] ?? 0) + count;
      next.push(counts);
    }
    row = next;
  }
  const counts = row[m] ?? [1];
  const all = counts.reduce((sum, count) => sum + count, 0);
  const extreme = Math.min(u, n * m - u);
  const tail = counts.slice(0, Math.floor(extreme) + 1).reduce((sum, count) => sum + count, 0);
  return Math.min(1, (2 * tail) / all);
}

function normal(u: number, n: number, m: number, ties: readonly number[]): number {
  const all = n + m;
  const correction = ties.reduce((sum, size) => sum + (size ** 3 - size), 0) / (all * (all - 1));
  const variance = ((n * m) / 12) * (all + 1 - correction);
  if (variance <= 0) return 1;
  const z = Math.max(0, Math.abs(u - (n * m) / 2) - 0.5) / Math.sqrt(variance);
  return Math.min(1, 2 * upperTail(z));
}

/** P(Z > z), Abramowitz and Stegun 26.2.17, absolute error below 7.5e-8. */
function upperTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
}

function tieSizes(values: readonly number[]): readonly number[] {
  const sizes = new Map<number, number>();
  for (const value of values) sizes.set(value, (sizes.get(value) ?? 0) + 1);
  return [...sizes.values()];
}
