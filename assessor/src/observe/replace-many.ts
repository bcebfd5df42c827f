/**
 * Replaces any of many texts at once, the longest first at each place. A pattern of all of them would be too large for
 * an engine of regular expressions: there may be thousands, and some are as long as a hostile input.
 */
export interface ReplaceMany {
  readonly set: (from: string, to: string) => void;
  readonly has: (from: string) => boolean;
  readonly in: (text: string) => string;
}

/** Texts are looked up by their first characters; none may be shorter. */
export const SHORTEST = 4;

export function replaceMany(): ReplaceMany {
  const known = new Map<string, string>();
  /** by their first characters: the lengths that texts with this beginning have, longest first */
  const lengths = new Map<string, number[]>();
  const foundAt = (text: string, at: number): string | undefined => {
    for (const length of lengths.get(text.slice(at, at + SHORTEST)) ?? []) {
      const candidate = text.slice(at, at + length);
      if (candidate.length === length && known.has(candidate)) return candidate;
    }
    return undefined;
  };
  return {
    has: (from) => known.has(from),
    set: (from, to) => {
      if (from.length < SHORTEST) throw new RangeError(`a text of at least ${SHORTEST} characters`);
      known.set(from, to);
      const head = from.slice(0, SHORTEST);
      const there = lengths.get(head) ?? [];
      if (!there.includes(from.length)) lengths.set(head, [...there, from.length].sort((a, b) => b - a));
    },
    in: (text) => {
      let out = '';
      let copied = 0;
      for (let at = 0; at + SHORTEST <= text.length; ) {
        const found = foundAt(text, at);
        if (found === undefined) {
          at += 1;
          continue;
        }
        out += text.slice(copied, at) + (known.get(found) ?? '');
        at += found.length;
        copied = at;
      }
      return copied === 0 ? text : out + text.slice(copied);
    },
  };
}
