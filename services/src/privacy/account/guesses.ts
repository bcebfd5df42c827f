import { decideGuess, decideRight, type GuessLimits, NEVER_FAILED } from '@hearthward/protocol';
import { digestOf } from '../../operators/digest.ts';
import { counterOf, keepCounter, LIMITS } from '../../operators/guesses.ts';
import type { Store } from '../../store/open.ts';

/**
 * Guesses at codes of accounts, by the decision that devices and the console hold as well: per address as theirs, and over
 * all addresses together, where honest people never come near. No counter belongs to an account: of 140 bits nobody guesses
 * any, and whoever saw the part that names it would keep its owner out.
 */
// EN 303 645 5.1-5, G045 AU-1-3: growing delay per source, and for all of them
export const OVERALL: GuessLimits = { freeAttempts: 2_000, firstDelaySeconds: 1, longestDelaySeconds: 60 };

export type Tried = { readonly kind: 'look' } | { readonly kind: 'wait'; readonly waitSeconds: number };

/** Counts the attempt durably, before the code is looked at. */
export const countTry = (store: Store, source: string, now: number): Promise<Tried> =>
  passGates(store, gatesOf(source), now);

/** One after another; the first that is shut says how long. */
export const passGates = (
  store: Store,
  gates: readonly { readonly key: string; readonly limits: GuessLimits }[],
  now: number,
): Promise<Tried> =>
  store.transaction(async (tx) => {
    for (const { key, limits } of gates) {
      const counters = { account: NEVER_FAILED, source: await counterOf(tx, key), device: undefined };
      const { counters: next, verdict } = decideGuess(counters, limits, now);
      await keepCounter(tx, key, next.source);
      if (verdict.kind !== 'look') return { kind: 'wait', waitSeconds: verdict.waitSeconds };
    }
    return { kind: 'look' };
  });

/** It was right: its address starts afresh. What all addresses did together stays but for this one. */
export const takeBackTry = (store: Store, source: string, now: number): Promise<void> =>
  store.transaction(async (tx) => {
    const [own, all] = gatesOf(source);
    const counters = { account: NEVER_FAILED, source: await counterOf(tx, own.key), device: undefined };
    await keepCounter(tx, own.key, decideRight(counters, now).source);
    const together = await counterOf(tx, all.key);
    await keepCounter(tx, all.key, { ...together, failures: Math.max(0, together.failures - 1) });
  });

const gatesOf = (source: string) =>
  [
    { key: digestOf(`code source\0${source}`), limits: LIMITS },
    { key: digestOf('code\0all sources'), limits: OVERALL },
  ] as const;
