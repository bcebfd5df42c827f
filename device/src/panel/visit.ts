import type { FastifyReply, FastifyRequest } from 'fastify';
import { networkInterfaces } from 'node:os';
import type { Frame } from '@hearthward/web';
import type { Language } from '@hearthward/standards';
import { mayCall, type Role } from '../access/accounts.ts';
import type { GuardFacts } from '../access/guard.ts';
import type { Known, Origin } from '../access/gate/gate.ts';
import { isInTheHome, sourceOf } from '../access/throttle/source.ts';
import { TROUBLE, type Trouble } from './http/answers.ts';
import { readBody, type Fields } from './http/body.ts';
import { cookieOf, DEVICE_COOKIE, FORM_COOKIE, keepCookie, noticeOf, setCookie, type Notice } from './http/cookies.ts';
import { residentOf } from '../privacy/subjects/decide.ts';
import { viewOf, wiping } from '../secrets/wiping.ts';
import { readState } from './documents.ts';
import { admit, type Desk, type HttpFunction } from './desk.ts';
import { formToken } from './http/forgery.ts';
import { type Field, type Input } from './http/validate.ts';

/** One request, as far as it is known who sends it. */
export interface Visit {
  readonly to: 'page' | 'api';
  readonly language: Language;
  readonly source: string;
  readonly host: string | undefined;
  readonly session:
    | {
        readonly id: string;
        readonly role: Role;
        readonly account: string;
        readonly verifiedAt: number;
        readonly mustChange: boolean;
        readonly locked: boolean;
        /** paths of the functions that the role may call */
        readonly may: readonly string[];
      }
    | undefined;
  /** the session cookie as it came, whether or not there is such a session */
  readonly carriedId: string | undefined;
  readonly notice: Notice | undefined;
  /** message key of what was wrong with this request, for a page that shows its form again */
  readonly refused?: string;
  /** only for who has signed in */
  readonly deviceName?: string;
  /** the manufacturer's operators may act on the device now; only for who has signed in */
  readonly managed?: NonNullable<Frame['managed']>;
  /** the device is cut off: told to everybody, since nobody may have signed in when it matters */
  readonly quarantine?: NonNullable<Frame['quarantine']>;
  /** somebody opened the device, and nobody has said that they know of it: told to everybody */
  readonly tampered?: NonNullable<Frame['tampered']>;
  /** data is about to be erased that is this person's, or of their household */
  readonly erasing?: NonNullable<Frame['erasing']>;
  /** a newer software is due; only for who has signed in */
  readonly update?: NonNullable<Frame['update']>;
  /** ties forms to the browser before there is a session */
  readonly formId: string | undefined;
}

declare module 'fastify' {
  interface FastifyRequest {
    visit: Visit;
  }
  interface FastifyContextConfig {
    call?: GuardFacts['call'];
  }
}

export function visitOf(desk: Desk, request: FastifyRequest): Visit {
  const { headers } = request;
  const carriedId = cookieOf(headers.cookie, desk.cookie);
  const language = /^\s*ms\b/i.test(headers['accept-language'] ?? '') ? 'ms' : 'en';
  const session = knownSession(desk, admit(desk, carriedId));
  return {
    to: request.url.startsWith('/api/') ? 'api' : 'page',
    language,
    source: sourceOf(request.ip),
    host: headers.host,
    notice: noticeOf(headers.cookie),
    session,
    ...cutOff(desk),
    ...opened(desk),
    ...(session
      ? {
          deviceName: deviceName(desk, language),
          ...managedIn(desk),
          ...erasingIn(desk, session.account),
          ...updateDue(desk),
        }
      : {}),
    carriedId,
    formId: cookieOf(headers.cookie, FORM_COOKIE),
  };
}

function knownSession(desk: Desk, session: ReturnType<typeof admit>): Visit['session'] {
  if (!session) return undefined;
  const { role, account, id, verifiedAt } = session;
  const own = readState(desk.context.store, 'accounts').accounts.find(({ name }) => name === account);
  const may = desk.functions.filter((each) => mayCall(desk.table, role, each.id)).map(({ request }) => request.path);
  return {
    id,
    role,
    account,
    verifiedAt,
    mustChange: own?.mustChange === true,
    locked: own?.pin?.locked === true,
    may,
  };
}

