import type { AuthenticationMechanism, Declaration, UpdateMechanism } from '@hearthward/product';
import type { Case, LoginSession, Probe, ReleaseKind } from '../../model.ts';
import { lacking } from '../lacking.ts';
import { hiddenInputs } from '../../observe/login/forms.ts';
import { answered, type Answered } from '../access/answers.ts';
import { filled } from '../access/accounts/lent.ts';
import { guardOf, overHttp, type HttpFunction } from '../access/subjects.ts';

/** An update mechanism with the functions by which people see and steer it, as far as they are declared over HTTP. */
export interface Steered {
  readonly id: string;
  readonly mechanism: UpdateMechanism;
  readonly controls: NonNullable<UpdateMechanism['controls']>;
  readonly status: HttpFunction;
  readonly check: HttpFunction | undefined;
  readonly apply: HttpFunction | undefined;
  readonly postpone: HttpFunction | undefined;
  readonly choose: HttpFunction | undefined;
  readonly guard: AuthenticationMechanism;
}

export function steered(declaration: Declaration): readonly Steered[] {
  const called = (id: string | undefined): HttpFunction | undefined =>
    declaration.externalFunctions.filter(overHttp).find((each) => each.id === id);
  return declaration.updateMechanisms.flatMap((mechanism) => {
    const { controls, id } = mechanism;
    const status = called(controls?.status);
    const guard = status && guardOf(declaration, status);
    if (controls === undefined || status === undefined || guard === undefined) return [];
    const check = called(controls.check);
    const apply = called(controls.apply);
    const postpone = called(controls.postpone);
    const choose = called(controls.choose?.function);
    return [{ id, mechanism, controls, status, check, apply, postpone, choose, guard }];
  });
}

/** What cannot be tried from outside is left open under its name. */
export const unsteered = (declaration: Declaration): readonly UpdateMechanism[] => {
  const known = new Set(steered(declaration).map(({ id }) => id));
  return declaration.updateMechanisms.filter(({ id }) => !known.has(id));
};

/** An account that sees the page; and releases of these kinds, which the owner allows to be offered. */
export const updatesReady =
  (...releases: readonly ReleaseKind[]): Case['ready'] =>
  (declaration, target) => {
    if (declaration.updateMechanisms.length === 0) return { ok: false, because: 'no update mechanism is declared' };
    const found = steered(declaration);
    if (found.length === 0)
      return { ok: false, because: 'no functions are declared by which people see and steer updates' };
    if (!found.some(({ guard }) => target.accounts?.[guard.id]?.password !== undefined))
      return { ok: false, because: 'the target file gives no account that sees the updates' };
    if (releases.length === 0) return { ok: true };
    if (!target.authorisation.changes)
      return { ok: false, because: 'the target’s authorisation does not allow anything to be changed' };
    return releases.some((each) => target.releases?.[each] !== undefined)
      ? { ok: true }
      : { ok: false, because: lacking(target, '/releases', 'how the manufacturer offers releases') };
  };

/** As whoever the account of the target file is; logged in anew where a restart has ended the session. */
export async function within(probe: Probe, { guard }: Steered): Promise<LoginSession | undefined> {
  return probe.login.shared(guard.id);
}

/** Calls a steering function with what its form says of itself, and the password where it asks for it. */
export async function steer(
  probe: Probe,
  it: Steered,
  each: HttpFunction,
  values: Readonly<Record<string, string>> = {},
  as: { readonly session?: LoginSession | undefined; readonly password?: string } = {},
): Promise<{ readonly answer: Answered; readonly blobs: readonly string[] }> {
  const session = 'session' in as ? as.session : await within(probe, it);
  const password = as.password ?? probe.target.accounts?.[it.guard.id]?.password ?? '';
  const shown = await formValues(probe, each, await within(probe, it));
  const reached = await probe.login.call(each.id, session, {
    ...shown,
    ...filled(each, 'current-password', password),
    ...values,
  });
  return { answer: answered(each, reached), blobs: reached.ok ? [reached.answer.blob] : [] };
}

/** Declared fields that the page fills in by itself: which update it is about, say. */
async function formValues(
  probe: Probe,
  { service, request }: HttpFunction,
  session: LoginSession | undefined,
): Promise<Readonly<Record<string, string>>> {
  if (request.page === undefined || request.fields.length === 0) return {};
  const { cookies, headers } = session ?? { cookies: {}, headers: {} };
  const page = await probe.http.request(service, { method: 'GET', path: request.page, cookies, headers });
  if (!page.ok) return {};
  const hidden = hiddenInputs(page.answer.body, request.page, request.path);
  const declared = new Set(request.fields.map(({ name }) => name));
  return Object.fromEntries(Object.entries(hidden).filter(([name]) => declared.has(name)));
}
