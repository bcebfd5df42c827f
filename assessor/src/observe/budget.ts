/**
 * How much the assessor may do to a target: requests, failed logins, time. Over the budget nothing is sent: the probe
 * throws `ProbeStopped`, and the runner makes the case INCONCLUSIVE, also where the case caught the exception.
 */
export type StopCode = 'budget-requests' | 'budget-failed-logins' | 'case-timeout' | 'run-stopped';

export class ProbeStopped extends Error {
  readonly code: StopCode;
  constructor(code: StopCode, message: string) {
    super(message);
    this.name = 'ProbeStopped';
    this.code = code;
  }
}

/** Defaults of the target file's `limits`; their reasons: one lock-out rule is seen within 10 failures, four cases need it. */
export const DEFAULT_FAILED_LOGINS = 45;
export const DEFAULT_REQUESTS = 20_000;
export const DEFAULT_PATIENCE_SECONDS = 20;

export interface Budget {
  /** before anything is sent */
  readonly spendRequest: () => void;
  /** before a login that is expected to fail */
  readonly needFailedLogin: () => void;
  readonly spendFailedLogin: () => void;
  readonly failedLoginsLeft: () => number;
  readonly requestsSpent: () => number;
  /** ends everything: later calls throw with this code */
  readonly stop: (code: StopCode, because: string) => void;
  /** the first stop since the last `begin`, if any */
  readonly stopped: () => ProbeStopped | undefined;
  /** a new case begins: a time-out of the case before is over, a stopped run is not */
  readonly begin: () => void;
}

export function createBudget(limits: { readonly failedLogins?: number; readonly requests?: number } = {}): Budget {
  const mostRequests = limits.requests ?? DEFAULT_REQUESTS;
  const mostFailedLogins = limits.failedLogins ?? DEFAULT_FAILED_LOGINS;
  let requests = 0;
  let failedLogins = 0;
  let halted: ProbeStopped | undefined;
  let seen: ProbeStopped | undefined;

  const refuse = (error: ProbeStopped): never => {
    seen ??= error;
    throw error;
  };
  const alive = (): void => {
    if (halted !== undefined) refuse(halted);
  };
  return {
    spendRequest: () => {
      alive();
      if (requests >= mostRequests) {
        refuse(new ProbeStopped('budget-requests', `the budget of ${mostRequests} requests is used up`));
      }
      requests += 1;
    },
    needFailedLogin: () => {
      alive();
      if (failedLogins >= mostFailedLogins) {
        refuse(new ProbeStopped('budget-failed-logins', `the budget of ${mostFailedLogins} failed logins is used up`));
      }
    },
    spendFailedLogin: () => {
      failedLogins += 1;
    },
    failedLoginsLeft: () => Math.max(0, mostFailedLogins - failedLogins),
    requestsSpent: () => requests,
    stop: (code, because) => {
      if (halted === undefined || code === 'run-stopped') halted = new ProbeStopped(code, because);
      seen ??= halted;
    },
    stopped: () => seen,
    begin: () => {
      if (halted?.code === 'case-timeout') halted = undefined;
      seen = undefined;
    },
  };
}
