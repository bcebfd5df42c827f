import type { NoticeDocument } from '@hearthward/product';

/** What was published and when: which notice held on a day, and whether there is a new one (pure). */

/** One notice, as it was first published; never altered afterwards. */
export interface Published {
  /** ms since 1970 */
  readonly from: number;
  readonly version: string;
  readonly document: NoticeDocument;
}

export interface Held extends Published {
  /** when the next one took its place */
  readonly until?: number;
}

/** The notice to add, where it says something else than the last; an earlier text that comes back is published anew. */
export function decideNotice(
  published: readonly Published[],
  { version, document }: Pick<Published, 'version' | 'document'>,
  now: number,
): Published | undefined {
  const last = published.at(-1);
  if (last?.version === version) return undefined;
  // a clock that was set back puts nothing before what is there already
  return { from: Math.max(now, last?.from ?? 0), version, document };
}

export const held = (published: readonly Published[]): readonly Held[] =>
  published.map((each, n) => {
    const until = published[n + 1]?.from;
    return until === undefined ? each : { ...each, until };
  });

/** What held at the end of that day (UTC): of several on one day the last. Undefined before the first, and for no day at all. */
export function heldOn(published: readonly Published[], day: string): Held | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day)) return undefined;
  const start = Date.parse(`${day}T00:00:00Z`);
  // a day that no calendar has is read as another by some parsers
  if (Number.isNaN(start) || new Date(start).toISOString().slice(0, 10) !== day) return undefined;
  return held(published).findLast(({ from }) => from < start + DAY_MS);
}
const DAY_MS = 86_400_000;

/** The last that had that version: it may have come back. */
export const heldAs = (published: readonly Published[], version: string): Held | undefined =>
  held(published).findLast((each) => each.version === version);
