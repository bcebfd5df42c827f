import { Type } from 'typebox';
import type { AuthenticationMechanism, Declaration } from '@hearthward/product';
import type { Case, HttpAnswer, Judgement, Probe, Seen } from '../../../model.ts';
import { inputsOf } from '../answers.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../evidence.ts';
import { mayFail, RESERVE, strongPassword } from '../signing-in.ts';
import { accountFor, userPasswords, type HttpFunction } from '../subjects.ts';
import { changeFunction } from './changing.ts';

/** Inputs that take a password hide it, and no answer shows it again. */
const Input = Type.Object(
  {
    page: Type.Union([Type.Literal('login'), Type.Literal('change')]),
    name: Type.String(),
    found: Type.Boolean(),
    type: Type.String(),
    autocomplete: Type.String(),
    filled: Type.Boolean(),
  },
  { additionalProperties: false },
);
const Echo = Type.Object({ status: Type.Integer(), echoed: Type.Boolean() }, { additionalProperties: false });
const KINDS = { input: Input, echo: Echo };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

/** HTML, autofill field names: these let a password manager help without showing the value elsewhere. */
const DISCREET = ['', 'off', 'current-password', 'new-password'];

export const passwordMasking: Case = {
  id: 'password-masking',
  topic: 'password-masking',
  title: 'Reads the login and password pages: every password input is masked, empty, and never shown again.',
  ready: accountFor(forms, 'no login form is declared'),
  effect: 'reading',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  for (const mechanism of forms(probe.declaration)) {
    const login = mechanism.login;
    const service = mechanism.services[0];
    if (login?.kind !== 'form' || service === undefined) continue;
    const page = await probe.http.request(service, { method: 'GET', path: login.page });
    if (page.ok) recordInputs(probe, mechanism.id, 'login', [login.fields.password], page.answer);
    await observeChangePage(probe, mechanism);
    if (!mayFail(probe, RESERVE)) continue;
    const wrong = strongPassword(probe);
    const outcome = await probe.login.attempt(mechanism.id, { password: wrong });
    if (outcome.kind === 'refused') {
      const { status, body, blob } = outcome.answer;
      probe.record('echo', mechanism.id, { status, echoed: body.includes(wrong) }, [blob]);
    }
  }
}

async function observeChangePage(probe: Probe, mechanism: AuthenticationMechanism): Promise<void> {
  const found = changeFunction(probe, mechanism);
  const path = found?.request.page;
  if (found === undefined || path === undefined) return;
  const session = await probe.login.shared(mechanism.id);
  if (session === undefined) return;
  const page = await probe.http.request(found.service, {
    method: 'GET',
    path,
    headers: session.headers,
    cookies: session.cookies,
  });
  if (page.ok) recordInputs(probe, mechanism.id, 'change', secretFields(found), page.answer);
}

function recordInputs(
  probe: Probe,
  subject: string,
  page: 'login' | 'change',
  names: readonly string[],
  answer: HttpAnswer,
): void {
  const inputs = inputsOf(answer.body);
  for (const name of names) {
    const input = inputs.find((each) => each['name'] === name);
    probe.record(
      'input',
      subject,
      {
        page,
        name,
        found: input !== undefined,
        type: (input?.['type'] ?? '').toLowerCase(),
        autocomplete: (input?.['autocomplete'] ?? '').toLowerCase(),
        filled: (input?.['value'] ?? '') !== '',
      },
      [answer.blob],
    );
  }
}

// G045 AU-2-2: a password is masked while it is typed.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const mechanisms = forms(seen.declaration);
  return weigh(
    [...parts, ...mechanisms.map((mechanism) => judgeOne(seen.declaration, mechanism, rows))],
    'no login form is declared',
  );
}

function judgeOne(declaration: Declaration, mechanism: AuthenticationMechanism, rows: Rows): Part {
  const name = mechanism.id;
  const inputs = of(rows.input, name);
  const bad = inputs.filter((row) => row.data.found && faultOf(row.data) !== undefined);
  if (bad.length > 0) {
    return fail(
      bad
        .map((row) => `${name}: the input ${row.data.name} of the ${row.data.page} page ${faultOf(row.data)}`)
        .join('; '),
      idsOf(bad),
    );
  }
  const echoed = of(rows.echo, name).filter((row) => row.data.echoed);
  if (echoed.length > 0) return fail(`${name}: a refused password is shown in the answer`, idsOf(echoed));
  const masked = inputs.filter((row) => row.data.found);
  const uncovered: string[] = [];
  for (const [page, field] of expected(declaration, mechanism)) {
    if (!masked.some((row) => row.data.page === page && row.data.name === field)) {
      uncovered.push(`${name}: the input ${field} of the ${page} page`);
    }
  }
  if (of(rows.echo, name).length === 0) uncovered.push(`${name}: whether a refused password is shown in the answer`);
  if (masked.length === 0) return { ...open(`${name}: no password input was seen`), uncovered };
  return pass(
    `${name}: ${masked.length} password inputs are masked and empty, and no answer repeats one`,
    idsOf([...masked, ...of(rows.echo, name)]),
    uncovered,
  );
}

function faultOf(input: Rows['input'][number]['data']): string | undefined {
  if (input.type !== 'password') return `shows what is typed (type ${input.type === '' ? 'text' : input.type})`;
  if (input.filled) return 'comes with a value';
  return DISCREET.includes(input.autocomplete) ? undefined : `is offered to autofill as ${input.autocomplete}`;
}

function expected(
  declaration: Declaration,
  mechanism: AuthenticationMechanism,
): readonly (readonly ['login' | 'change', string])[] {
  const login = mechanism.login?.kind === 'form' ? [['login', mechanism.login.fields.password] as const] : [];
  const change = declaration.externalFunctions.find((each) => each.id === mechanism.change?.function);
  const fields =
    change?.request.transport === 'http' && change.request.page !== undefined
      ? secretFields(change as HttpFunction)
      : [];
  return [...login, ...fields.map((field) => ['change', field] as const)];
}
const secretFields = (each: HttpFunction): readonly string[] =>
  each.request.fields.filter((field) => field.secret === true || field.role !== undefined).map((field) => field.name);

function forms(declaration: Declaration): readonly AuthenticationMechanism[] {
  return userPasswords(declaration).filter((each) => each.login?.kind === 'form');
}
