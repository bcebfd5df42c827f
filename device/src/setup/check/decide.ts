import { CHECKS_PER_HOUR, readSetupAnswer, SetupFinding } from '@hearthward/protocol';
import { Type, type Static } from 'typebox';
import type { FaultCode } from '../../driver/faults.ts';
import type { Decision, Millis } from '../../seams.ts';

/**
 * The owner asks the manufacturer whether the device is securely set up. What came of it is kept with its time, and
 * whatever is no answer to this very question is told as none (docs/decisions/0057).
 */

const strict = { additionalProperties: false } as const;
/** Why there is no answer. */
export const UNANSWERED = [
  'not-enrolled',
  'cut-off',
  'unreachable',
  'too-late',
  'not-believed',
  'refused',
  'too-often',
  'failed',
  'unreadable',
  'not-to-this',
] as const;
export type Unanswered = (typeof UNANSWERED)[number];

export const CheckOutcome = Type.Union([
  Type.Object(
    {
      kind: Type.Literal('answered'),
      verdict: Type.Union([Type.Literal('well'), Type.Literal('attention')]),
      findings: Type.Array(SetupFinding),
    },
    strict,
  ),
  Type.Object({ kind: Type.Literal('unanswered'), because: Type.Enum([...UNANSWERED]) }, strict),
]);
export type CheckOutcome = Static<typeof CheckOutcome>;

export const SetupCheckState = Type.Object(
  {
    /** when it was asked lately, oldest first */
    asked: Type.Array(Type.Number(), { maxItems: CHECKS_PER_HOUR }),
    last: Type.Optional(Type.Object({ at: Type.Number(), outcome: CheckOutcome }, strict)),
  },
  strict,
);
export type SetupCheckState = Static<typeof SetupCheckState>;
export const NEVER_CHECKED: SetupCheckState = { asked: [] };

export type SetupCheckEvent =
  | { readonly kind: 'ask' }
  | { readonly kind: 'told'; readonly outcome: CheckOutcome }
  /** the device begins anew */
  | { readonly kind: 'forget' };
export type SetupCheckEffect =
  | { readonly kind: 'converse' }
  /** this device was asked as often as it may be; what is kept stays */
  | { readonly kind: 'not-now' }
  | { readonly kind: 'record'; readonly outcome: CheckOutcome };

const HOUR: Millis = 3_600_000;

// EN 303 645 5.12-3, G044 6.12.3: asked when a person asks, and what came of it stays to be read
export const decideSetupCheck = (
  state: SetupCheckState,
  event: SetupCheckEvent,
  now: Millis,
): Decision<SetupCheckState, SetupCheckEffect> => {
  if (event.kind === 'forget') return { state: NEVER_CHECKED, effects: [] };
  if (event.kind === 'told') {
    const { outcome } = event;
    return { state: { ...state, last: { at: now, outcome } }, effects: [{ kind: 'record', outcome }] };
  }
  // a clock that was set back gives no more of them, and takes none for longer than an hour
  const lately = state.asked.filter((at) => Math.abs(now - at) < HOUR);
  if (lately.length >= CHECKS_PER_HOUR) return { state, effects: [{ kind: 'not-now' }] };
  return { state: { ...state, asked: [...lately, now] }, effects: [{ kind: 'converse' }] };
};

/** What was asked: the device's own nonce, and the SHA-256 of what it stated. */
export interface Asked {
  readonly ask: string;
  readonly statement: string;
}

/** Statuses of HTTP that a challenge or a statement may come back with instead. */
export const whyStatus = (status: number): Unanswered | undefined => {
  if (status === 200) return undefined;
  if (status === 429) return 'too-often';
  return status >= 500 ? 'failed' : 'refused';
};

/** A part: what an answer of the services comes to. `text` is hostile. */
// EN 303 645 5.5-7, G045 AU-3-2: an answer to another question, of another time or of nobody's making is none
export const answerTo = (asked: Asked, status: number, text: string): CheckOutcome => {
  const because = whyStatus(status);
  if (because) return unanswered(because);
  const answer = readSetupAnswer(text);
  if (!answer) return unanswered('unreadable');
  if (answer.ask !== asked.ask || answer.statement !== asked.statement) return unanswered('not-to-this');
  const { verdict, findings } = answer;
  // who says "well" of a device with something amiss has not looked, or is not who ought to
  if ((verdict === 'well') !== findings.every(({ good }) => good)) return unanswered('unreadable');
  return { kind: 'answered', verdict, findings };
};

/** What a fault on the way is to the person who asked. */
export const unansweredBy = (code: FaultCode): CheckOutcome => {
  switch (code) {
    case 'quarantined':
      return unanswered('cut-off');
    case 'peer-untrusted':
    case 'peer-misnamed':
    case 'peer-expired':
    case 'peer-not-yet-valid':
      return unanswered('not-believed');
    case 'services-refused':
      return unanswered('refused');
    case 'services-unreachable':
      return unanswered('unreachable');
    default:
      return unanswered('failed');
  }
};

export const unanswered = (because: Unanswered): CheckOutcome => ({ kind: 'unanswered', because });
