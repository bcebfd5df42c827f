import type { Millis } from '../../clock.ts';

/**
 * A request of a person about their data, from its receipt to its answer, and by when the law wants it answered. Nothing is
 * done with anybody's data before it is on record that they are who they say.
 */
export type RequestKind = 'access' | 'erasure' | 'rectification' | 'portability' | 'objection';
export type Law = 'gdpr' | 'pdpa-my';
export type Via = 'letter' | 'call' | 'form';

/** Whose data it is about: of an account, or of whoever lived with a device and has no account. */
export type Scope =
  | { readonly of: 'account'; readonly account: string }
  | { readonly of: 'household'; readonly deviceId: string };

export interface PersonRequest {
  readonly id: string;
  readonly kind: RequestKind;
  readonly law: Law;
  readonly via: Via;
  readonly receivedAt: Millis;
  readonly identified?: {
    readonly at: Millis;
    /** `documents`: seen and not kept; `what` says of what kind they were */
    readonly how: 'code' | 'documents';
    readonly what?: string;
    readonly by?: string;
    readonly scope: Scope;
  };
  readonly extended?: { readonly at: Millis; readonly because: string; readonly by: string };
  readonly acts: readonly {
    readonly at: Millis;
    readonly what: 'exported' | 'erasure-asked';
    readonly by: string;
    readonly erasureId?: string;
  }[];
  readonly closed?: {
    readonly at: Millis;
    readonly as: 'answered' | 'refused' | 'withdrawn';
    readonly said: string;
    readonly by: string;
  };
}

export type RequestEvent =
  | ({ readonly kind: 'identified' } & Omit<NonNullable<PersonRequest['identified']>, 'at'>)
  | { readonly kind: 'extended'; readonly because: string; readonly by: string }
  | {
      readonly kind: 'acted';
      readonly what: 'exported' | 'erasure-asked';
      readonly by: string;
      readonly erasureId?: string;
    }
  | {
      readonly kind: 'closed';
      readonly as: 'answered' | 'refused' | 'withdrawn';
      readonly said: string;
      readonly by: string;
      /** of the erasure that was asked for on it, how far it is */
      readonly erasure?: 'undo' | 'kept' | 'under-way' | 'erased';
    };

export type RequestRefusal =
  | 'closed-already'
  | 'identified-already'
  | 'not-identified'
  | 'extended-already'
  | 'too-late-to-extend'
  | 'no-extension'
  | 'asked-already'
  | 'not-answered-yet';

export type Decided =
  | { readonly ok: true; readonly request: PersonRequest }
  | { readonly ok: false; readonly code: RequestRefusal };

export function decideRequest(request: PersonRequest, event: RequestEvent, now: Millis): Decided {
  if (request.closed) return { ok: false, code: 'closed-already' };
  switch (event.kind) {
    case 'identified': {
      if (request.identified) return { ok: false, code: 'identified-already' };
      const { kind: _, ...identified } = event;
      return { ok: true, request: { ...request, identified: { ...identified, at: now } } };
    }
    case 'extended': {
      if (request.extended) return { ok: false, code: 'extended-already' };
      if (!mayBeExtended(request)) return { ok: false, code: 'no-extension' };
      // GDPR Art. 12(3), PDPA 2010 s.31(2)(a), s.35(2)(a): the person is told of it before the first time is over
      if (now >= dueAt(request)) return { ok: false, code: 'too-late-to-extend' };
      return { ok: true, request: { ...request, extended: { at: now, because: event.because, by: event.by } } };
    }
    case 'acted': {
      // GDPR Art. 12(6), G045 DS-1-5: nothing is handed out or erased for somebody who only says who they are
      if (!request.identified) return { ok: false, code: 'not-identified' };
      const { kind: _, ...act } = event;
      if (act.what === 'erasure-asked' && request.acts.some(({ what }) => what === 'erasure-asked'))
        return { ok: false, code: 'asked-already' };
      return { ok: true, request: { ...request, acts: [...request.acts, { ...act, at: now }] } };
    }
    case 'closed': {
      const { kind: _, erasure, ...closed } = event;
      if (closed.as === 'answered' && isOpenEnded(request, erasure)) return { ok: false, code: 'not-answered-yet' };
      return { ok: true, request: { ...request, closed: { ...closed, at: now } } };
    }
  }
}

