import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DeviceFault } from '../driver/faults.ts';
import { TROUBLE } from './http/answers.ts';
import { readForm } from './http/body.ts';
import type { Field, Input } from './http/validate.ts';
import type { Desk, HttpFunction } from './desk.ts';
import { changed, type Duty } from './duties/duty.ts';
import { renewKeys } from './duties/keys.ts';
import { changePassword } from './duties/password.ts';
import { addAccount, changeRole, endSessions, listPeople, lockPin, removeAccount, setPin } from './duties/people.ts';
import { factoryReset } from './duties/reset.ts';
import { checkIntegrity } from './duties/integrity.ts';
import { endQuarantine } from './duties/quarantine.ts';
import { setLogServer } from './duties/log-server.ts';
import { setRemoteManagement } from './duties/management.ts';
import { setName, setSharing } from './duties/settings.ts';
import { checkSetup, readSetupCheck } from './duties/setup-check.ts';
import { applyUpdate, checkUpdates, chooseUpdates, postponeUpdate, readUpdates } from './duties/updates.ts';
import { bodyLimitOf, withFiles } from './files.ts';
import { FACTOR_DUTIES } from './factors/duties.ts';
import { newCodeView, newPasskeyView, securityView } from './factors/views.ts';
import { peopleView } from './household.ts';
import { homeView, passwordView, resetView, safetyView } from './views.ts';
import { PRIVACY_DUTIES } from './privacy/duties.ts';
import { choicesOf, eraseMineView, privacyView } from './privacy/views.ts';
import { deviceName, html, readFromOwnPage, refuse, type Visit } from './visit.ts';

/**
 * The declared functions as routes: path, method, encoding and fields come from the declaration alone. What is not
 * declared has no route; what is declared and has no handler stops the start.
 */
// EN 303 645 5.6-5, 5.6-6, G044 6.6.5, G045 PL-3-1: nothing answers that is not declared
export function addFunctions(app: FastifyInstance, desk: Desk): void {
  const taken = new Set<string>();
  for (const declared of desk.functions) {
    const { method, path } = declared.request;
    if (/[:*]/.test(path)) throw cannot(declared, 'has a path with `:` or `*`');
    // a link, an image or a prefetch makes a GET: nothing may change by one
    if (method === 'GET' && declared.kind === 'change') throw cannot(declared, 'changes something by GET');
    const handler = handlerOf(desk, declared);
    taken.add(`${method} ${path}`);
    const limit = bodyLimitOf(declared);
    // boundary declared-function: anyone on the home network -> validate, at most MAX_FORM_BYTES, else 400 or 422, as the declaration says;
    // testbed/test/hostile-inputs.test.ts
    app.route({
      method,
      url: path,
      config: { call: { kind: 'function', function: declared } },
      ...(limit === undefined ? {} : { bodyLimit: limit }),
      handler: (request, reply) => carryOut(desk, declared, handler, request, reply),
    });
  }
  for (const declared of desk.functions) {
    const { page } = declared.request;
    if (page === undefined || taken.has(`GET ${page}`) || page === desk.login.page) continue;
    const form = formOf(declared);
    taken.add(`GET ${page}`);
    app.get(page, { config: { call: { kind: 'form-of', function: declared } } }, async (request, reply) =>
      html(reply, await form(desk, request)),
    );
  }
}

async function carryOut(
  desk: Desk,
  declared: HttpFunction,
  handler: Duty,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { encoding, method } = declared.request;
  const { visit } = request;
  const acts = visit.session ? 'with-session' : 'without-session';
  const fields = method === 'GET' ? readQuery(request) : readFromOwnPage(desk, request, encoding, acts);
  if (!fields.ok) return refuse(desk, visit, reply, fields.trouble);
  const given = encoding === 'json' ? fields.fields : withUnsent(declared, fields.fields);
  const read = desk.context.parts.validate(fieldsOf(declared), given, encoding === 'json' ? 'json' : 'form');
  if (!read.ok)
    return read.code === 'invalid-value'
      ? showAgain(desk, declared, request, reply)
      : refuse(desk, visit, reply, TROUBLE.malformed);
  const input = await withFiles(desk, declared, read.value);
  if (!input) return showAgain(desk, declared, request, reply, 'refused.file');
  return handler(desk, declared, request, reply, input);
}

