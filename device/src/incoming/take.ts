import type { Scan } from './scanner.ts';
import { remadeWav } from './wav.ts';

/** A file that somebody brought: scanned, read strictly, and written anew by us; what came is used for nothing else. */
export type Refused = 'malware' | 'not-scanned' | 'wrong-format';
export type Taken =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly because: Refused };

/** Formats that are taken at all, each with its reader; a media type that has none is not taken. */
const READERS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array | undefined>> = {
  'audio/wav': remadeWav,
};

/** `media`: what the function declares to take. Which of them it is, the bytes say, not who brought them. */
// G044 7-f, EN 303 645 5.13-1: no file is used that the scanner has not let through, and none as it came
export const takeFile = async (scan: Scan | undefined, media: readonly string[], bytes: Uint8Array): Promise<Taken> => {
  const verdict = (await scan?.(bytes)) ?? { kind: 'clean' };
  if (verdict.kind !== 'clean') return { ok: false, because: verdict.kind };
  for (const each of media) {
    const made = Object.hasOwn(READERS, each) ? READERS[each]?.(bytes) : undefined;
    if (made) return { ok: true, bytes: made };
  }
  return { ok: false, because: 'wrong-format' };
};
