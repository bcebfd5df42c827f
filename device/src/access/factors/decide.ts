import type { Decision, Millis } from '../../seams.ts';
import { hasSecondStep, MAX_PASSKEYS, type Factors, type Passkey } from './factors.ts';
import { without, type RecoveryCodes } from './recovery.ts';
import { stepOf } from './totp.ts';

/**
 * What becomes of the second factors of one account. An answer is taken once: the step of a code, a recovery code and
 * the counter of a passkey have moved in the state that is written before anyone hears that it was right.
 */
export type FactorsEvent =
  /** the person typed a code of the secret that they were shown */
  | { readonly kind: 'code-confirmed'; readonly secret: string; readonly code: string }
  | { readonly kind: 'code-removed' }
  | { readonly kind: 'passkey-confirmed'; readonly passkey: Passkey }
  | { readonly kind: 'passkey-removed'; readonly id: string }
  | { readonly kind: 'recovery-renewed'; readonly codes: RecoveryCodes }
  /** at sign-in: a code of the app, or a recovery code */
  | { readonly kind: 'code-given'; readonly code: string }
  /** at sign-in: the signature was right */
  | { readonly kind: 'passkey-given'; readonly id: string; readonly counter: number };

export type FactorName = 'one-time-code' | 'passkey' | 'recovery-codes';
export type FactorsEffect =
  | { readonly kind: 'added' | 'removed'; readonly factor: FactorName }
  | { readonly kind: 'accepted'; readonly by: 'one-time-code' | 'passkey' | 'recovery-code' }
  /** somebody has a copy of the passkey */
  | { readonly kind: 'clone' }
  | { readonly kind: 'refused'; readonly because: 'wrong' | 'used' | 'unknown' | 'known' | 'full' | 'cloned' };

type Decided = Decision<Factors, FactorsEffect>;

export function decideFactors(state: Factors, event: FactorsEvent, now: Millis): Decided {
  switch (event.kind) {
    case 'code-confirmed': {
      // only a code shows that the app has the secret: without it the next sign-in would fail
      const step = stepOf(event.secret, event.code, now);
      if (step === undefined) return refused(state, 'wrong');
      return { state: { ...state, code: { secret: event.secret, lastStep: step } }, effects: [added('one-time-code')] };
    }
    case 'code-removed': {
      if (!state.code) return refused(state, 'unknown');
      const { code: _removed, ...rest } = state;
      return withoutOrphans(rest, 'one-time-code');
    }
    case 'passkey-confirmed':
      if (state.passkeys.some(({ id }) => id === event.passkey.id)) return refused(state, 'known');
      if (state.passkeys.length >= MAX_PASSKEYS) return refused(state, 'full');
      return { state: { ...state, passkeys: [...state.passkeys, event.passkey] }, effects: [added('passkey')] };
    case 'passkey-removed': {
      const passkeys = state.passkeys.filter(({ id }) => id !== event.id);
      if (passkeys.length === state.passkeys.length) return refused(state, 'unknown');
      return withoutOrphans({ ...state, passkeys }, 'passkey');
    }
    case 'recovery-renewed':
      // codes that stand in for nothing would only be one more thing to lose
      if (!hasSecondStep(state)) return refused(state, 'unknown');
      return { state: { ...state, recovery: event.codes }, effects: [added('recovery-codes')] };
    case 'code-given':
      return codeGiven(state, event.code, now);
    case 'passkey-given':
      return passkeyGiven(state, event.id, event.counter);
  }
}

function codeGiven(state: Factors, given: string, now: Millis): Decided {
  const { code, recovery } = state;
  const digits = given.replaceAll(' ', '');
  const step = code && stepOf(code.secret, digits, now);
  if (code && step !== undefined) {
    // RFC 6238 section 5.2: a step once used is used; whoever saw the code typed has nothing
    if (step <= code.lastStep) return refused(state, 'used');
    return {
      state: { ...state, code: { ...code, lastStep: step } },
      effects: [{ kind: 'accepted', by: 'one-time-code' }],
    };
  }
  const left = recovery && without(recovery, given);
  if (!left) return refused(state, 'wrong');
  return { state: { ...state, recovery: left }, effects: [{ kind: 'accepted', by: 'recovery-code' }] };
}

// WebAuthn section 7.2, step 22: a counter that does not rise tells of a second authenticator with the same key
function passkeyGiven(state: Factors, id: string, counter: number): Decided {
  const passkey = state.passkeys.find((each) => each.id === id);
  if (!passkey) return refused(state, 'unknown');
  if (passkey.cloned) return refused(state, 'cloned');
  const replaced = (next: Passkey): Factors => ({
    ...state,
    passkeys: state.passkeys.map((each) => (each === passkey ? next : each)),
  });
  if ((counter > 0 || passkey.counter > 0) && counter <= passkey.counter) {
    return {
      state: replaced({ ...passkey, cloned: true }),
      effects: [{ kind: 'clone' }, { kind: 'refused', because: 'cloned' }],
    };
  }
  return { state: replaced({ ...passkey, counter }), effects: [{ kind: 'accepted', by: 'passkey' }] };
}

/** The last factor takes the recovery codes with it. */
function withoutOrphans(state: Factors, factor: FactorName): Decided {
  const effects = [{ kind: 'removed', factor } as const];
  if (hasSecondStep(state)) return { state, effects };
  const { recovery: _orphans, ...rest } = state;
  return { state: rest, effects };
}

const added = (factor: FactorName): FactorsEffect => ({ kind: 'added', factor });
const refused = (state: Factors, because: Extract<FactorsEffect, { kind: 'refused' }>['because']): Decided => ({
  state,
  effects: [{ kind: 'refused', because }],
});
