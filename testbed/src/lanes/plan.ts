import type { Twin } from '../twin.ts';

/** One case against the good product, or against one twin of it. */
export type Run =
  | { readonly of: 'good'; readonly case: string; readonly state?: Twin['unit'] }
  | { readonly of: 'twin'; readonly case: string; readonly twin: string };

/** Cases that run while nothing else does, and why. */
const ALONE: Readonly<Record<string, string>> = {
  'authentication-error-uniformity': 'it compares how long answers take, by a rank test',
  'brute-force': 'an answer that takes so much longer than the first counts as a delay',
};

/** What waits for certificates to end, devices to dial or to start again, releases to be installed: first, so that no lane waits for a late one. */
const LONG = [
  'update-',
  'certificate-',
  'mutual-authentication',
  'crypto-agility',
  'self-test',
  'tamper-',
  'integrity-',
  'secure-boot',
];
const isLong = (id: string): boolean => LONG.some((long) => id.startsWith(long));

export interface Plan {
  /** one after another, while the other lanes stand idle */
  readonly alone: readonly Run[];
  /** in any lane */
  readonly together: readonly Run[];
}

/** Every case of these twins against the good product once, and every twin. */
export const planOf = (twins: readonly Twin[]): Plan => {
  const good = [...new Map(twins.map((twin) => [twin.case, twin])).values()].map(({ case: id, unit }): Run => ({
    of: 'good',
    case: id,
    ...(unit ? { state: unit } : {}),
  }));
  const faulty = twins.map((twin): Run => ({ of: 'twin', case: twin.case, twin: twin.name }));
  const every = [...good, ...faulty];
  return {
    alone: every.filter((run) => run.case in ALONE),
    together: every
      .filter((run) => !(run.case in ALONE))
      .sort((a, b) => Number(isLong(b.case)) - Number(isLong(a.case))),
  };
};
