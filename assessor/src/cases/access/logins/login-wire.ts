import { Type } from 'typebox';
import type { AuthenticationMechanism } from '@hearthward/product';
import type { Probe } from '../../../model.ts';
import { attributes, pathOf } from '../answers.ts';
import { blobOf, Outcome, outcomeOf } from '../evidence.ts';
import { signIn } from '../signing-in.ts';
import { passwordMechanisms, reachable } from '../subjects.ts';

/** What is seen of a login on the wire: which TLS is offered, what answers without it, how form and cookies travel. */
const Handshake = Type.Object(
  {
    service: Type.String(),
    offered: Type.Enum(['best', 'old-versions', 'no-aead']),
    ok: Type.Boolean(),
    protocol: Type.String(),
    cipher: Type.String(),
    keyType: Type.String(),
    keyBits: Type.Integer(),
    because: Type.String(),
  },
  { additionalProperties: false },
);
const Plain = Type.Object(
  {
    service: Type.String(),
    answered: Type.Boolean(),
    status: Type.Integer(),
    form: Type.Boolean(),
    toTls: Type.Boolean(),
  },
  { additionalProperties: false },
);
const Scheme = Type.Object({ service: Type.String(), scheme: Type.String() }, { additionalProperties: false });
const Login = Type.Object(
  {
    outcome: Outcome,
    inAddress: Type.Boolean(),
    formMethod: Type.String(),
    /** names of cookies without `Secure` */
    openCookies: Type.Array(Type.String()),
  },
  { additionalProperties: false },
);
export const LOGIN_WIRE = { scheme: Scheme, handshake: Handshake, plain: Plain, login: Login };

/** TLS 1.2 suites without authenticated encryption (RFC 9325, 4.1 asks that they are not negotiated). */
const NO_AEAD =
  'ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:AES128-SHA:AES256-SHA:AES128-SHA256:@SECLEVEL=0';

export async function observeLoginWire(probe: Probe): Promise<void> {
  for (const mechanism of reachable(probe, passwordMechanisms(probe.declaration))) {
    for (const service of mechanism.services) {
      const url = probe.target.services[service]?.url;
      if (url === undefined) continue;
      const scheme = url.slice(0, url.indexOf(':'));
      probe.record('scheme', mechanism.id, { service, scheme });
      if (scheme === 'https' || scheme === 'mqtts') await observeTls(probe, mechanism, service);
      if (scheme === 'https') await observePlain(probe, mechanism, service);
    }
    await observeLogin(probe, mechanism);
  }
}

async function observeTls(probe: Probe, mechanism: AuthenticationMechanism, service: string): Promise<void> {
  const offers = [
    ['best', {}],
    ['old-versions', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' }],
    ['no-aead', { maxVersion: 'TLSv1.2', ciphers: NO_AEAD }],
  ] as const;
  for (const [offered, options] of offers) {
    const reached = await probe.tls.handshake(service, { ...options, client: 'none' });
    const facts = reached.ok ? reached.answer : undefined;
    probe.record('handshake', mechanism.id, {
      service,
      offered,
      ok: reached.ok,
      protocol: facts?.protocol ?? '',
      cipher: facts?.cipher ?? '',
      keyType: facts?.certificate.keyType ?? '',
      keyBits: facts?.certificate.keyBits ?? 0,
      because: reached.ok ? '' : reached.because,
    });
  }
}

async function observePlain(probe: Probe, mechanism: AuthenticationMechanism, service: string): Promise<void> {
  const login = mechanism.login;
  const path = login?.kind === 'form' ? login.page : login?.kind === 'json' ? login.path : '/';
  const reached = await probe.http.plain(service, { method: 'GET', path });
  const form = reached.ok && /<input\b[^>]*type\s*=\s*["']?password/i.test(reached.answer.body);
  const toTls = reached.ok && /^https:/i.test(reached.answer.headers['location'] ?? '');
  const status = reached.ok ? reached.answer.status : 0;
  probe.record(
    'plain',
    mechanism.id,
    { service, answered: reached.ok, status, form, toTls },
    reached.ok ? [reached.answer.blob] : [],
  );
}

async function observeLogin(probe: Probe, mechanism: AuthenticationMechanism): Promise<void> {
  const formMethod = await methodOfForm(probe, mechanism);
  const outcome = await signIn(probe, mechanism);
  const password = probe.target.accounts?.[mechanism.id]?.password;
  const answer = outcome.kind === 'unreachable' ? undefined : outcome.answer;
  const location = answer?.headers['location'] ?? '';
  const inAddress =
    password !== undefined && [password, encodeURIComponent(password)].some((each) => location.includes(each));
  const openCookies = (answer?.setCookie ?? [])
    .filter((cookie) => !('secure' in attributes(cookie.split(';').slice(1).join(' '))))
    .map((cookie) => cookie.split('=')[0] ?? '');
  probe.record(
    'login',
    mechanism.id,
    { outcome: outcomeOf(outcome), inAddress, formMethod, openCookies },
    blobOf(outcome),
  );
}

/** An HTML form without `method` is sent as GET, its fields in the address. */
async function methodOfForm(probe: Probe, mechanism: AuthenticationMechanism): Promise<string> {
  const login = mechanism.login;
  const service = mechanism.services[0];
  if (login?.kind !== 'form' || service === undefined) return '';
  const page = await probe.http.request(service, { method: 'GET', path: login.page });
  if (!page.ok) return '';
  const forms = [...page.answer.body.matchAll(/<form\b([^<>]*)>/gi)].map((found) => attributes(found[1] ?? ''));
  const mine = forms.find((form) => pathOf(form['action'] ?? login.page)?.endsWith(login.path)) ?? forms[0];
  return mine === undefined ? '' : (mine['method'] ?? 'get').toLowerCase();
}
