import type { Declaration } from '@hearthward/product';
import type { Case, HttpRequest, Probe } from '../../model.ts';
import { madeUp } from '../access/signing-in.ts';
import { guardOf, overHttp } from '../access/subjects.ts';
import { multicastQuestion } from '../../observe/raw/udp.ts';
import { judge } from './disclosure-verdict.ts';
import { given, isHttp, isMqtt, isTls, type Service } from './endpoints.ts';

/** What the product tells before anybody has logged in: pages, errors, headers, certificate, broker status, announcements. */
export const unauthenticatedDisclosure: Case = {
  id: 'unauthenticated-disclosure',
  topic: 'unauthenticated-disclosure',
  title:
    'Reads what strangers are told (pages, errors, headers, certificate, mDNS), and looks for versions, model, traces and paths in it.',
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
  await observeAnnounced(probe);
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

/** RFC 6763, 9: what there is; and what panels usually are. Answers bring names, texts and addresses along. */
const ANNOUNCED = ['_services._dns-sd._udp.local', '_https._tcp.local', '_http._tcp.local'] as const;
const MDNS = 5353;

/** What is announced in the home is told to whoever is in it, declared or not. */
async function observeAnnounced(probe: Probe): Promise<void> {
  const { host } = probe.target;
  if (host === undefined) return;
  const subject = probe.declaration.softwareServices.find((each) => each.protocol === 'mdns')?.id ?? 'product';
  for (const name of ANNOUNCED) {
    const question = multicastQuestion(name);
    const text = await probe.ports.hear(host.address, MDNS, question);
    // where the machine answers for itself as well, nobody can say whose the answer is
    const beside =
      host.control === undefined || text === undefined
        ? undefined
        : await probe.ports.hear(host.control, MDNS, question);
    probe.record('announced', subject, {
      question: name,
      answered: text !== undefined,
      shared: beside !== undefined,
      text: text ?? '',
    });
  }
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
