/** Which of the effects that nobody has synced a power cut keeps. */

/** A write may be torn; everything else is done or not. */
export type Unsynced =
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Buffer }
  | { readonly kind: 'link' | 'unlink' | 'rename' };

/** Up to so many unsynced effects every combination is tried. */
const ALL_COMBINATIONS = 12;

/** What of the unsynced effects a crash may keep, and each write torn in its middle. */
export function combinations<Effect extends Unsynced>(unsynced: readonly Effect[]): (readonly Effect[])[] {
  const found = subsets(unsynced);
  for (const [at, effect] of unsynced.entries()) {
    for (const torn of halvesOf(effect)) found.push(unsynced.toSpliced(at, 1, torn), [...unsynced.slice(0, at), torn]);
  }
  return found;
}

/** Those that keep the latest effect, whole or torn; after a sync nothing is new but that it is kept. */
export function withLatest<Effect extends Unsynced>(unsynced: readonly Effect[], many: boolean): (readonly Effect[])[] {
  const latest = unsynced.at(-1);
  if (!latest) return [[]];
  const before = unsynced.slice(0, -1);
  if (!many) return [[latest], unsynced, ...halvesOf(latest).flatMap((torn) => [[torn], [...before, torn]])];
  const torn = halvesOf(latest).flatMap((each) => [[each], [...before, each]]);
  return [...subsets(before).map((each) => [...each, latest]), ...torn];
}

/** With few effects every one; beyond that none, each beginning, all but one, and only one. */
function subsets<Effect extends Unsynced>(unsynced: readonly Effect[]): (readonly Effect[])[] {
  const found: (readonly Effect[])[] = [[]];
  const count = unsynced.length;
  if (count <= ALL_COMBINATIONS) {
    for (let bits = 1; bits < 2 ** count; bits += 1) found.push(unsynced.filter((_, at) => bits & (1 << at)));
    return found;
  }
  for (let at = 0; at < count; at += 1) {
    found.push(unsynced.slice(0, at + 1), unsynced.toSpliced(at, 1), unsynced.slice(at, at + 1));
  }
  return found;
}

function halvesOf<Effect extends Unsynced>(effect: Effect): readonly Effect[] {
  if (effect.kind !== 'write' || effect.bytes.length < 2) return [];
  const half = effect.bytes.length >> 1;
  return [
    { ...effect, bytes: effect.bytes.subarray(0, half) },
    { ...effect, at: effect.at + half, bytes: effect.bytes.subarray(half) },
  ];
}
