import { Type } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { readForms } from '../../observe/login/forms.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { guardOf, onlyWhile, overHttp } from '../access/subjects.ts';
import { communicationCryptography, judgePlain, observePlain, Plain } from './communication-cryptography.ts';
import { endsOf, given, isHttp, isPlain, isTls, urlOf, type End } from './endpoints.ts';

/** Passwords, keys and tokens on their way: never over a plain service, never to another origin, never by plain HTTP. */
const Shake = Type.Object(
  { agreed: Type.Boolean(), protocol: Type.String(), trusted: Type.Boolean(), requested: Type.Boolean() },
  { additionalProperties: false },
);
const Both = Type.Object(
  { secure: Type.Integer(), plain: Type.Integer(), location: Type.String() },
  { additionalProperties: false },
);
const Form = Type.Object(
  {
    page: Type.String(),
    status: Type.Integer(),
    forms: Type.Integer(),
    method: Type.String(),
    action: Type.String(),
    origin: Type.String(),
  },
  { additionalProperties: false },
);
const KINDS = { shake: Shake, both: Both, form: Form, plain: Plain };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const parametersInTransit: Case = {
  id: 'parameters-in-transit',
  topic: 'parameters-in-transit',
  title: 'Looks where each login and password form is sent, and tries every protected port with plain HTTP.',
  ready: communicationCryptography.ready,
  effect: 'reading',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  for (const end of carriers(probe.declaration)) {
    if (!given(probe.target, end.id)) {
      probe.record('blocked', end.id, { because: 'the target file gives no address for it' });
      continue;
    }
    if (isPlain(end.protocol)) await observePlain(probe, end.id, end.protocol);
    if (!isTls(end.protocol)) continue;
    const client = probe.target.clientIdentity === undefined ? 'none' : 'given';
    const reached = await probe.tls.handshake(end.id, { client, ciphers: 'DEFAULT' });
    probe.record('shake', end.id, {
      agreed: reached.ok,
      protocol: reached.ok ? reached.answer.protocol : '',
      trusted: reached.ok && reached.answer.trusted,
      requested: reached.ok ? reached.answer.clientCertificateRequested : reached.clientCertificateRequested === true,
    });
    if (isHttp(end.protocol)) await observeBoth(probe, end.id);
  }
  for (const each of formsOf(probe.declaration)) {
    if (given(probe.target, each.service)) await observeForm(probe, each);
  }
}

