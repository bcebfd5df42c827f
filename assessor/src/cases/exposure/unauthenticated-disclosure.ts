import { Type } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Case, HttpRequest, Judgement, Probe, Seen } from '../../model.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { madeUp } from '../access/signing-in.ts';
import { guardOf, overHttp } from '../access/subjects.ts';
import { hitsIn, isDeclared } from './disclosure-scan.ts';
import { given, isHttp, isMqtt, isTls, type Service } from './endpoints.ts';

/** What the product tells before anybody has logged in: pages, errors, headers, certificate, broker status. */
const Told = Type.Object(
  {
    request: Type.String(),
    reached: Type.Boolean(),
    status: Type.Integer(),
    headers: Type.String(),
    body: Type.String(),
    whole: Type.Boolean(),
  },
  { additionalProperties: false },
);
const Broker = Type.Object(
  { returnCode: Type.Integer(), reached: Type.Boolean(), messages: Type.String() },
  { additionalProperties: false },
);
const KINDS = { told: Told, certificate: Told, broker: Broker, inside: Told };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const unauthenticatedDisclosure: Case = {
  id: 'unauthenticated-disclosure',
  topic: 'unauthenticated-disclosure',
  title:
    'Reads what strangers are told (pages, errors, headers, certificate), and looks for versions, model, traces and paths in it.',
  ready: (declaration, target) =>
    declaration.softwareServices.some((each) => given(target, each.id))
      ? { ok: true }
      : { ok: false, because: 'the target file gives no address for a declared service of the device' },
  effect: 'reading',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  for (const service of probe.declaration.softwareServices) {
    if (!given(probe.target, service.id)) {
      probe.record('blocked', service.id, { because: 'the target file gives no address for it' });
      continue;
    }
    if (isTls(service.protocol)) await observeCertificate(probe, service.id);
    if (isHttp(service.protocol)) await observeStranger(probe, service);
    if (isMqtt(service.protocol)) await observeBroker(probe, service.id);
  }
  await observeInside(probe);
}

/** Larger answers are searched in their first part, and reported as not searched whole. */
const LARGEST_TEXT = 32 * 1024;

async function observeStranger(probe: Probe, service: Service): Promise<void> {
  for (const [name, request] of Object.entries(strangeRequests(probe.declaration, service))) {
    const reached = await probe.http.request(service.id, request);
    record(probe, 'told', service.id, name, reached);
  }
}

function strangeRequests(declaration: Declaration, service: Service): Readonly<Record<string, HttpRequest>> {
  const get = (path: string): HttpRequest => ({
    method: 'GET',
    path,
    headers: { accept: 'text/html, application/json;q=0.9' },
  });
  const logins = declaration.authenticationMechanisms
    .filter((each) => each.services.includes(service.id))
    .flatMap((each) =>
      each.login?.kind === 'form' ? [each.login.page] : each.login?.kind === 'json' ? [each.login.path] : [],
    );
  const reads = declaration.externalFunctions
    .filter(overHttp)
    .filter((each) => each.service === service.id && each.kind === 'read')
    .map((each) => each.request.path.replaceAll(/\{[^}]*\}/g, '0'));
  const pages = Object.fromEntries([...new Set(['/', ...logins, ...reads])].map((path) => [`GET ${path}`, get(path)]));
  return {
    ...pages,
    'unknown page': get(`/${madeUp(16)}`),
    'hidden file': get('/.git/config'),
    'unknown method': { method: 'PROPFIND', path: '/' },
    'trace method': { method: 'TRACE', path: '/' },
    'over-long address': get(`/${'a'.repeat(12_000)}`),
    'broken percent-encoding': get('/%zz%e0%a4%a'),
    'path upwards': get('/..%2f..%2fetc/passwd'),
    'broken length': {
      method: 'POST',
      path: logins[0] ?? '/',
      headers: { 'content-length': '12x', connection: 'close' },
    },
    'broken form': {
      method: 'POST',
      path: logins[0] ?? '/',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: '%zz=%',
    },
    'broken JSON': {
      method: 'POST',
      path: logins[0] ?? '/',
      headers: { 'content-type': 'application/json' },
      body: '{"a":',
    },
    'broken cookie': { method: 'GET', path: '/', headers: { cookie: '=;;%zz="' } },
    'broken authorisation': { method: 'GET', path: '/', headers: { authorization: 'Basic !' } },
  };
}

function record(
  probe: Probe,
  kind: 'told' | 'inside',
  subject: string,
  request: string,
  reached: Awaited<ReturnType<Probe['http']['request']>>,
): void {
  if (!reached.ok) {
    probe.record(kind, subject, { request, reached: false, status: 0, headers: '', body: '', whole: true });
    return;
  }
  const { status, headers, body, blob } = reached.answer;
  const lines = Object.entries(headers)
    .filter(([name]) => name !== 'date' && name !== 'etag')
    .map(([name, value]) => `${name}: ${value}`);
  probe.record(
    kind,
    subject,
    {
      request,
      reached: true,
      status,
      headers: lines.join('\n'),
      body: body.slice(0, LARGEST_TEXT),
      whole: body.length <= LARGEST_TEXT,
    },
    [blob],
  );
}

