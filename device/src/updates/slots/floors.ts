/**
 * The floor below which no security version starts, as three places know it: the slot record, which `boot` reads; the
 * sealed store; and a counter of the TPM that only rises, where there is one.
 */
export interface Floors {
  readonly record: number;
  readonly store: number;
  /** absent where the device has no such counter */
  readonly counter?: number | undefined;
}

export interface AgreedFloor {
  readonly floor: number;
  /** places that say less than another one; none where they agree */
  readonly tampered: readonly (keyof Floors)[];
}

/**
 * The highest wins. Raising all of them takes several writes, and a power cut may come between: `unfinished` is the
 * floor that the device itself was raising to, and whoever is still behind that one has not been tampered with.
 * Anything else that lags was put back by somebody.
 */
// EN 303 645 5.3-2, G044 6.3.2, G045 PL-2-3: putting back an old copy of one place does not open the way to an old release
export const agreeOnFloor = (floors: Floors, unfinished?: number): AgreedFloor => {
  const places = (['record', 'store', 'counter'] as const).filter((place) => floors[place] !== undefined);
  const value = (place: keyof Floors): number => floors[place] ?? 0;
  const floor = Math.max(...places.map(value));
  // what the highest was before the raise that is under way
  const before = Math.max(0, ...places.map(value).filter((each) => each !== unfinished));
  const explained = floor === unfinished;
  return {
    floor,
    tampered: places.filter((place) => value(place) < (explained ? before : floor)),
  };
};