async function observeBoth(probe: Probe, id: string): Promise<void> {
  const secure = await probe.http.request(id, { method: 'GET', path: '/' });
  const plain = await probe.http.plain(id, { method: 'GET', path: '/' });
  probe.record(
    'both',
    id,
    {
      secure: secure.ok ? secure.answer.status : 0,
      plain: plain.ok ? plain.answer.status : 0,
      location: plain.ok ? (plain.answer.headers['location'] ?? '').replace(/[?#].*$/s, '') : '',
    },
    [...(secure.ok ? [secure.answer.blob] : []), ...(plain.ok ? [plain.answer.blob] : [])],
  );
}

interface SecretForm {
  readonly id: string;
  readonly service: string;
  readonly page: string;
  readonly path: string;
  readonly mechanism: string | undefined;
}
/** Pages on which a person types a password: each form login, and the declared change of it. */
function formsOf(declaration: Declaration): readonly SecretForm[] {
  const logins = declaration.authenticationMechanisms.flatMap((each) =>
    each.login?.kind === 'form'
      ? each.services.map((service) => ({
          id: each.id,
          service,
          page: each.login?.kind === 'form' ? each.login.page : '/',
          path: each.login?.kind === 'form' ? each.login.path : '/',
          mechanism: undefined,
        }))
      : [],
  );
  const changes = declaration.externalFunctions
    .filter(overHttp)
    .filter(
      (each) =>
        each.request.page !== undefined &&
        // a form that stands there only in a certain state is for the cases to see that bring it about
        onlyWhile(declaration, each) === undefined &&
        each.request.fields.some((field) => field.secret === true || field.role !== undefined),
    )
    .map((each) => ({
      id: each.id,
      service: each.service,
      page: each.request.page ?? '/',
      path: each.request.path,
      mechanism: guardOf(declaration, each)?.id,
    }));
  return [...logins, ...changes];
}

async function observeForm(probe: Probe, form: SecretForm): Promise<void> {
  const session = form.mechanism === undefined ? undefined : await probe.login.shared(form.mechanism);
  const reached = await probe.http.request(form.service, {
    method: 'GET',
    path: form.page,
    headers: { ...session?.headers, accept: 'text/html' },
    cookies: session?.cookies ?? {},
  });
  const base = new URL(form.page, urlOf(probe.target, form.service)?.href);
  const status = reached.ok ? reached.answer.status : 0;
  const forms = (reached.ok ? readForms(reached.answer.body) : []).filter((each) =>
    each.inputs.some((input) => input.type === 'password'),
  );
  const blobs = reached.ok ? [reached.answer.blob] : [];
  if (forms.length === 0)
    probe.record(
      'form',
      form.id,
      { page: form.page, status, forms: 0, method: '', action: '', origin: base.origin },
      blobs,
    );
  for (const each of forms) {
    const action = URL.canParse(each.action, base.href)
      ? new URL(each.action === '' ? base.href : each.action, base.href).origin
      : 'unreadable';
    probe.record(
      'form',
      form.id,
      { page: form.page, status, forms: forms.length, method: each.method, action, origin: base.origin },
      blobs,
    );
  }
}

/** Ends over which secrets pass: what guards itself with a mechanism, and what a mechanism with parameters leads to. */
function carriers(declaration: Declaration): readonly End[] {
  const guarded = new Set(
    declaration.softwareServices.filter((each) => each.authentication.length > 0).map((each) => each.id),
  );
  for (const each of declaration.communicationMechanisms) {
    if (each.parameters.length > 0 && each.service !== undefined) guarded.add(each.service);
  }
  return endsOf(declaration).filter((end) => guarded.has(end.id));
}

// EN 303 645 5.5-6, 5.5-7, G044 6.5.6, 6.5.7: secrets are encrypted on their way.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const blocked = new Set(parts.flatMap((part) => part.uncovered ?? []).map((text) => text.split(':')[0]));
  const ends = carriers(seen.declaration).filter((end) => !blocked.has(end.id));
  const forms = formsOf(seen.declaration).filter((form) => !blocked.has(form.service));
  return weigh(
    [
      ...parts,
      ...ends.map((end) => judgeEnd(seen.declaration, end, rows)),
      ...forms.map((form) => judgeForm(form, rows)),
    ],
    'no service is declared that carries credentials or keys',
  );
}

function judgeEnd(declaration: Declaration, end: End, rows: Rows): Part {
  if (isPlain(end.protocol)) return judgePlain(declaration, end, true, rows.plain);
  if (!isTls(end.protocol)) return open(`${end.id}: how secrets are protected over ${end.protocol}`);
  const shakes = of(rows.shake, end.id);
  const both = of(rows.both, end.id);
  const served = both.filter(
    (row) => row.data.plain > 0 && row.data.plain < 400 && !/^https:/i.test(row.data.location),
  );
  if (served.length > 0)
    return fail(`${end.id} answers plain HTTP on the port that is declared as encrypted`, idsOf(served));
  const agreed = shakes.filter((row) => row.data.agreed && /^TLSv1\.[23]$/.test(row.data.protocol));
  if (shakes.some((row) => row.data.agreed) && agreed.length === 0)
    return fail(`${end.id} agrees to no version of TLS that protects secrets`, idsOf(shakes));
  if (agreed.length === 0) return open(`${end.id}: no TLS connection could be made`, idsOf(shakes));
  const controlled =
    !isHttp(end.protocol) || both.some((row) => row.data.secure > 0) || agreed.some((row) => row.data.requested);
  return pass(`${end.id} carries secrets over ${agreed[0]?.data.protocol ?? 'TLS'} only`, idsOf([...agreed, ...both]), [
    ...(controlled ? [] : [`${end.id}: that it answers the same request over HTTPS`]),
    ...(isHttp(end.protocol) && both.length === 0 ? [`${end.id}: whether plain HTTP is refused`] : []),
    ...(agreed.some((row) => row.data.trusted)
      ? []
      : [`${end.id}: whether the certificate is the one that the target file trusts`]),
  ]);
}

function judgeForm(form: SecretForm, rows: Rows): Part {
  const mine = of(rows.form, form.id);
  const shown = mine.filter((row) => row.data.forms > 0);
  const astray = shown.filter((row) => row.data.action !== row.data.origin || row.data.action.startsWith('http:'));
  if (astray.length > 0)
    return fail(
      `the password typed on ${form.page} is sent to ${astray[0]?.data.action ?? 'elsewhere'}`,
      idsOf(astray),
    );
  const inAddress = shown.filter((row) => row.data.method !== 'post');
  if (inAddress.length > 0)
    return fail(`the password typed on ${form.page} is sent in the address of the page`, idsOf(inAddress));
  if (shown.length === 0) return open(`${form.id}: the form on ${form.page} was not seen`, idsOf(mine));
  return pass(`the password typed on ${form.page} goes to the same encrypted place`, idsOf(shown));
}