/** Where an attempt at a secret comes from, as the gate asks. */
export function originOf({ context }: Desk, request: FastifyRequest): Origin {
  return {
    source: request.visit.source,
    device: cookieOf(request.headers.cookie, DEVICE_COOKIE),
    inTheHome: isInTheHome(request.ip, (context.networks ?? networkInterfaces)()),
  };
}

/** Who came in is known by this device from now on. */
export function remember(reply: FastifyReply, { device }: Known): void {
  if (device !== undefined) addCookie(reply, keepCookie(DEVICE_COOKIE, device));
}

const secretOf = (visit: Visit): string | undefined => visit.session?.id ?? visit.formId;

export function frameOf(visit: Visit): Frame {
  const secret = secretOf(visit);
  return {
    language: visit.language,
    csrf: secret === undefined ? '' : formToken(secret),
    ...noticeIn(visit),
    ...(visit.quarantine ? { quarantine: visit.quarantine } : {}),
    ...(visit.tampered ? { tampered: visit.tampered } : {}),
    ...(visit.managed ? { managed: visit.managed } : {}),
    ...(visit.erasing ? { erasing: visit.erasing } : {}),
    ...(visit.update ? { update: visit.update } : {}),
    ...(visit.deviceName === undefined ? {} : { deviceName: visit.deviceName }),
    ...(visit.session
      ? {
          account: { name: visit.session.account, role: visit.session.role },
          // who has not yet replaced the password that the device made up sees nothing else to go to
          may: visit.session.mustChange ? [] : visit.session.may,
        }
      : {}),
  };
}

function noticeIn({ notice, refused }: Visit): Pick<Frame, 'notice'> {
  if (refused !== undefined) return { notice: { kind: 'bad', key: refused } };
  if (notice === undefined) return {};
  return { notice: { kind: KIND_OF[notice] ?? 'good', key: `happened.${notice}` } };
}

const KIND_OF: Readonly<Partial<Record<Notice, 'bad' | 'info'>>> = {
  'session-ended': 'info',
  'sign-in-cancelled': 'info',
  'integrity-altered': 'bad',
  'integrity-unknown': 'info',
};

// EN 303 645 5.5-4, G045 PL-3-2: who is at home sees on every page that the device is managed from afar
function managedIn({ context }: Desk): Pick<Visit, 'managed'> {
  const allowed = context.management?.allowed();
  if (!allowed) return {};
  const used = allowed.used === null ? {} : { used: new Date(allowed.used).toISOString() };
  return { managed: { until: new Date(allowed.until).toISOString(), ...used } };
}

// EN 303 645 5.7-2, G044 6.7.2, G045 PL-1-4: who is at home sees on every page what happened, and what to do
function cutOff({ context }: Desk): Pick<Visit, 'quarantine'> {
  const held = context.quarantine?.held();
  if (!held) return {};
  const { incident, since, found } = held;
  return { quarantine: { incident, since: new Date(since).toISOString(), causes: found.map(({ cause }) => cause) } };
}

// G045 PH-2-1: an alarm that nobody has to look for, whoever is at the device
function opened({ context }: Desk): Pick<Visit, 'tampered'> {
  const alarms = context.tamper?.alarms() ?? [];
  const [first] = alarms;
  if (first === undefined) return {};
  return {
    tampered: {
      since: new Date(first.since).toISOString(),
      incident: Math.max(...alarms.map(({ incident }) => incident)),
      erased: alarms.some(({ zeroises }) => zeroises !== null),
    },
  };
}

/** What people call it; else what it is. */
export const deviceName = ({ context }: Desk, language: Language): string => {
  const { name } = context.declaration.product;
  return readState(context.store, 'settings').name || (name[language] ?? name.en);
};

/** Before login: gives the browser the cookie that its next form is tied to. */
export function withFormCookie(desk: Desk, visit: Visit, reply: FastifyReply): Visit {
  if (secretOf(visit) !== undefined) return visit;
  const formId = randomId(desk);
  addCookie(reply, setCookie(FORM_COOKIE, formId));
  return { ...visit, formId };
}