async function observeCertificate(probe: Probe, id: string): Promise<void> {
  const reached = await probe.tls.handshake(id, {});
  const body = reached.ok
    ? `${reached.answer.certificate.subject}\n${reached.answer.certificate.issuer}\n${reached.answer.certificate.san}`
    : '';
  probe.record('certificate', id, {
    request: 'TLS certificate',
    reached: reached.ok,
    status: 0,
    headers: '',
    body,
    whole: true,
  });
}

/** Brokers publish what they are under `$SYS`, to whomever they let in. */
async function observeBroker(probe: Probe, id: string): Promise<void> {
  const connected = await probe.mqtt.connect(id, {});
  if (!connected.ok) {
    probe.record('broker', id, {
      returnCode: -1,
      reached: connected.because !== 'refused' && connected.because !== 'timeout',
      messages: '',
    });
    return;
  }
  const session = connected.answer;
  let messages = '';
  if (session.returnCode === 0) {
    await session.subscribe('$SYS/#');
    await probe.clock.wait(1000);
    messages = session
      .received()
      .map((each) => `${each.topic}: ${each.payload}`)
      .join('\n')
      .slice(0, LARGEST_TEXT);
  }
  await session.close();
  probe.record('broker', id, { returnCode: session.returnCode, reached: true, messages });
}

/** The control: behind the login there is something to find. */
async function observeInside(probe: Probe): Promise<void> {
  for (const each of probe.declaration.externalFunctions.filter(overHttp)) {
    const guard = guardOf(probe.declaration, each);
    if (each.kind !== 'read' || guard === undefined || probe.target.accounts?.[guard.id] === undefined) continue;
    const session = await probe.login.shared(guard.id);
    if (session !== undefined) record(probe, 'inside', each.service, each.id, await probe.login.call(each.id, session));
  }
}

// EN 303 645 5.6-2, G044 6.6.2: strangers learn little that helps an attack.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const blocked = new Set(parts.flatMap((part) => part.uncovered ?? []).map((text) => text.split(':')[0]));
  const services = seen.declaration.softwareServices.filter((each) => !blocked.has(each.id));
  if (seen.declaration.softwareServices.length === 0) return weigh(parts, 'no service of the device is declared');
  return weigh(
    [
      ...parts,
      ...services.map((service) => judgeService(seen.declaration, service, rows)),
      judgeControl(seen.declaration, rows),
    ],
    'no service of the device was reached',
  );
}

function judgeService(declaration: Declaration, service: Service, rows: Rows): Part {
  const told = [...of(rows.told, service.id), ...of(rows.certificate, service.id)];
  const broker = of(rows.broker, service.id);
  const texts = [
    ...told.map((row) => ({ id: row.id, request: row.data.request, hits: hitsIn(declaration, row.data) })),
    ...broker.map((row) => ({
      id: row.id,
      request: 'the broker’s status',
      hits: hitsIn(declaration, { headers: '', body: row.data.messages }),
    })),
  ].map((each) => ({ ...each, hits: each.hits.filter((hit) => !isDeclared(hit, service.discloses)) }));
  const telling = texts.filter((each) => each.hits.length > 0);
  if (telling.length > 0) {
    const what = new Set(
      telling.flatMap((each) => each.hits.map((hit) => `${hit.kind} “${hit.value}” (${each.request})`)),
    );
    return fail(
      `${service.id} tells strangers ${[...what].slice(0, 3).join(', ')}`,
      telling.map((each) => each.id),
    );
  }
  const http = told.filter((row) => row.data.reached && row.data.request !== 'TLS certificate');
  const certificate = told.filter((row) => row.data.reached && row.data.request === 'TLS certificate');
  const known = isHttp(service.protocol) || isMqtt(service.protocol);
  return pass(
    `${service.id} tells strangers neither version, model, software, traces nor paths`,
    idsOf([...told, ...broker]),
    [
      ...(known ? [] : [`${service.id}: what it tells over ${service.protocol}`]),
      ...(isHttp(service.protocol) && http.length < LEAST_ANSWERS
        ? [`${service.id}: enough answers to strangers (${http.length} of ${LEAST_ANSWERS})`]
        : []),
      ...(isMqtt(service.protocol) && !broker.some((row) => row.data.reached)
        ? [`${service.id}: what the broker tells`]
        : []),
      ...(isTls(service.protocol) && certificate.length === 0 ? [`${service.id}: what its certificate tells`] : []),
      ...http
        .filter((row) => !row.data.whole)
        .map((row) => `${service.id}: the end of a long answer (${row.data.request})`),
    ],
  );
}
/** a page, an unknown page and one error at least */
const LEAST_ANSWERS = 3;

function judgeControl(declaration: Declaration, rows: Rows): Part {
  const found = rows.inside.filter((row) => row.data.reached && hitsIn(declaration, row.data).length > 0);
  return found.length > 0
    ? pass('the same search finds what is told after login', idsOf(found))
    : open('that the search finds anything on pages behind the login', idsOf(rows.inside));
}
