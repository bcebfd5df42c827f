import type { SelfTest } from '@hearthward/product';
import type { Decision, Millis } from '../seams.ts';

/** The power-up self-test: what was tried since the start, how it went, and whether the product is in its safe state. */
export interface SelfTestState {
  readonly results: Readonly<Record<string, Result>>;
  /** the tests that put it into its safe state; only a new start ends that */
  readonly limitedBy: readonly string[];
}
export const NOT_TESTED: SelfTestState = { results: {}, limitedBy: [] };

export type Result =
  | { readonly ok: true; readonly millis: Millis }
  | { readonly ok: false; readonly because: FailureWord; readonly millis: Millis };
/** Closed, since each has its words for people. */
export const FAILURE_WORDS = [
  'no-answer',
  'no-driver',
  'too-slow',
  'wrong-answer',
  'out-of-range',
  'stands',
  'before-known-time',
  'not-seeded',
  'repeats',
  'uneven',
  'hardware-errors',
] as const;
export type FailureWord = (typeof FAILURE_WORDS)[number];

export type SelfTestEvent =
  | { readonly kind: 'begun'; readonly tests: readonly SelfTest[] }
  | { readonly kind: 'tried'; readonly test: SelfTest; readonly result: Result; readonly last: boolean };
export type SelfTestEffect =
  | { readonly kind: 'try'; readonly test: SelfTest; readonly last: boolean }
  | { readonly kind: 'be-safe' }
  | { readonly kind: 'cut-off'; readonly test: string }
  | {
      readonly kind: 'tell-failed';
      readonly test: string;
      readonly because: FailureWord;
      readonly mode: SelfTest['onFailure'];
    }
  | { readonly kind: 'tell-passed'; readonly count: number; readonly millis: Millis };

// G045 PL-3-4: each part is tried at every start; what fails is told, and the product is safe first
export const decideSelfTest = (state: SelfTestState, event: SelfTestEvent): Decision<SelfTestState, SelfTestEffect> => {
  if (event.kind === 'begun') {
    const last = event.tests.length - 1;
    return { state: NOT_TESTED, effects: event.tests.map((test, at) => ({ kind: 'try', test, last: at === last })) };
  }
  const { test, result, last } = event;
  const results = { ...state.results, [test.id]: result };
  const limits = !result.ok && test.onFailure !== 'told';
  const limitedBy = limits ? [...state.limitedBy, test.id] : state.limitedBy;
  const all = Object.values(results);
  const passed = last && all.every(({ ok }) => ok);
  return {
    state: { results, limitedBy },
    effects: [
      ...(limits && state.limitedBy.length === 0 ? [{ kind: 'be-safe' } as const] : []),
      ...(result.ok
        ? []
        : [{ kind: 'tell-failed', test: test.id, because: result.because, mode: test.onFailure } as const]),
      ...(!result.ok && test.onFailure === 'quarantine' ? [{ kind: 'cut-off', test: test.id } as const] : []),
      ...(passed
        ? [
            {
              kind: 'tell-passed',
              count: all.length,
              millis: Math.round(all.reduce((sum, { millis }) => sum + millis, 0)),
            } as const,
          ]
        : []),
    ],
  };
};
