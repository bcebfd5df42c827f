/**
 * Which file of state a start opens. Each format has a file of its own name, and each image opens that of its own format:
 * so the data switches with the slot, without anything that points at it.
 *
 *   older file    what the fallback goes on with: left as it is, and kept in step while the newer image is on trial
 *   newer file    of a trial that was given up: it goes before anything new is written
 *
 * A file is named only when it is whole. What is removed is gone before anything is answered that only the other has.
 */
export interface FoundState {
  /** formats that have a whole file */
  readonly formats: readonly number[];
  /** of the image that starts */
  readonly own: number;
  readonly onTrial: boolean;
  /** formats that the image can begin from, its own excluded */
  readonly from: readonly number[];
}

export type OpeningState =
  | {
      readonly ok: true;
      /** the own file is made out of this one, whose own stays as it is; absent where there is one, or nothing at all */
      readonly migrate?: number;
      /** files that go, in this order, before the own one is used */
      readonly remove: readonly number[];
      /** what the fallback goes on with, should it have to: everything written is written there too */
      readonly behind?: number;
    }
  | { readonly ok: false; readonly because: 'newer-only' | 'no-migration'; readonly format: number };

// G045 PL-2-2, EN 303 645 5.3-2: a release that is given up leaves the data of the one before it as that one can read it
export const decideOpening = ({ formats, own, onTrial, from }: FoundState): OpeningState => {
  const others = formats.filter((format) => format !== own).sort((one, other) => other - one);
  const older = others.find((format) => format < own);
  const migrate = formats.includes(own) ? undefined : older;
  if (!formats.includes(own)) {
    const newest = others[0];
    if (older === undefined && newest !== undefined) return { ok: false, because: 'newer-only', format: newest };
    if (older !== undefined && !from.includes(older)) return { ok: false, because: 'no-migration', format: older };
  }
  const behind = onTrial ? older : undefined;
  return {
    ok: true,
    ...(migrate === undefined ? {} : { migrate }),
    remove: others.filter((format) => format !== behind),
    ...(behind === undefined ? {} : { behind }),
  };
};
