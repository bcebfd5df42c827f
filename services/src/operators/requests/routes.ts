import { Readable } from 'node:stream';
import {
  errorPage,
  paths,
  REQUEST_ACTS,
  REQUEST_KINDS,
  REQUEST_LAWS,
  type RequestAct,
  type RequestRow,
  requestPage,
  requestsPage,
  type RequestsView,
  type RequestView,
} from '@hearthward/web';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { iso } from '../../clock.ts';
import { csvRow } from '../../front/csv.ts';
import { CSV, HTML, JSON_TYPE } from '../../front/headers.ts';
import { placesOf } from '../../privacy/account/erasing.ts';
import { progressOf } from '../../privacy/erasure/decide.ts';
import { allErasures } from '../../privacy/erasure/rows.ts';
import { audit } from '../audit.ts';
import { BASE, type ConsoleParts, DEVICE_COOKIE, frameOf } from '../console.ts';
import {
  dueAt,
  type Law,
  type PersonRequest,
  reportOf,
  type RequestKind,
  type Scope,
  TERMS,
  timelinessOf,
} from './decide.ts';
import type { Refusal } from './requests.ts';
import { countRequests, type RequestFilter, requestsOf, requestsReceived } from './rows.ts';
import { Reason } from '../form.ts';
import { EXPORT_STEP, PER_PAGE, pageIn } from '../paging.ts';

