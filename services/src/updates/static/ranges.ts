/**
 * Range requests over a file of known length (RFC 9110, 14). One range of bytes is answered; several, other units, and
 * what is malformed are ignored, as the standard lets a server do: the whole file is a right answer to all of them.
 */
export type Ranged =
  | { readonly kind: 'whole' }
  /** both ends are included */
  | { readonly kind: 'part'; readonly first: number; readonly last: number }
  | { readonly kind: 'unsatisfiable' };

export interface RangeAsked {
  /** values of the headers of the request */
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
}

const WHOLE: Ranged = { kind: 'whole' };

/** Hostile: what a request says. `etag` is the strong one of the file as it is now. */
export function rangeOf({ range, ifRange }: RangeAsked, length: number, etag: string): Ranged {
  if (range === undefined) return WHOLE;
  // RFC 9110, 13.1.5: a part of another version would be put together with what is there; dates are not strong here
  if (ifRange !== undefined && ifRange.trim() !== etag) return WHOLE;
  const [, from, to] = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(range) ?? [];
  if (from === undefined || to === undefined || from + to === '' || tooLong(from) || tooLong(to)) return WHOLE;
  if (from === '') {
    const count = Math.min(Number(to), length);
    return count === 0 ? { kind: 'unsatisfiable' } : { kind: 'part', first: length - count, last: length - 1 };
  }
  const first = Number(from);
  const last = to === '' ? length - 1 : Number(to);
  if (to !== '' && last < first) return WHOLE;
  if (first >= length) return { kind: 'unsatisfiable' };
  return { kind: 'part', first, last: Math.min(last, length - 1) };
}

/** Numbers with more digits than 2^53 has would no longer be exact. */
const tooLong = (digits: string): boolean => digits.length > 15;

/** RFC 9110, 13.1.2: weak comparison; `*` is any version. */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}
