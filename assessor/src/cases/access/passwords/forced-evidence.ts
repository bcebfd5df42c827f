import { Type, type Static } from 'typebox';
import { Answered } from '../answers.ts';
import { Outcome, type readEvidence } from '../evidence.ts';

/** What `password-change-forced` records, on a unit in use and on one in factory default. */
const strict = { additionalProperties: false } as const;

/** in use: the change of the password to the one that it is, or was at first */
const Kept = Type.Object(
  { answer: Answered, entered: Type.Boolean(), asked: Type.Union([Type.Literal('current'), Type.Literal('initial')]) },
  strict,
);
const Strong = Type.Object({ answer: Answered, entered: Type.Boolean(), restored: Type.Boolean() }, strict);
const Login = Type.Object({ outcome: Outcome }, strict);

/** factory default: the declared set-up, entered with the initial password and left where a new one is asked for */
const Entered = Type.Object({ asked: Type.Boolean(), pages: Type.Integer(), status: Type.Integer() }, strict);
/** factory default: the initial password replaced by itself, or by a strong one */
const Replaced = Type.Object(
  {
    given: Type.Union([Type.Literal('initial'), Type.Literal('strong')]),
    by: Type.Union([Type.Literal('set-up'), Type.Literal('function')]),
    /** the new password was sent, and answered */
    sent: Type.Boolean(),
    /** what the answer says of it; `unclear` where the set-up went astray */
    answer: Type.Union([Type.Literal('taken'), Type.Literal('refused'), Type.Literal('unclear')]),
    pages: Type.Integer(),
    status: Type.Integer(),
  },
  strict,
);
/**
 * A function that reads, called with a session by the initial password: before anything else, after the attempt to keep
 * that password (`still`); and with a session by the new password (`after`). `asks`: the answer is a page of the set-up
 * or of the login.
 */
export const WHEN = ['before', 'still', 'after'] as const;
const Use = Type.Object(
  { function: Type.String(), when: Type.Enum([...WHEN]), answer: Answered, asks: Type.Boolean() },
  strict,
);

export type Replaced = Static<typeof Replaced>;
export type Use = Static<typeof Use>;
/** The function did its work: its mark stands in the answer; or, where none is declared, it is no page that asks for a password. */
export const isUsed = ({ answer, asks }: Use): boolean =>
  answer.success && (answer.contains === true || (answer.status < 300 && !asks));

export const KINDS = {
  'same-again': Kept,
  strong: Strong,
  'factory-login': Login,
  'factory-set-up': Entered,
  use: Use,
  replaced: Replaced,
  /** login by the new password */
  renewed: Login,
  /** login by the initial password, after it was replaced */
  initial: Login,
};
export type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];
