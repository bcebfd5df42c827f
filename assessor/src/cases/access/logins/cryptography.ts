import { Type } from 'typebox';
import type { AuthenticationMechanism } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../../model.ts';
import { attributes, pathOf } from '../answers.ts';
import { blobOf, fail, idsOf, of, open, Outcome, outcomeOf, pass, readEvidence, weigh, type Part } from '../evidence.ts';
import { signIn } from '../signing-in.ts';
import { accountFor, passwordMechanisms, reachable } from '../subjects.ts';

/** Credentials travel only under TLS of today’s strength, never in an address, and cookies stay on TLS. */
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
  { service: Type.String(), answered: Type.Boolean(), status: Type.Integer(), form: Type.Boolean(), toTls: Type.Boolean() },
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
const KINDS = { scheme: Scheme, handshake: Handshake, plain: Plain, login: Login };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

/** TLS 1.2 suites without authenticated encryption (RFC 9325, 4.1 asks that they are not negotiated). */
const NO_AEAD =
  'ECDHE-ECDSA-AES128-SHA:ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:AES128-SHA:AES256-SHA:AES128-SHA256:@SECLEVEL=0';
const AEAD = /GCM|CCM|CHACHA20/i;
/** RFC 9325, 4.5: at least 112 bits of security. */
const LEAST_BITS: Readonly<Record<string, number>> = { rsa: 2048, 'rsa-pss': 2048, ec: 224, ed25519: 256, ed448: 456 };

export const authenticationCryptography: Case = {
  id: 'authentication-cryptography',
  topic: 'authentication-cryptography',
  title: 'Examines how a login travels: TLS versions and ciphers offered, key size, plain HTTP, addresses and cookies.',
  ready: accountFor(passwordMechanisms, 'no password with a network login is declared'),
  effect: 'reading',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
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
  probe.record('plain', mechanism.id, { service, answered: reached.ok, status, form, toTls }, reached.ok ? [reached.answer.blob] : []);
}

async function observeLogin(probe: Probe, mechanism: AuthenticationMechanism): Promise<void> {
  const formMethod = await methodOfForm(probe, mechanism);
  const outcome = await signIn(probe, mechanism);
  const password = probe.target.accounts?.[mechanism.id]?.password;
  const answer = outcome.kind === 'unreachable' ? undefined : outcome.answer;
  const location = answer?.headers['location'] ?? '';
  const inAddress = password !== undefined && [password, encodeURIComponent(password)].some((each) => location.includes(each));
  const openCookies = (answer?.setCookie ?? [])
    .filter((cookie) => !('secure' in attributes(cookie.split(';').slice(1).join(' '))))
    .map((cookie) => cookie.split('=')[0] ?? '');
  probe.record('login', mechanism.id, { outcome: outcomeOf(outcome), inAddress, formMethod, openCookies }, blobOf(outcome));
}

/** An HTML form without `method` is sent as GET, its fields in the address. */
async function methodOfForm(probe: Probe, mechanism: AuthenticationMechanism): Promise<string> {
  const login = mechanism.login;
  const service = mechanism.services[0];
  if (login?.kind !== 'form' || service === undefined) return '';
  const page = await probe.http.request(service, { method: 'GET', path: login.page });
  if (!page.ok) return '';
  const forms = [...page.answer.body.matchAll(/<form\b([^>]*)>/gi)].map((found) => attributes(found[1] ?? ''));
  const mine = forms.find((form) => pathOf(form['action'] ?? login.page)?.endsWith(login.path)) ?? forms[0];
  return mine === undefined ? '' : (mine['method'] ?? 'get').toLowerCase();
}

// EN 303 645 5.1-3: authentication uses best practice cryptography.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  return weigh(
    [...parts, ...passwordMechanisms(seen.declaration).flatMap((each) => judgeOne(each, rows))],
    'no password with a network login is declared',
  );
}

