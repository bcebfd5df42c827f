import { randomInt } from 'node:crypto';
import type { AuthenticationMechanism, Declaration, ExternalFunction } from '@hearthward/product';
import type { LoginOutcome, LoginSession, Probe } from '../../../model.ts';
import { textOf } from '../../../observe/login/forms.ts';
import { answered, blobsOf, type Answered } from '../answers.ts';
import { lengthFor } from '../passwords/changing.ts';
import { signIn, strongPassword } from '../signing-in.ts';
import { overHttp, userPasswords, type HttpFunction } from '../subjects.ts';

/** An account that a case adds by the declared functions, uses and removes again. */
export interface Lent {
  readonly name: string;
  /** what adding it was answered with */
  readonly added: Answered;
  readonly blobs: readonly string[];
  /** the first login with the password that was given for it */
  readonly first: LoginOutcome | undefined;
  /** the password that was chosen at the first login */
  readonly password: string;
  readonly session: LoginSession | undefined;
  readonly owner: LoginSession;
  readonly remove: () => Promise<Answered>;
}

/** A mechanism with functions that add and remove its accounts. */
export interface Managed {
  readonly mechanism: AuthenticationMechanism;
  readonly add: HttpFunction;
  readonly remove: HttpFunction;
}

export function managed(declaration: Declaration): readonly Managed[] {
  const called = (mechanism: AuthenticationMechanism, purpose: ExternalFunction['purpose']) =>
    declaration.externalFunctions
      .filter(overHttp)
      .find((each) => each.purpose === purpose && mechanism.services.includes(each.service));
  return userPasswords(declaration).flatMap((mechanism) => {
    const add = called(mechanism, 'add-account');
    const remove = called(mechanism, 'remove-account');
    return add && remove ? [{ mechanism, add, remove }] : [];
  });
}
export const managedMechanisms = (declaration: Declaration): readonly AuthenticationMechanism[] =>
  managed(declaration).map(({ mechanism }) => mechanism);

/** Undefined, with the reason recorded, where the account that the target file gives cannot come in or add one. */
export async function lend(
  probe: Probe,
  { mechanism, add, remove }: Managed,
  role: string | undefined,
): Promise<Lent | undefined> {
  const current = probe.target.accounts?.[mechanism.id]?.password;
  const into = await signIn(probe, mechanism);
  if (into.kind !== 'in' || current === undefined) {
    probe.record('blocked', mechanism.id, { because: 'the account of the target file does not come in' });
    return undefined;
  }
  const owner = into.session;
  const name = `guest${randomInt(100_000, 1_000_000)}`;
  const reached = await probe.login.call(add.id, owner, {
    ...filled(add, 'account-name', name),
    ...filled(add, 'current-password', current),
    ...(role === undefined ? {} : filled(add, 'account-role', role)),
  });
  const added = answered(add, reached);
  const initial = reached.ok ? givenPassword(add, reached.answer.body) : undefined;
  const password = strongPassword(probe, lengthFor(mechanism));
  const begun = initial === undefined ? undefined : await begin(probe, mechanism, { name, initial, password });
  return {
    name,
    added,
    blobs: blobsOf(reached),
    first: begun?.first,
    password,
    session: begun?.session,
    owner,
    remove: async () =>
      answered(
        remove,
        await probe.login.call(remove.id, owner, {
          ...filled(remove, 'account-name', name),
          ...filled(remove, 'current-password', current),
        }),
      ),
  };
}

/** First login, and the change that a product may ask for before anything else. */
async function begin(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  { name, initial, password }: { readonly name: string; readonly initial: string; readonly password: string },
): Promise<{ readonly first: LoginOutcome; readonly session: LoginSession | undefined }> {
  const first = await probe.login.attempt(mechanism.id, { user: name, password: initial });
  if (first.kind !== 'in') return { first, session: undefined };
  const change = probe.declaration.externalFunctions
    .filter(overHttp)
    .find((each) => each.id === mechanism.change?.function);
  if (change === undefined) return { first, session: first.session };
  await probe.login.call(change.id, first.session, {
    ...filled(change, 'current-password', initial),
    ...filled(change, 'new-password', password),
    ...filled(change, 'repeat-password', password),
  });
  const again = await probe.login.attempt(mechanism.id, { user: name, password });
  return { first, session: again.kind === 'in' ? again.session : undefined };
}

type Role = NonNullable<HttpFunction['request']['fields'][number]['role']>;
export function filled(each: HttpFunction, role: Role, value: string): Readonly<Record<string, string>> {
  const field = each.request.fields.find((candidate) => candidate.role === role);
  return field === undefined ? {} : { [field.name]: value };
}

const givenPassword = ({ success: { shows } }: HttpFunction, body: string): string | undefined =>
  shows === undefined ? undefined : textOf(body, shows.element);
