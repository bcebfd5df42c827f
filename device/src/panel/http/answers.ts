import type { Refused } from '../../access/gate/gate.ts';
import type { AuthenticationMechanism } from '@hearthward/product';
import type { ErrorView, Frame, LoginView } from '@hearthward/web';

/** How refusals and faults look from outside: one page, or one problem document, for each status. */

type FormLogin = Extract<NonNullable<AuthenticationMechanism['login']>, { kind: 'form' }>;

export interface LoginAnswer {
  readonly status: number;
  readonly view: Pick<LoginView, 'failed' | 'waitSeconds' | 'notice'>;
  readonly retryAfterSeconds?: number;
}

// G045 AU-2-3, EN 303 645 5.6-2: the same words whatever was wrong; only what a source did itself is told to it
export function loginAnswer(refusal: Refused, login: FormLogin): LoginAnswer {
  const failure = login.failure.status[0] ?? 401;
  if (refusal.kind === 'failed') return { status: failure, view: { failed: true } };
  const status = login.throttled?.status[0];
  if (status === undefined) return { status: failure, view: { failed: true } };
  const { waitSeconds } = refusal;
  return { status, view: { failed: false, waitSeconds }, retryAfterSeconds: waitSeconds };
}

export interface Trouble {
  readonly status: number;
  /** message key of the web pages */
  readonly key: string;
  /** what threw, for whoever records faults; never for the answer */
  readonly cause?: unknown;
}
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

// EN 303 645 5.6-2, G045 AU-2-3: no trace, no version, no path, nothing of the cause
export function troubleAnswer(
  trouble: Trouble,
  to: 'page' | 'api',
  frame: Frame,
  page: (view: ErrorView) => string,
): Answer {
  const { status, key } = trouble;
  if (to === 'api') {
    const body = JSON.stringify({ type: 'about:blank', title: TITLES[status] ?? 'Error', status });
    return { status, type: 'application/problem+json', body };
  }
  return { status, type: 'text/html; charset=utf-8', body: page({ ...frame, status, key }) };
}

/** RFC 9110 phrases */
const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

export const TROUBLE = {
  malformed: { status: 400, key: 'error.bad-request' },
  logIn: { status: 401, key: 'error.sign-in' },
  signInOver: { status: 401, key: 'error.sign-in-over' },
  forged: { status: 403, key: 'error.stale-form' },
  notAllowed: { status: 403, key: 'error.forbidden' },
  notFound: { status: 404, key: 'error.not-found' },
  conflict: { status: 409, key: 'error.unavailable' },
  // G045 PL-2-2: what a rollback would lose is not taken without a word
  onTrial: { status: 409, key: 'error.on-trial' },
  tooLarge: { status: 413, key: 'error.too-large' },
  wrongMediaType: { status: 415, key: 'error.bad-request' },
  wrongHost: { status: 421, key: 'error.bad-request' },
  invalid: { status: 422, key: 'refused.value' },
  tooMany: { status: 429, key: 'error.too-many' },
  fault: { status: 500, key: 'error.internal' },
  busy: { status: 503, key: 'error.unavailable' },
  resetting: { status: 503, key: 'error.resetting' },
} as const satisfies Record<string, Trouble>;