/** A value that is not allowed: the page of the form again, with what was wrong; an error page where it has none. */
function showAgain(
  desk: Desk,
  declared: HttpFunction,
  request: FastifyRequest,
  reply: FastifyReply,
  refused = 'happened.refused',
): FastifyReply {
  const { visit } = request;
  const carrier = desk.functions.find(
    ({ request: { method, path } }) => method === 'GET' && path === declared.request.page,
  );
  const show = carrier && Object.hasOwn(PAGES, carrier.id) ? PAGES[carrier.id] : undefined;
  if (!show || visit.to === 'api' || !visit.session) return refuse(desk, visit, reply, TROUBLE.invalid);
  return html(reply, show(desk, { ...visit, refused }), TROUBLE.invalid.status);
}

function readQuery(request: FastifyRequest) {
  const read = readForm(request.url.split('?').slice(1).join('?'));
  return read.ok ? read : { ok: false as const, trouble: TROUBLE.malformed };
}

/** A box that is not ticked is not sent; what that means is declared, and for a consent it is no. */
const withUnsent = (declared: HttpFunction, given: ReadonlyMap<string, unknown>): ReadonlyMap<string, unknown> =>
  new Map([
    ...declared.request.fields.flatMap(({ name, absent }) =>
      absent === undefined ? [] : [[name, String(absent)] as const],
    ),
    ...given,
  ]);

/** How long a new password must be is for the password rules to say, in words; so is whether the repetition is right. */
const fieldsOf = (declared: HttpFunction): readonly Field[] =>
  declared.request.fields.map((field) =>
    field.role === undefined ? field : { ...field, minimum: 0, maximum: Math.max(field.maximum ?? 0, LONGEST) },
  );
const LONGEST = 256;

function handlerOf(desk: Desk, declared: HttpFunction): Duty {
  const own = duty(declared);
  if (own) return own;
  const call = desk.context.product.functions[declared.id];
  if (!call) throw cannot(declared, 'has no handler among the product’s functions');
  return async (desk, declared, request, reply, input) => {
    const outcome = call(input);
    if (!outcome.ok) return refuse(desk, request.visit, reply, TROUBLE.conflict);
    if (request.visit.session) desk.context.privacy.acts(request.visit.session.account);
    if (declared.kind === 'change') desk.record('setting-changed', { function: declared.id });
    if (declared.request.encoding === 'form' && outcome.value === undefined) return changed(declared, reply);
    if (outcome.value === undefined) return changed(declared, reply);
    return reply.code(declared.success.status?.[0] ?? 200).send(outcome.value);
  };
}

function duty(declared: HttpFunction): Duty | undefined {
  switch (declared.purpose) {
    case 'change-password':
      return changePassword;
    case 'factory-reset':
      return factoryReset;
    case 'security-log':
      return readEvents;
    case 'model-designation':
      return page(safety);
    case 'list-accounts':
      return listPeople;
    case 'add-account':
      return addAccount;
    case 'remove-account':
      return removeAccount;
    case 'change-role':
      return changeRole;
    case 'set-pin':
      return setPin;
    case 'lock-pin':
      return lockPin;
    case 'end-sessions':
      return endSessions;
    case 'renew-keys':
      return renewKeys;
    case 'erase-own-data':
      return PRIVACY_DUTIES['erase-my-data'];
    case 'keep-own-data':
      return PRIVACY_DUTIES['keep-my-data'];
    case 'set-up':
    case 'change-second-factor':
    case undefined:
      return Object.hasOwn(BY_ID, declared.id) ? BY_ID[declared.id] : undefined;
  }
}

const page =
  (show: Show): Duty =>
  async (desk, _declared, request, reply) =>
    html(reply, show(desk, request.visit));

