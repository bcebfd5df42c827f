import type { AuthenticationMechanism, Declaration, ExternalFunction } from '@hearthward/product';
import type { Probe } from '../../model.ts';
import type { Target } from '../../target.ts';

/** Which mechanisms and functions of a declaration a case of this folder is about. */

export type HttpFunction = ExternalFunction & {
  readonly request: Extract<ExternalFunction['request'], { transport: 'http' }>;
};
export type MqttFunction = ExternalFunction & {
  readonly request: Extract<ExternalFunction['request'], { transport: 'mqtt' }>;
};
type Ready = { readonly ok: true } | { readonly ok: false; readonly because: string };

/** Passwords and PINs with which a client logs in over a network. */
export const passwordMechanisms = (declaration: Declaration): readonly AuthenticationMechanism[] =>
  declaration.authenticationMechanisms.filter(
    (each) => (each.factor === 'password' || each.factor === 'pin') && each.login !== undefined,
  );
export const userPasswords = (declaration: Declaration): readonly AuthenticationMechanism[] =>
  passwordMechanisms(declaration).filter((each) => each.subject === 'user');
export const withSession = (declaration: Declaration): readonly AuthenticationMechanism[] =>
  passwordMechanisms(declaration).filter((each) => each.session !== undefined);

/** At least one of these mechanisms has an account in the target file. */
export function accountFor(
  mechanisms: (declaration: Declaration) => readonly AuthenticationMechanism[],
  none: string,
): (declaration: Declaration, target: Target) => Ready {
  return (declaration, target) => {
    const wanted = mechanisms(declaration);
    if (wanted.length === 0) return { ok: false, because: none };
    if (wanted.some((each) => target.accounts?.[each.id] !== undefined)) return { ok: true };
    return {
      ok: false,
      because: `the target file gives no account for ${wanted.map((each) => each.id).join(', ')}`,
    };
  };
}

/** As `accountFor`, and the target's owner allows settings to be changed and put back. */
export function accountAndChanges(
  mechanisms: (declaration: Declaration) => readonly AuthenticationMechanism[],
  none: string,
): (declaration: Declaration, target: Target) => Ready {
  const account = accountFor(mechanisms, none);
  return (declaration, target) =>
    target.authorisation.changes
      ? account(declaration, target)
      : { ok: false, because: 'the target’s authorisation does not allow settings to be changed and put back' };
}

/** Mechanisms that have an account; each that has none is recorded as blocked, so that no judge forgets it. */
export function reachable(
  probe: Probe,
  mechanisms: readonly AuthenticationMechanism[],
): readonly AuthenticationMechanism[] {
  return mechanisms.filter((each) => {
    if (probe.target.accounts?.[each.id] !== undefined) return true;
    probe.record('blocked', each.id, { because: 'the target file gives no account for it' });
    return false;
  });
}

export const overHttp = (each: ExternalFunction): each is HttpFunction => each.request.transport === 'http';
export const overMqtt = (each: ExternalFunction): each is MqttFunction => each.request.transport === 'mqtt';

/** Read functions behind a mechanism; those whose answer can be told apart by a text come first. */
export const readersBehind = (declaration: Declaration, mechanism: AuthenticationMechanism): readonly HttpFunction[] =>
  declaration.externalFunctions
    .filter(overHttp)
    .filter((each) => each.kind === 'read' && mechanism.services.includes(each.service))
    .filter((each) => each.publicBecause === undefined)
    .sort((a, b) => Number(b.success.contains !== undefined) - Number(a.success.contains !== undefined));

/** The mechanism that guards a function’s service. */
export const guardOf = (declaration: Declaration, each: ExternalFunction): AuthenticationMechanism | undefined =>
  passwordMechanisms(declaration).find((mechanism) => mechanism.services.includes(each.service));

/** The state in which alone it does something; undefined where it always does. Cases of their own bring that state about. */
export const onlyWhile = (
  declaration: Declaration,
  { id, onlyWhile: declared }: ExternalFunction,
): string | undefined => {
  if (declared !== undefined) return declared;
  return declaration.updateMechanisms.some(({ controls }) => controls?.apply === id || controls?.postpone === id)
    ? 'an update is offered'
    : undefined;
};