function judgeOne(mechanism: AuthenticationMechanism, rows: Rows): readonly Part[] {
  const name = mechanism.id;
  const parts: Part[] = [];
  for (const service of mechanism.services) {
    const scheme = of(rows.scheme, name).filter((row) => row.data.service === service);
    if (scheme.length === 0) parts.push(open(`${name}: how ${service} carries credentials`));
    else if (scheme.some((row) => row.data.scheme === 'http' || row.data.scheme === 'mqtt')) {
      parts.push(fail(`${name}: ${service} takes credentials without TLS`, idsOf(scheme)));
    } else parts.push(...judgeTls(name, service, rows), ...(scheme.some((row) => row.data.scheme === 'https') ? [judgePlain(name, service, rows)] : []));
  }
  parts.push(...judgeLogin(mechanism, rows));
  return parts;
}

function judgeTls(name: string, service: string, rows: Rows): readonly Part[] {
  const mine = of(rows.handshake, name).filter((row) => row.data.service === service);
  const by = (offered: string) => mine.filter((row) => row.data.offered === offered);
  const best = by('best').filter((row) => row.data.ok);
  const weak = [...by('old-versions'), ...by('no-aead')].filter((row) => row.data.ok);
  if (weak.length > 0) {
    return [fail(`${name}: ${service} also accepts ${weak.map((row) => `${row.data.protocol} with ${row.data.cipher}`).join(' and ')}`, idsOf(weak))];
  }
  if (best.length === 0) return [open(`${name}: no TLS handshake with ${service} succeeded`, idsOf(mine))];
  for (const { id, data } of best) {
    if (!/^TLSv1\.[23]$/.test(data.protocol)) return [fail(`${name}: ${service} negotiates ${data.protocol}`, [id])];
    if (!AEAD.test(data.cipher)) return [fail(`${name}: ${service} negotiates ${data.cipher}, without authenticated encryption`, [id])];
    const least = LEAST_BITS[data.keyType.toLowerCase()];
    if (least === undefined) return [open(`${name}: the strength of a ${data.keyType} key of ${service} is not known`, [id])];
    if (data.keyBits < least) return [fail(`${name}: the key of ${service} has ${data.keyBits} bits (${data.keyType})`, [id])];
  }
  const refused = (offered: string) => by(offered).some((row) => !row.data.ok && (row.data.because === 'tls' || row.data.because === 'reset'));
  const uncovered = [
    ...(refused('old-versions') ? [] : [`${name}: that ${service} refuses TLS below 1.2`]),
    ...(refused('no-aead') ? [] : [`${name}: that ${service} refuses ciphers without authenticated encryption`]),
  ];
  return [pass(`${name}: ${service} takes credentials only under TLS 1.2 or later with authenticated encryption`, idsOf(mine), uncovered)];
}

function judgePlain(name: string, service: string, rows: Rows): Part {
  const mine = of(rows.plain, name).filter((row) => row.data.service === service);
  const offered = mine.filter((row) => row.data.answered && (row.data.form || (row.data.status < 300 && !row.data.toTls)));
  if (offered.length > 0) return fail(`${name}: ${service} offers its login without TLS on the same port`, idsOf(offered));
  if (mine.length === 0) return open(`${name}: that ${service} does not answer without TLS`);
  return pass(`${name}: ${service} offers no login without TLS`, idsOf(mine));
}

function judgeLogin(mechanism: AuthenticationMechanism, rows: Rows): readonly Part[] {
  const name = mechanism.id;
  const mine = of(rows.login, name);
  const inside = mine.filter((row) => row.data.outcome.kind === 'in');
  const shown = mine.filter((row) => row.data.inAddress || row.data.formMethod === 'get');
  if (shown.length > 0) return [fail(`${name}: the password stands in an address`, idsOf(shown))];
  const open_ = inside.filter((row) => row.data.openCookies.length > 0);
  if (open_.length > 0) {
    return [fail(`${name}: the cookies ${open_.flatMap((row) => row.data.openCookies).join(', ')} lack Secure`, idsOf(open_))];
  }
  if (inside.length === 0) return [open(`${name}: no login succeeded`, idsOf(mine))];
  const formSeen = mechanism.login?.kind !== 'form' || inside.some((row) => row.data.formMethod === 'post');
  return [pass(`${name}: the login leaves no password in an address and no cookie open`, idsOf(inside), formSeen ? [] : [`${name}: how the login form is sent`])];
}