/** Requests of people in the console; the caller has made sure of a session and of its form. */
export async function requestRoutes(app: FastifyInstance, parts: ConsoleParts): Promise<void> {
  const { store, clock, accounts, requests, exportOf } = parts;
  const who = (request: FastifyRequest): string => request.operator?.operator ?? '';

  const showList = async (
    request: FastifyRequest,
    reply: FastifyReply,
    said: Pick<RequestsView, 'notice' | 'refused'> = {},
  ) => {
    const filter = filterIn(request.query);
    const now = clock.now();
    const total = await countRequests(store.db, filter, now);
    const pages = Math.max(1, Math.ceil(total / PER_PAGE));
    const page = Math.min(pageIn(request.query), pages);
    const found = await requestsOf(store.db, filter, now, { offset: (page - 1) * PER_PAGE, limit: PER_PAGE });
    const reports = [];
    for (const { quarter, from, until } of quartersBefore(now))
      reports.push({ quarter, ...reportOf(await requestsReceived(store.db, from, until), now) });
    return reply.type(HTML).send(
      requestsPage({
        ...frameOf(request, BASE + paths.console.requests),
        filter,
        requests: found.map((each) => rowOf(each, now)),
        total,
        page,
        pages,
        reports,
        late: (await allErasures(store.db, true, LATE_SOUGHT)).flatMap(({ state }) => {
          const { id, late } = progressOf(state);
          return late.map(({ place, since }) => ({ erasure: id, place, since: iso(since) }));
        }),
        today: iso(now).slice(0, 10),
        ...said,
      }),
    );
  };
  app.get(BASE + paths.console.requests, (request, reply) => showList(request, reply));

  app.get(BASE + paths.console.requestsExport, async (request, reply) => {
    const filter = filterIn(request.query);
    const now = clock.now();
    const lines = [
      csvRow(['number', 'kind', 'law', 'via', 'received', 'late from', 'state', 'identified', 'closed', 'as']),
    ];
    for (let offset = 0; ; offset += EXPORT_STEP) {
      const some = await requestsOf(store.db, filter, now, { offset, limit: EXPORT_STEP });
      lines.push(...some.map((each) => csvRow(cellsOf(each, now))));
      if (some.length < EXPORT_STEP) break;
    }
    const detail = { requests: lines.length - 1 };
    await audit(store.db, now, { actor: who(request), action: 'requests-exported', subject: 'requests', detail });
    return reply.type(CSV).header('content-disposition', 'attachment; filename="requests.csv"').send(lines.join(''));
  });

  // boundary console-request-new: an operator who has signed in -> NewForm, at most 4096 bytes, else 422;
  // services/test/privacy/requests.test.ts
  app.post(BASE + paths.console.requests, async (request, reply) => {
    const form = request.body;
    if (!Value.Check(NewForm, form))
      return showList(request, reply.code(422), { notice: { kind: 'bad', key: 'refused.request-form' } });
    const { kind, law, via } = form;
    const receivedAt = receiptOf(form.received, law, clock.now());
    if (receivedAt === undefined)
      return showList(request, reply.code(422), {
        notice: { kind: 'bad', key: 'refused.request-day' },
        refused: form,
      });
    const id = await requests.create({ kind, law, via, receivedAt, by: who(request) });
    return reply.redirect(`${BASE}${paths.console.requests}/${id}`, 303);
  });

  type One = FastifyRequest<{ Params: { id: string } }>;
  const showOne = async (request: One, reply: FastifyReply, said: Pick<RequestView, 'notice' | 'refused'> = {}) => {
    const found = await requests.find(request.params.id);
    const frame = frameOf(request, `${BASE}${paths.console.requests}/${encodeURIComponent(request.params.id)}`);
    if (!found) {
      const page = errorPage({ ...frame, status: 404, key: 'error.not-found' });
      return reply.code(404).type(HTML).send(page);
    }
    const erasure = await requests.progress(found);
    return reply.type(HTML).send(
      requestPage({
        ...frame,
        personPage: `${parts.site()}/account${paths.account.request}`,
        request: shownOf(found, clock.now()),
        ...(erasure
          ? { erasure: { state: erasure.state, undoUntil: iso(erasure.undoUntil), places: placesOf(erasure) } }
          : {}),
        ...said,
      }),
    );
  };
  app.get<{ Params: { id: string } }>(`${BASE}${paths.console.requests}/:id`, (request, reply) =>
    showOne(request, reply),
  );

  /** One line that says what was wrong, the form open as it was sent, and the focus where it has to be mended. */
  const refuse = (request: One, reply: FastifyReply, act: RequestAct, code: Wrong) => {
    const [status, field] = AMISS[code] ?? [409];
    const { password: _, ...sent } = Value.Check(ActForm, request.body) ? request.body : { password: '' };
    const refused = { act, sent, ...(field ? { field } : {}) };
    return showOne(request, reply.code(status), { notice: { kind: 'bad', key: `refused.request-${code}` }, refused });
  };

  /** Undefined where it was answered already: the form, or the password, was not right. */
  async function formOf(request: One, reply: FastifyReply, act: RequestAct): Promise<ActForm | undefined> {
    const form = request.body;
    if (!Value.Check(ActForm, form)) {
      await refuse(request, reply, act, 'form');
      return undefined;
    }
    // G045 AU-1-2, PL-2-1: who hands out or erases somebody's data knows the password now
    const source = { source: request.ip, device: request.cookies[DEVICE_COOKIE] };
    const known = await accounts.check(who(request), form.password, source);
    if (known.ok) return form;
    await refuse(request, reply, act, known.code === 'throttled' ? 'wait' : 'password');
    return undefined;
  }

  const ACTS: Readonly<Record<RequestAct, (id: string, form: ActForm, by: string) => Promise<Acted>>> = {
    identify: async (id, { serial = '', what = '' }, by) =>
      what.trim() === ''
        ? { ok: false, code: 'what' }
        : requests.identifyByDocuments(id, { serial: serial.trim(), what: what.trim(), by }),
    extend: async (id, { reason }, by) =>
      Value.Check(Reason, reason) ? requests.extend(id, reason.trim(), by) : { ok: false, code: 'reason' },
    erase: async (id, { confirm }, by) => (confirm === 'on' ? requests.erase(id, by) : { ok: false, code: 'confirm' }),
    close: async (id, { as, reason }, by) =>
      as && Value.Check(Reason, reason)
        ? requests.close(id, { as, said: reason.trim(), by })
        : { ok: false, code: as ? 'said' : 'form' },
    export: (id, _form, by) => requests.exporting(id, by),
  };
  for (const act of REQUEST_ACTS)
    // boundary console-request: an operator who has signed in -> ActForm, at most 4096 bytes, else 403, 409, 422 or 429;
    // services/test/privacy/requests.test.ts
    app.post<{ Params: { id: string } }>(`${BASE}${paths.console.requests}/:id/${act}`, async (request, reply) => {
      const form = await formOf(request, reply, act);
      if (!form) return reply;
      const { id } = request.params;
      const done = await ACTS[act](id, form, who(request));
      if (!done.ok) return refuse(request, reply, act, done.code);
      if (!done.scope) return showOne(request, reply, { notice: { kind: 'good', key: 'happened.request-done' } });
      const file = await exportOf(done.scope, { by: who(request), requestId: id });
      return reply
        .type(JSON_TYPE)
        .header('content-disposition', `attachment; filename="request-${id}.json"`)
        .send(Readable.from(file));
    });
}

type Wrong = Refusal | 'form' | 'password' | 'wait' | 'what' | 'confirm' | 'reason' | 'said';
/** `scope`: whose data is handed out now */
type Acted = { readonly ok: true; readonly scope?: Scope } | { readonly ok: false; readonly code: Wrong };
/** Status, and the field that has to be mended; 409 and none of what the request itself does not allow. */
const AMISS: Partial<Record<Wrong, readonly [status: number, field?: keyof ActForm]>> = {
  form: [422],
  password: [403, 'password'],
  wait: [429, 'password'],
  'serial-unknown': [409, 'serial'],
  what: [422, 'what'],
  confirm: [422, 'confirm'],
  reason: [422, 'reason'],
  said: [422, 'reason'],
  'not-answered-yet': [409, 'as'],
};

