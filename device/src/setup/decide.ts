import { Type, type Static } from 'typebox';
import type { Decision, DeviceState } from '../seams.ts';

/**
 * From the factory to a home and back: the password on the label lets a person in once, to choose their own; then name
 * and choices; then the device is theirs. A reset leads back, over a step that survives a power cut half-way.
 */
export const SetupState = Type.Object(
  {
    step: Type.Union([
      Type.Literal('factory-default'),
      Type.Literal('label-verified'),
      Type.Literal('password-set'),
      Type.Literal('initialised'),
      Type.Literal('resetting'),
    ]),
  },
  { additionalProperties: false },
);
export type SetupState = Static<typeof SetupState>;
export const FROM_FACTORY: SetupState = { step: 'factory-default' };

export type SetupEvent =
  | { readonly kind: 'label-password-verified' }
  | { readonly kind: 'password-set' }
  | { readonly kind: 'choices-made' }
  | { readonly kind: 'reset'; readonly rooms: readonly string[] }
  | { readonly kind: 'erased' }
  | { readonly kind: 'started'; readonly rooms: readonly string[] };
export type SetupEffect =
  | { readonly kind: 'completed' }
  | { readonly kind: 'erase'; readonly rooms: readonly string[] }
  | { readonly kind: 'out-of-order' };

export function decideSetup(state: SetupState, event: SetupEvent): Decision<SetupState, SetupEffect> {
  switch (event.kind) {
    case 'label-password-verified':
      return state.step === 'factory-default' ? to('label-verified') : stay(state);
    case 'password-set':
      // EN 303 645 5.1-1, TS 103 645 4.1-1, G044 6.1-a, G045 AU-1-1: no way on without a password of one's own
      return state.step === 'label-verified' ? to('password-set') : outOfOrder(state);
    case 'choices-made':
      return state.step === 'password-set' ? to('initialised', { kind: 'completed' }) : outOfOrder(state);
    case 'reset':
      // EN 303 645 5.11-1, G044 6.11.1, G045 DS-1-5: everything that people have put in goes
      return to('resetting', { kind: 'erase', rooms: event.rooms });
    case 'erased':
      return state.step === 'resetting' ? to('factory-default') : stay(state);
    case 'started':
      // EN 303 645 5.9-2: a reset that a power cut interrupted is finished first
      return state.step === 'resetting' ? { state, effects: [{ kind: 'erase', rooms: event.rooms }] } : stay(state);
  }
}

export const deviceStateOf = (state: SetupState): DeviceState =>
  state.step === 'initialised' ? 'initialised' : 'factory-default';

/** The page of the set-up that a person sees now. */
export function setupPageOf(state: SetupState, loggedIn: boolean): 1 | 2 | 3 | 4 {
  if (state.step === 'initialised') return 4;
  if (!loggedIn) return 1;
  return state.step === 'password-set' ? 3 : 2;
}

const to = (step: SetupState['step'], ...effects: SetupEffect[]) => ({ state: { step }, effects });
const stay = (state: SetupState) => ({ state, effects: [] });
const outOfOrder = (state: SetupState) => ({ state, effects: [{ kind: 'out-of-order' }] }) as const;