const randomId = (desk: Desk): string =>
  wiping(desk.context.random(32), (bytes) => viewOf(bytes).toString('base64url'));
export const addCookie = (reply: FastifyReply, cookie: string): void => void reply.header('set-cookie', cookie);

export const html = (reply: FastifyReply, body: string, status = 200): FastifyReply =>
  reply.code(status).type('text/html; charset=utf-8').send(body);
export const seeOther = (reply: FastifyReply, path: string): FastifyReply =>
  reply.code(303).header('location', path).send('');

export function refuse(desk: Desk, visit: Visit, reply: FastifyReply, trouble: Trouble): FastifyReply {
  const { parts } = desk.context;
  const answer = parts.troubleAnswer(trouble, visit.to, frameOf(visit), parts.pages.errorPage);
  return reply.code(answer.status).type(answer.type).send(answer.body);
}

/** Bytes to fields, from a page of ours. Without a session there is nothing that a forged request could use. */
export function readFromOwnPage(
  desk: Desk,
  request: FastifyRequest,
  encoding: HttpFunction['request']['encoding'],
  acts: 'with-session' | 'without-session' = 'with-session',
): { readonly ok: true; readonly fields: Fields } | { readonly ok: false; readonly trouble: Trouble } {
  const { visit, headers } = request;
  const body = encoding === 'none' ? NO_FIELDS : readBody(request.body, headers['content-type'], encoding);
  if (!body.ok) {
    return { ok: false, trouble: body.code === 'malformed' ? TROUBLE.malformed : TROUBLE.wrongMediaType };
  }
  const fields = new Map(body.fields);
  const token = fields.get(TOKEN_FIELD);
  if (encoding === 'form' || encoding === 'multipart') fields.delete(TOKEN_FIELD);
  if (acts === 'without-session') return { ok: true, fields };
  const genuine = desk.context.parts.isGenuine({
    encoding,
    secret: secretOf(visit),
    token,
    host: visit.host,
    origin: headers.origin,
    fetchSite: one(headers['sec-fetch-site']),
  });
  if (genuine) return { ok: true, fields };
  desk.record('access-refused', { because: 'forged-request' });
  return { ok: false, trouble: TROUBLE.forged };
}

const TOKEN_FIELD = '_csrf';
const NO_FIELDS = { ok: true, fields: new Map<string, unknown>() } as const;
const one = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);

/** Body of a form of the panel's own, read against its fields. */
export function readOwnForm(
  desk: Desk,
  request: FastifyRequest,
  fields: readonly Field[],
): { readonly ok: true; readonly input: Input } | { readonly ok: false; readonly trouble: Trouble } {
  const proven = readFromOwnPage(desk, request, 'form');
  if (!proven.ok) return proven;
  const read = desk.context.parts.validate(fields, proven.fields, 'form');
  return read.ok ? { ok: true, input: read.value } : { ok: false, trouble: TROUBLE.invalid };
}

/** While it can be taken back, everybody whose data it is sees it, and who may keep it can. */
// EN 303 645 5.11-2: an erasure that somebody else pressed does not pass unseen
function erasingIn({ context: { privacy } }: Desk, account: string): Pick<Visit, 'erasing'> {
  const { erasures, subjects } = privacy.state();
  const pending = erasures.find(({ state, by, household }) => state === 'undo' && (household || by === account));
  if (!pending) return {};
  const { id, by, household, undoUntil } = pending;
  const mayKeep = by === account || (household && residentOf(subjects, privacy.home()) === account);
  return { erasing: { until: new Date(undoUntil).toISOString(), household, ...(mayKeep ? { id } : {}) } };
}

/** On every page, for whoever signed in, unless the household does not want to hear of its kind. */
// EN 303 645 5.3-11, G044 6.3.11: people are told where they are, not only where updates are
function updateDue({ context }: Desk): Pick<Visit, 'update'> {
  const { candidate, phase, choice } = context.updates?.state() ?? {};
  if (!candidate || candidate.version === null || phase === 'trial') return {};
  if (choice?.notices[candidate.kind] !== true) return {};
  return { update: { version: candidate.version, kind: candidate.kind } };
}