const KINDS = Type.Union(REQUEST_KINDS.map((kind) => Type.Literal(kind)));
const LAWS = Type.Union(REQUEST_LAWS.map((law) => Type.Literal(law)));
/** what a person chooses on the public form as well */
export const AskForm = Type.Object({ kind: KINDS, law: LAWS });
const NewForm = Type.Object({
  kind: KINDS,
  law: LAWS,
  via: Type.Union([Type.Literal('letter'), Type.Literal('call')]),
  received: Type.String({ pattern: String.raw`^\d{4}-\d{2}-\d{2}$` }),
});
const ActForm = Type.Object({
  password: Type.String({ maxLength: 256 }),
  serial: Type.Optional(Type.String({ maxLength: 64 })),
  what: Type.Optional(Type.String({ maxLength: 100 })),
  reason: Type.Optional(Type.String({ maxLength: 200 })),
  as: Type.Optional(Type.Union([Type.Literal('answered'), Type.Literal('refused'), Type.Literal('withdrawn')])),
  confirm: Type.Optional(Type.Literal('on')),
});
type ActForm = Type.Static<typeof ActForm>;

/** of the newest erasures that are under way */
const LATE_SOUGHT = 500;

/** Noon of a day where the law counts; undefined for one that is none, lies ahead, or so far back that it is a mistake. */
function receiptOf(day: string, law: Law, now: number): number | undefined {
  try {
    const { zone } = TERMS[law];
    const received = Temporal.PlainDate.from(day, { overflow: 'reject' });
    const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone).toPlainDate();
    const ago = received.until(today).total('days');
    if (ago < 0 || ago > 366) return undefined;
    const noon = received.toZonedDateTime({ timeZone: zone, plainTime: '12:00' }).epochMilliseconds;
    return Math.min(noon, now);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Hostile query: what is no filter is no filter. */
function filterIn(query: unknown): RequestFilter {
  const { state, kind, law } = query as Readonly<Record<string, unknown>>;
  const one = <Known extends string>(known: readonly Known[], value: unknown) => known.find((each) => each === value);
  const wanted = {
    state: one(['open', 'overdue', 'closed'], state),
    kind: one<RequestKind>(REQUEST_KINDS, kind),
    law: one<Law>(REQUEST_LAWS, law),
  };
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
}

export const rowOf = (request: PersonRequest, now: number): RequestRow => ({
  id: request.id,
  kind: request.kind,
  law: request.law,
  via: request.via,
  receivedAt: iso(request.receivedAt),
  dueAt: iso(dueAt(request)),
  timeliness: timelinessOf(request, now),
  isIdentified: request.identified !== undefined,
});

function shownOf(request: PersonRequest, now: number): RequestView['request'] {
  const { identified, extended, closed, acts } = request;
  const scope = identified?.scope.of;
  return {
    ...rowOf(request, now),
    ...(identified && scope ? { identified: { ...identified, at: iso(identified.at), of: scope } } : {}),
    ...(extended ? { extended: { ...extended, at: iso(extended.at) } } : {}),
    ...(closed ? { closed: { ...closed, at: iso(closed.at) } } : {}),
    acts: acts.map(({ at, what, by }) => ({ at: iso(at), what, by })),
  };
}

function cellsOf(request: PersonRequest, now: number): readonly string[] {
  const { id, kind, law, via, receivedAt, dueAt: due, timeliness } = rowOf(request, now);
  const { identified, closed } = request;
  const ends = [identified?.how ?? '', closed ? iso(closed.at) : '', closed?.as ?? ''];
  return [id, kind, law, via, receivedAt, due, timeliness, ...ends];
}

/** This quarter and the four before it (UTC), newest first. */
function quartersBefore(
  now: number,
): readonly { readonly quarter: string; readonly from: number; readonly until: number }[] {
  const today = new Date(now);
  const current = today.getUTCFullYear() * 4 + Math.floor(today.getUTCMonth() / 3);
  const begins = (n: number) => Date.UTC(Math.floor(n / 4), (n % 4) * 3);
  return Array.from({ length: 5 }, (_, back) => current - back).map((n) => ({
    quarter: `${Math.floor(n / 4)}-Q${(n % 4) + 1}`,
    from: begins(n),
    until: begins(n + 1),
  }));
}
