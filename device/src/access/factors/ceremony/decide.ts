import { Type, type Static } from 'typebox';
import type { Decision, Millis } from '../../../seams.ts';

/**
 * What a person was asked and has not answered yet: a new secret to be confirmed by a code, a challenge to be signed by
 * a passkey. Each belongs to one holder (a session or a pending sign-in, by the hash of its id), lasts minutes, and a
 * challenge is gone with the first answer, right or wrong.
 */
const strict = { additionalProperties: false } as const;
const held = {
  /** hash of the id of a session or of a pending sign-in */
  holder: Type.String({ minLength: 43, maxLength: 43 }),
  until: Type.Number(),
};
/** 256 random bits, base64url */
const challenge = Type.String({ minLength: 43, maxLength: 43 });

export const Ceremony = Type.Union([
  Type.Object(
    { ...held, kind: Type.Literal('new-code'), secret: Type.String({ minLength: 32, maxLength: 32 }) },
    strict,
  ),
  Type.Object(
    { ...held, kind: Type.Literal('new-passkey'), challenge, name: Type.String({ minLength: 1, maxLength: 40 }) },
    strict,
  ),
  Type.Object({ ...held, kind: Type.Literal('passkey-sign-in'), challenge }, strict),
]);
export type Ceremony = Static<typeof Ceremony>;
export type CeremonyKind = Ceremony['kind'];
export const CeremoniesState = Type.Object({ ceremonies: Type.Array(Ceremony) }, strict);
export type CeremoniesState = Static<typeof CeremoniesState>;
export const NO_CEREMONIES: CeremoniesState = { ceremonies: [] };

/** A person looks for the app and scans; a browser waits for a touch. */
export const LASTS_MS: Readonly<Record<CeremonyKind, number>> = {
  'new-code': 15 * 60_000,
  'new-passkey': 5 * 60_000,
  'passkey-sign-in': 5 * 60_000,
};
/** Per device; the oldest make room, so that nobody fills the store by asking. */
const MAX_CEREMONIES = 32;

export type CeremonyEvent =
  /** takes the place of one of the same kind and holder */
  | { readonly kind: 'begun'; readonly ceremony: WithoutEnd }
  | { readonly kind: 'taken'; readonly holder: string; readonly of: CeremonyKind };
type WithoutEnd = Ceremony extends infer Each ? (Each extends unknown ? Omit<Each, 'until'> : never) : never;
export interface CeremonyEffect {
  readonly kind: 'taken';
  readonly ceremony: Ceremony;
}

export function decideCeremonies(
  state: CeremoniesState,
  event: CeremonyEvent,
  now: Millis,
): Decision<CeremoniesState, CeremonyEffect> {
  const live = state.ceremonies.filter((each) => isLive(each, now));
  switch (event.kind) {
    case 'begun': {
      const { ceremony } = event;
      const others = live.filter((each) => !isOf(each, ceremony.holder, ceremony.kind)).slice(1 - MAX_CEREMONIES);
      const begun = { ...ceremony, until: now + LASTS_MS[ceremony.kind] };
      return { state: { ceremonies: [...others, begun] }, effects: [] };
    }
    case 'taken': {
      const taken = live.find((each) => isOf(each, event.holder, event.of));
      const ceremonies = live.filter((each) => each !== taken);
      return { state: { ceremonies }, effects: taken ? [{ kind: 'taken', ceremony: taken }] : [] };
    }
  }
}

/** What the holder has been asked and may still answer, without taking it. */
export const ceremonyOf = <Kind extends CeremonyKind>(
  state: CeremoniesState,
  holder: string,
  kind: Kind,
  now: Millis,
): Extract<Ceremony, { kind: Kind }> | undefined =>
  state.ceremonies.find(
    (each): each is Extract<Ceremony, { kind: Kind }> => isOf(each, holder, kind) && isLive(each, now),
  );

const isOf = (each: Ceremony, holder: string, kind: CeremonyKind): boolean =>
  each.holder === holder && each.kind === kind;
/** A clock that was set back ends it too: it never lasts longer than it was meant to. */
const isLive = (each: Ceremony, now: Millis): boolean => now < each.until && each.until - now <= LASTS_MS[each.kind];
