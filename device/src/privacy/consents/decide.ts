import type { Language } from '@hearthward/standards';
import { Type, type Static } from 'typebox';
import type { Decision, Millis } from '../../seams.ts';

/**
 * What people allow, purpose by purpose, as records: nothing is allowed that nobody has allowed, each decides for what is
 * theirs alone, and taking back is the same step as giving. The fields are those of ISO/IEC TS 27560 that the declaration
 * does not already say.
 */
export const ConsentRecord = Type.Object(
  {
    /** whose data it is */
    account: Type.String(),
    item: Type.String(),
    given: Type.Boolean(),
    by: Type.Union([Type.Literal('self'), Type.Literal('guardian')]),
    how: Type.Union([Type.Literal('set-up'), Type.Literal('privacy-page'), Type.Literal('elsewhere')]),
    /** version of the notice that was there to read; `NOTICE_UNKNOWN` of a version that kept no record */
    notice: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    language: Type.Union([Type.Literal('en'), Type.Literal('ms')]),
    /** rises with each decision of this person on this item */
    n: Type.Integer({ minimum: 1 }),
    at: Type.Number(),
  },
  { additionalProperties: false },
);
export type ConsentRecord = Static<typeof ConsentRecord>;
export const ConsentsState = Type.Array(ConsentRecord);
export type ConsentsState = Static<typeof ConsentsState>;
export const NOTICE_UNKNOWN = '0'.repeat(16);

export type ConsentsEvent =
  | {
      readonly kind: 'decided';
      readonly item: string;
      /** whose data it is; undefined where nobody is known to */
      readonly whose: { readonly account: string; readonly child: boolean } | undefined;
      readonly asking: { readonly account: string; readonly guardian: boolean };
      readonly given: boolean;
      readonly how: 'set-up' | 'privacy-page';
      readonly notice: string;
      readonly language: Language;
    }
  /** withdrawn at the services, by the person's code */
  | { readonly kind: 'withdrawn'; readonly account: string; readonly item: string; readonly n: number }
  /** all of a person's, or those of these items: they begin as if they had never been asked */
  | { readonly kind: 'forgotten'; readonly account: string; readonly items?: readonly string[] };

export type ConsentsEffect =
  | { readonly kind: 'tell'; readonly record: ConsentRecord }
  /** before anything else: nothing of it flows any more, not even what waits */
  | { readonly kind: 'stop'; readonly account: string; readonly item: string }
  | { readonly kind: 'refused'; readonly code: ConsentRefusal };
export type ConsentRefusal = 'not-yours' | 'guardian-decides';

type Next = Decision<ConsentsState, ConsentsEffect>;

export function decideConsents(state: ConsentsState, event: ConsentsEvent, now: Millis): Next {
  switch (event.kind) {
    case 'decided': {
      const { whose, asking } = event;
      // EN 303 645 6-2, G044 7-b: who may decide is whose data it is, and for a child who looks after it
      if (!whose || (whose.account !== asking.account && !(whose.child && asking.guardian)))
        return refused(state, 'not-yours');
      if (whose.child && !asking.guardian) return refused(state, 'guardian-decides');
      const by = whose.account === asking.account ? 'self' : 'guardian';
      const { item, given, how, notice, language } = event;
      const before = state.find(of(whose.account, item));
      if (before?.given === given) return { state, effects: [] };
      const n = (before?.n ?? 0) + 1;
      return put(state, { account: whose.account, item, given, by, how, notice, language, n, at: now }, true);
    }
    case 'withdrawn': {
      const before = state.find(of(event.account, event.item));
      // an older decision changes nothing, whichever way it came
      if (!before || event.n <= before.n) return { state, effects: [] };
      return put(state, { ...before, given: false, how: 'elsewhere', n: event.n, at: now }, false);
    }
    case 'forgotten': {
      const left = state.filter(
        ({ account, item }) => account !== event.account || !(event.items?.includes(item) ?? true),
      );
      return { state: left.length === state.length ? state : left, effects: [] };
    }
  }
}

export const isGiven = (state: ConsentsState, account: string | undefined, item: string): boolean =>
  account !== undefined && state.some((each) => of(account, item)(each) && each.given);

const of =
  (account: string, item: string) =>
  (each: ConsentRecord): boolean =>
    each.account === account && each.item === item;

function put(state: ConsentsState, record: ConsentRecord, tell: boolean): Next {
  const others = state.filter((each) => !of(record.account, record.item)(each));
  return {
    state: [...others, record],
    effects: [
      // EN 303 645 6-3, G044 7-c: the flow ends before the withdrawal is told
      ...(record.given ? [] : [{ kind: 'stop', account: record.account, item: record.item } as const]),
      ...(tell ? [{ kind: 'tell', record } as const] : []),
    ],
  };
}

const refused = (state: ConsentsState, code: ConsentRefusal): Next => ({ state, effects: [{ kind: 'refused', code }] });
