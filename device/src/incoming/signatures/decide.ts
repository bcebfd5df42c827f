import { SignatureSet, whyNoFreshness } from '@hearthward/protocol';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Millis } from '../../seams.ts';

/** Which set of signatures this device takes, and how long it trusts one. */
export type SetRefusal = 'untrusted' | 'malformed' | 'rollback';
const Held = Type.Object(
  {
    number: Type.Integer({ minimum: 1 }),
    /** SHA-256 of the file, lowercase hex */
    digest: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    freshUntil: Type.Number(),
  },
  { additionalProperties: false },
);
export const SignatureState = Type.Object(
  {
    v: Type.Literal(1),
    /** the newest that was ever taken: none with a lower number is taken again, whatever becomes of its file */
    held: Type.Union([Held, Type.Null()]),
    /** of the last set that was offered and not taken; null once one was */
    refused: Type.Union([Type.Literal('untrusted'), Type.Literal('malformed'), Type.Literal('rollback'), Type.Null()]),
  },
  { additionalProperties: false },
);
export type SignatureState = Static<typeof SignatureState>;
export const NO_SIGNATURES: SignatureState = { v: 1, held: null, refused: null };

/** A set as the metadata names it: `custom` is signed, and read by no schema yet. */
export interface OfferedSet {
  readonly custom: unknown;
  readonly digest: string | undefined;
  readonly role: string;
}
export type SetDecision =
  | { readonly kind: 'take'; readonly state: SignatureState }
  | { readonly kind: 'keep'; readonly state: SignatureState }
  | { readonly kind: 'refuse'; readonly state: SignatureState };

/** `asked`: the product, the role that alone may name its sets, and how long one holds at most. */
// G045 PL-2-3, EN 303 645 5.3-10: who holds an older set back, or brings one back, gets nothing in that it no longer finds
export const decideSet = (
  state: SignatureState,
  { custom, digest, role }: OfferedSet,
  asked: { readonly product: string; readonly role: string; readonly freshDays: number },
): SetDecision => {
  if (role !== asked.role) return refusedFor(state, 'untrusted');
  if (digest === undefined || !Value.Check(SignatureSet, custom) || custom.product !== asked.product)
    return refusedFor(state, 'malformed');
  if (whyNoFreshness(custom, asked.freshDays) !== undefined) return refusedFor(state, 'malformed');
  const offered = { number: custom.number, digest, freshUntil: Date.parse(custom.freshUntil) };
  const { held } = state;
  if (held && offered.number === held.number && digest === held.digest && offered.freshUntil === held.freshUntil)
    return { kind: 'keep', state: { ...state, refused: null } };
  if (held && offered.number <= held.number) return refusedFor(state, 'rollback');
  return { kind: 'take', state: { v: 1, held: offered, refused: null } };
};

export const refusedFor = (state: SignatureState, refused: SetRefusal) =>
  ({ kind: 'refuse', state: { ...state, refused } }) as const;

export type Freshness = 'fresh' | 'stale' | 'none';

/** `digest`: of the file that lies there, undefined where there is none. What is not the file that was taken is none. */
export const freshnessOf = ({ held }: SignatureState, digest: string | undefined, now: Millis): Freshness => {
  if (!held || digest !== held.digest) return 'none';
  return now < held.freshUntil ? 'fresh' : 'stale';
};
