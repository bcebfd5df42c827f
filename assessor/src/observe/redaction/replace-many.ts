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

/** One bit of doubt for each beginning: most places in a text are passed over by a look into this table alone. */
const SIEVE = 1 << 18;

export function replaceMany(): ReplaceMany {
  const sieve = new Uint8Array(SIEVE);
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
      sieve[placeOf(from, 0)] = 1;
      const there = lengths.get(head) ?? [];
      if (!there.includes(from.length))
        lengths.set(
          head,
          [...there, from.length].sort((a, b) => b - a),
        );
    },
    in: (text) => {
      if (known.size === 0) return text;
      let out = '';
      let copied = 0;
      for (let at = 0; at + SHORTEST <= text.length;) {
        const found = sieve[placeOf(text, at)] === 1 ? foundAt(text, at) : undefined;
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

/** Of the first characters (`SHORTEST` of them) from here; texts are Latin-1, so that each gives eight bits. */
const placeOf = (text: string, at: number): number =>
  ((text.charCodeAt(at) * 0x1f35 + text.charCodeAt(at + 1)) * 0x1f35 +
    text.charCodeAt(at + 2) * 0x3d +
    text.charCodeAt(at + 3)) &
  (SIEVE - 1);
