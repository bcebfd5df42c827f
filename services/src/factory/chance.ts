/**
 * How unlikely a figure is where every letter is drawn evenly and by itself: upper bounds that hold for every number of
 * labels, not only for many, as natural logarithms, since the bounds of broken batches are below any float.
 */

/** Kullback-Leibler divergence of two coins, in nats */
const coins = (seen: number, fair: number): number => term(seen, fair) + term(1 - seen, 1 - fair);
const term = (seen: number, fair: number): number => (seen === 0 ? 0 : seen * Math.log(seen / fair));

/** Chernoff: at least `hits` of `tries` independent tries, each with at most the chance `fair`. */
export const tailOfHits = (hits: number, tries: number, fair: number): number =>
  tries === 0 || hits / tries <= fair ? 0 : -tries * coins(hits / tries, fair);

/**
 * Letters counted in groups (one group: how even they are; a group per sign of something else: whether they follow it).
 * n·D, the sum over groups of size times divergence from evenness, exceeds x with at most e^-x (e·x/f)^f, where f is
 * groups × (letters - 1): R. Agrawal, Finite-Sample Concentration of the Multinomial in Relative Entropy, 2020
 * (doi:10.1109/TIT.2020.2996134), by whom n·D of one group is bounded as a gamma variable of shape letters - 1; shapes add up.
 * @param counts letters of each group, one group behind the other
 */
export function tailOfSpread(counts: Int32Array, letters: number): number {
  let nats = 0;
  let groups = 0;
  for (let from = 0; from < counts.length; from += letters) {
    let size = 0;
    for (let at = from; at < from + letters; at++) size += counts[at] ?? 0;
    if (size === 0) continue;
    groups++;
    for (let at = from; at < from + letters; at++) {
      const count = counts[at] ?? 0;
      if (count > 0) nats += count * Math.log((count * letters) / size);
    }
  }
  const freedom = groups * (letters - 1);
  return nats <= freedom ? 0 : freedom * (1 + Math.log(nats / freedom)) - nats;
}
