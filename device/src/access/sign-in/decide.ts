import { Type, type Static } from 'typebox';
import { Role } from '../accounts.ts';
import { hashOf } from '../sessions/decide.ts';
import type { Decision, Millis } from '../../seams.ts';

/**
 * The way from a right password to a session. A sign-in is pending while a step asks something of the person; only its
 * id, 256 random bits in a cookie, leads on, and only from the source that the password came from. Ids come from the
 * caller; their SHA-256 alone is kept. A pending sign-in opens nothing: the session is made by the `enter` effect.
 */

/** What may stand between the password and the session, in this order. */
export const SIGN_IN_STEPS = ['second-factor', 'another-session'] as const;
export type SignInStep = (typeof SIGN_IN_STEPS)[number];

/** Of each step, whether it asks something of this person now, has nothing to ask, or refuses. */
export type SignInFacts = Readonly<Record<SignInStep, 'ask' | 'nothing' | 'refuse'>>;

const strict = { additionalProperties: false } as const;
const PendingSignIn = Type.Object(
  {
    /** SHA-256 of the id, base64url */
    hash: Type.String({ minLength: 43, maxLength: 43 }),
    account: Type.String({ maxLength: 64 }),
    role: Role,
    source: Type.String({ maxLength: 64 }),
    startedAt: Type.Number(),
    step: Type.Enum([...SIGN_IN_STEPS]),
  },
  strict,
);
export type PendingSignIn = Static<typeof PendingSignIn>;
export const SignInsState = Type.Object({ pending: Type.Array(PendingSignIn) }, strict);
export type SignInsState = Static<typeof SignInsState>;
export const NO_SIGN_INS: SignInsState = { pending: [] };

export type SignInEvent =
  /** the password was right; `id` is for the sign-in, should it have to wait */
  | {
      readonly kind: 'proven';
      readonly id: string;
      readonly account: string;
      readonly role: Role;
      readonly source: string;
      readonly facts: SignInFacts;
    }
  | { readonly kind: 'look'; readonly id: string; readonly source: string }
  /** the person has done what the step asks; the facts are those of now */
  | {
      readonly kind: 'passed';
      readonly id: string;
      readonly source: string;
      readonly step: SignInStep;
      readonly facts: SignInFacts;
    }
  | { readonly kind: 'cancelled'; readonly id: string; readonly source: string }
  /** the account's password was changed, or the account is no more */
  | { readonly kind: 'account-changed'; readonly account: string };

export type SignInEffect =
  | { readonly kind: 'ask'; readonly step: SignInStep; readonly pending: PendingSignIn }
  | { readonly kind: 'enter'; readonly account: string; readonly role: Role }
  | { readonly kind: 'refuse'; readonly step: SignInStep }
  /** no such sign-in, or not from here, or not at this step, or too long ago */
  | { readonly kind: 'unknown' };

/** Per device; the oldest go first. Who makes one knows a password. */
export const MAX_SIGN_INS = 16;
/** The time in which a person answers what is asked, as a code from another device takes; NIST SP 800-63B 5.1.3.2 has ten minutes at most. */
export const SIGN_IN_MS = 5 * 60_000;

export function decideSignIn(
  state: SignInsState,
  event: SignInEvent,
  now: Millis,
): Decision<SignInsState, SignInEffect> {
  const live = state.pending.filter(({ startedAt }) => now >= startedAt && now - startedAt < SIGN_IN_MS);
  if (event.kind === 'account-changed') {
    return { state: { pending: live.filter(({ account }) => account !== event.account) }, effects: [] };
  }
  if (event.kind === 'proven') {
    const { account, role, source, id, facts } = event;
    const begun = { hash: hashOf(id), account, role, source, startedAt: now };
    return goOn(live, begun, SIGN_IN_STEPS, facts);
  }
  // G045 DS-3-2: a sign-in goes on only with its id and from where it began
  const found = live.find(({ hash, source }) => hash === hashOf(event.id) && source === event.source);
  if (!found) return { state: { pending: live }, effects: [{ kind: 'unknown' }] };
  const others = live.filter((each) => each !== found);
  switch (event.kind) {
    case 'look':
      return { state: { pending: live }, effects: [{ kind: 'ask', step: found.step, pending: found }] };
    case 'cancelled':
      return { state: { pending: others }, effects: [] };
    case 'passed':
      if (event.step !== found.step) return { state: { pending: live }, effects: [{ kind: 'unknown' }] };
      return goOn(others, found, SIGN_IN_STEPS.slice(SIGN_IN_STEPS.indexOf(found.step) + 1), event.facts);
  }
}

/** To the first of the steps that asks something; through the last of them into a session. */
function goOn(
  others: readonly PendingSignIn[],
  from: Omit<PendingSignIn, 'step'>,
  steps: readonly SignInStep[],
  facts: SignInFacts,
): Decision<SignInsState, SignInEffect> {
  const step = steps.find((each) => facts[each] !== 'nothing');
  if (step === undefined) {
    return {
      state: { pending: [...others] },
      effects: [{ kind: 'enter', account: from.account, role: from.role }],
    };
  }
  if (facts[step] === 'refuse') return { state: { pending: [...others] }, effects: [{ kind: 'refuse', step }] };
  const pending: PendingSignIn = { ...from, step };
  return {
    state: { pending: [...others.slice(-(MAX_SIGN_INS - 1)), pending] },
    effects: [{ kind: 'ask', step, pending }],
  };
}
