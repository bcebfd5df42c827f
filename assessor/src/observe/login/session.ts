import type { HttpAnswer, Reached, Unreachable } from '../../model.ts';
import type { OfferedInput } from './forms.ts';

/** A session as the declaration describes it: cookies or a bearer token that `http` requests carry. */
export interface LoginSession {
  readonly cookies: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}
export type LoginOutcome =
  | { readonly kind: 'in'; readonly session: LoginSession; readonly answer: HttpAnswer }
  | { readonly kind: 'refused'; readonly answer: HttpAnswer }
  | { readonly kind: 'throttled'; readonly answer: HttpAnswer; readonly retryAfterSeconds?: number }
  /** as declared, the way in leads through the end of an earlier session, and was not taken */
  | { readonly kind: 'offered'; readonly answer: HttpAnswer }
  | { readonly kind: 'unexpected'; readonly answer: HttpAnswer }
  | { readonly kind: 'unreachable'; readonly because: Unreachable };
/** Which declared input of a set-up a page asks for; `other` has a value in the declaration. */
export type SetUpField = 'initial-password' | 'new-password' | 'other';
export interface SetUpPage {
  readonly path: string;
  readonly status: number;
  readonly asks: readonly SetUpField[];
  readonly inputs: readonly OfferedInput[];
  readonly blob: string;
}
/** A walk through the first-time set-up of a unit in factory default, as far as it went. */
export interface SetUpWalk {
  /** every page reached, in order; the last one is where it ended */
  readonly pages: readonly SetUpPage[];
  /** declared inputs that were filled and sent */
  readonly sent: readonly SetUpField[];
  readonly ended:
    /** the last page asks nothing more */
    | 'nothing-asked'
    /** no new password was passed, and here it is asked for */
    | 'new-password-asked'
    /** the same inputs once more: what was sent is not taken */
    | 'asked-again'
    /** a status of an error, and no form to go on with */
    | 'refused'
    /** another origin, or more pages than a set-up has */
    | 'lost'
    | 'unreachable';
  readonly session: LoginSession;
}
export interface LoginProbe {
  /**
   * Logs in with what the target file gives for the mechanism, or with what is passed instead. A declared offer to end
   * an earlier session is taken, unless it is to be declined.
   */
  readonly attempt: (
    mechanism: string,
    override?: { readonly user?: string; readonly password?: string },
    offer?: 'accept' | 'decline',
  ) => Promise<LoginOutcome>;
  /** a session for reading, reused between cases; undefined where it cannot be had */
  readonly shared: (mechanism: string) => Promise<LoginSession | undefined>;
  /** forget the shared session, because a case has ended it */
  readonly forget: (mechanism: string) => void;
  readonly logout: (mechanism: string, session: LoginSession) => Promise<Reached<HttpAnswer> | undefined>;
  /** calls a declared function with these values (examples of the declaration for the others), with or without a session */
  readonly call: (
    functionId: string,
    session: LoginSession | undefined,
    values?: Readonly<Record<string, string | number | boolean>>,
  ) => Promise<Reached<HttpAnswer>>;
  /**
   * Walks the declared set-up with the initial password, up to the page that asks for a new one, or with `newPassword`
   * to its end. Cannot be undone: only where the target file allows it, and gives the unit as one in factory default
   * (an `initialPassword`, no `password`), or where the case has itself just reset it.
   */
  readonly setUp: (
    mechanism: string,
    newPassword?: string,
    state?: 'factory-default' | 'reset',
  ) => Promise<{ readonly ok: true; readonly walk: SetUpWalk } | { readonly ok: false; readonly because: string }>;
  /** whether its set-up begins, as that of a unit in factory default; sends nothing to it; undefined where it does not answer */
  readonly isDelivered: (mechanism: string) => Promise<boolean | undefined>;
  /** failed logins that the budget still allows */
  readonly budget: () => number;
}