/** What was asked for is not answered by words: data was handed out, or every place has confirmed that it is gone. */
function isOpenEnded({ kind, acts }: PersonRequest, erasure: Extract<RequestEvent, { kind: 'closed' }>['erasure']) {
  // the person is told within the law's time what is unreadable and what is still left, not when the last place has answered
  if (kind === 'erasure') return erasure !== 'under-way' && erasure !== 'erased';
  if (kind === 'access' || kind === 'portability') return !acts.some(({ what }) => what === 'exported');
  return false;
}

interface Term {
  /** where the day of receipt, and the last day, begin and end */
  readonly zone: string;
  readonly first: Temporal.DurationLike;
  /** in place of `first`, when it was extended */
  readonly longest: Temporal.DurationLike;
}
/**
 * GDPR Art. 12(3): one month from receipt, and two more; counted as Regulation (EEC, Euratom) 1182/71 counts: the day of receipt
 * is left out (Art. 3(1)), the last day is that of the same number, or the last one of a month that has none, and ends with its
 * last hour (Art. 3(2)(c)). The next working day of Art. 3(4) is not used. Three months from receipt, not one and then two: the
 * law lengthens one period. In the zone of Brussels, which ends its day before the countries west of it.
 *
 * PDPA 2010 (Malaysia, Act 709): 21 days from receipt for access (s.31(1)), correction (s.35(1)), and to say what becomes of a
 * notice to stop what distresses (s.42(3)); 14 more for access and correction alone (s.31(3), s.35(3)). The day of receipt is
 * left out, and the next working day not used (Interpretation Acts 1948 and 1967, s.54(1)(a) and (b)). For portability the period
 * is to be prescribed (s.43A(3)), and the Act has no right to erasure beside the end of consent (s.38), which has no days: we
 * keep to the same 21.
 */
export const TERMS: Readonly<Record<Law, Term>> = {
  gdpr: { zone: 'Europe/Brussels', first: { months: 1 }, longest: { months: 3 } },
  'pdpa-my': { zone: 'Asia/Kuala_Lumpur', first: { days: 21 }, longest: { days: 35 } },
};

/** Nothing lengthens a time that no law lengthens. */
const mayBeExtended = ({ law, kind }: Pick<PersonRequest, 'law' | 'kind'>): boolean =>
  law === 'gdpr' || kind === 'access' || kind === 'rectification';

/** The first moment at which it is late. */
export function dueAt({ law, receivedAt, extended }: Pick<PersonRequest, 'law' | 'receivedAt' | 'extended'>): Millis {
  const { zone, first, longest } = TERMS[law];
  const received = Temporal.Instant.fromEpochMilliseconds(receivedAt).toZonedDateTimeISO(zone).toPlainDate();
  // a month from the 31st ends with the last day of a shorter month
  const last = received.add(extended ? longest : first, { overflow: 'constrain' });
  return last.add({ days: 1 }).toZonedDateTime(zone).epochMilliseconds;
}

export type Timeliness = 'open' | 'soon' | 'overdue' | 'in-time' | 'late';

/** `soon`: within a week of its end. */
export function timelinessOf(request: PersonRequest, now: Millis): Timeliness {
  const due = dueAt(request);
  if (request.closed) return request.closed.at < due ? 'in-time' : 'late';
  if (now >= due) return 'overdue';
  return due - now <= SOON ? 'soon' : 'open';
}
const SOON = 7 * 86_400_000;

export interface Report {
  readonly received: number;
  readonly inTime: number;
  readonly late: number;
  readonly open: number;
  readonly overdue: number;
  readonly refused: number;
  readonly extended: number;
  /** of those that are closed, in days; undefined where none is */
  readonly medianDays?: number;
}

/** Counts and times of the requests that came in a span of time. */
export function reportOf(requests: readonly PersonRequest[], now: Millis): Report {
  const as = (wanted: Timeliness) => requests.filter((request) => timelinessOf(request, now) === wanted).length;
  const days = requests
    .flatMap(({ closed, receivedAt }) => (closed ? [Math.max(0, closed.at - receivedAt) / 86_400_000] : []))
    .sort((a, b) => a - b);
  const [low, high] = [days[Math.floor((days.length - 1) / 2)], days[Math.floor(days.length / 2)]];
  return {
    received: requests.length,
    inTime: as('in-time'),
    late: as('late'),
    open: requests.filter(({ closed }) => !closed).length,
    overdue: as('overdue'),
    refused: requests.filter(({ closed }) => closed?.as === 'refused').length,
    extended: requests.filter(({ extended }) => extended).length,
    ...(low === undefined || high === undefined ? {} : { medianDays: Math.round(((low + high) / 2) * 10) / 10 }),
  };
}