type Show = (desk: Desk, visit: Visit) => string;
const home: Show = (desk, visit) => desk.context.parts.pages.homePage(homeView(desk, visit));
const safety: Show = (desk, visit) => desk.context.parts.pages.safetyPage(safetyView(desk, visit));
const people: Show = (desk, visit) => desk.context.parts.pages.peoplePage(peopleView(desk, visit));
const privacy: Show = (desk, visit) => desk.context.parts.pages.privacyPage(privacyView(desk, visit));
const security: Show = (desk, visit) => desk.context.parts.pages.securityPage(securityView(desk, visit));
/** Pages of declared reads that also carry forms. */
const PAGES: Readonly<Record<string, Show>> = {
  home,
  'read-privacy': privacy,
  'read-security': security,
  'list-accounts': people,
  'read-safety': safety,
};

const EVENTS_READ = 1_000;

// G045 PL-4-1: the owner can read what was logged
const readEvents: Duty = async (desk, _declared, _request, reply) =>
  reply.send({ events: desk.context.store.events(EVENTS_READ) });

const readStatus: Duty = async (desk, declared, request, reply) => {
  const told = desk.context.product.functions[declared.id]?.({});
  if (told && !told.ok) return refuse(desk, request.visit, reply, TROUBLE.conflict);
  const value = told?.value;
  const product: Input | object = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
  return reply.send({
    ...product,
    name: deviceName(desk, request.visit.language),
    sharing: sharingOf(desk, request.visit),
    ...(desk.context.forwarding ? { logForwarding: desk.context.forwarding.server() ? 'on' : 'off' } : {}),
    ...(desk.context.management ? { remoteManagement: desk.context.management.allowed()?.hours ?? 'off' } : {}),
  });
};

/** Each optional purpose that is this person's to decide; off until they have said otherwise. */
const sharingOf = (desk: Desk, visit: Visit): Readonly<Record<string, 'on' | 'off'>> =>
  Object.fromEntries(choicesOf(desk, visit).map(({ id, on }) => [id, on ? 'on' : 'off']));

const BY_ID: Readonly<Record<string, Duty>> = {
  home: page(home),
  status: readStatus,
  'read-events': readEvents,
  'read-safety': page(safety),
  'read-privacy': page(privacy),
  'read-security': page(security),
  'change-password': changePassword,
  'set-name': setName,
  'set-sharing': setSharing,
  'set-remote-management': setRemoteManagement,
  'set-log-server': setLogServer,
  'check-integrity': checkIntegrity,
  'check-setup': checkSetup,
  'read-setup-check': readSetupCheck,
  'end-quarantine': endQuarantine,
  'factory-reset': factoryReset,
  'read-updates': readUpdates,
  'apply-update': applyUpdate,
  'postpone-update': postponeUpdate,
  'check-updates': checkUpdates,
  'choose-updates': chooseUpdates,
  ...FACTOR_DUTIES,
  ...PRIVACY_DUTIES,
};

/** The page that carries the form of a duty, where no declared read stands at its address. */
function formOf(declared: HttpFunction): (desk: Desk, request: FastifyRequest) => string | Promise<string> {
  switch (duty(declared)) {
    case changePassword:
      return (desk, request) => desk.context.parts.pages.passwordPage(passwordView(desk, request.visit));
    case factoryReset:
      return (desk, request) => desk.context.parts.pages.resetPage(resetView(desk, request.visit, declared.id));
    case PRIVACY_DUTIES['erase-my-data']:
      return (desk, request) => desk.context.parts.pages.eraseMinePage(eraseMineView(desk, request.visit, declared.id));
    case FACTOR_DUTIES['confirm-code']:
      return async (desk, request) => desk.context.parts.pages.newCodePage(await newCodeView(desk, request.visit));
    case FACTOR_DUTIES['confirm-passkey']:
      return (desk, request) => desk.context.parts.pages.newPasskeyPage(newPasskeyView(desk, request.visit));
    default:
      throw cannot(declared, `names the page ${declared.request.page}, which no declared read gives`);
  }
}

const cannot = (declared: HttpFunction, why: string): DeviceFault =>
  new DeviceFault('not-declared', `The declared function ${declared.id} ${why}`, 'Mend the declaration or add it.');
