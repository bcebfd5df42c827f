import type { Declaration } from '../schema/declaration.ts';
import { claimedOn, type Check } from './rule.ts';

/** Who may come in. */

/** EN 303 645 5.5-4: open to anyone only where the manufacturer says why that harms nobody. */
export const serviceWithoutAuthentication: Check = function* ({ softwareServices }) {
  for (const [index, it] of softwareServices.entries()) {
    if (it.authentication.length > 0 || isSaid(it.publicBecause)) continue;
    yield {
      path: `/softwareServices/${index}/authentication`,
      message: `anyone may use "${it.id}", and no reason is given`,
    };
  }
};

/** EN 303 645 5.5-5: what changes security is never open to anyone. */
export const openSecurityChange: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'change-authentication');
  if (claimed === '') return;
  const open = new Set(declaration.softwareServices.filter((it) => it.authentication.length === 0).map((it) => it.id));
  for (const [index, it] of declaration.externalFunctions.entries()) {
    if (!it.securityRelevant || it.kind === 'read' || isSaid(it.publicBecause) || !open.has(it.service)) continue;
    const path = `/externalFunctions/${index}/securityRelevant`;
    yield { path, message: `anyone may call "${it.id}" on "${it.service}", yet ${claimed} is claimed` };
  }
};

/** EN 303 645 5.1-1: one value on every device opens them all. */
export const universalPassword: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'password-unique');
  if (claimed === '') return;
  for (const [index, it] of declaration.authenticationMechanisms.entries()) {
    if (!isPassword(it) || it.initialValue.kind !== 'universal') continue;
    const path = `/authenticationMechanisms/${index}/initialValue/kind`;
    yield { path, message: `"${it.id}" is the same on every device, yet ${claimed} is claimed` };
  }
};

/** EN 303 645 5.1-2: a reader must be able to judge how the value on the label comes about. */
export const passwordWithoutGeneration: Check = function* ({ authenticationMechanisms }) {
  for (const [index, { id, initialValue }] of authenticationMechanisms.entries()) {
    if (initialValue.kind !== 'unique-per-device') continue;
    const path = `/authenticationMechanisms/${index}/initialValue`;
    if (!isSaid(initialValue.generation)) {
      yield { path: `${path}/generation`, message: `how the first value of "${id}" is made is not said` };
    }
  }
};

/** EN 303 645 5.1-4: users can change what they log in with. */
export const passwordWithoutChange: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'authentication-value-change');
  if (claimed === '') return;
  for (const [index, it] of declaration.authenticationMechanisms.entries()) {
    if (it.subject !== 'user' || it.change !== undefined) continue;
    const path = `/authenticationMechanisms/${index}/change`;
    yield { path, message: `"${it.id}" names no function that changes its value, yet ${claimed} is claimed` };
  }
};

/** EN 303 645 5.1-5, G045 AU-1-3: guessing over a network is slowed down. */
export const unlimitedGuessing: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'brute-force');
  if (claimed === '') return;
  const services = new Set(declaration.softwareServices.map((it) => it.id));
  for (const [index, it] of declaration.authenticationMechanisms.entries()) {
    if (!isGuessable(it) || it.bruteForce !== undefined || !it.services.some((id) => services.has(id))) continue;
    const path = `/authenticationMechanisms/${index}/bruteForce`;
    yield { path, message: `"${it.id}" declares nothing against guessing, yet ${claimed} is claimed` };
  }
};

/** EN 303 645 5.1-1: a set-up replaces a value that a unit is delivered with, by inputs that can be told apart. */
export const setUpUnclear: Check = function* ({ authenticationMechanisms }) {
  for (const [index, { id, setUp, initialValue }] of authenticationMechanisms.entries()) {
    if (setUp === undefined) continue;
    const path = `/authenticationMechanisms/${index}/setUp`;
    if (initialValue.kind !== 'unique-per-device' && initialValue.kind !== 'universal') {
      yield { path, message: `"${id}" has no initial value that a set-up could ask for` };
    }
    const { initialPassword, password, repeat } = setUp.fields;
    const names = [
      initialPassword,
      password,
      ...(repeat === undefined ? [] : [repeat]),
      ...Object.keys(setUp.others ?? {}),
    ];
    for (const name of new Set(names.filter((each, at) => names.indexOf(each) !== at))) {
      yield { path: `${path}/fields`, message: `two inputs of the set-up are called "${name}"` };
    }
  }
};

/** EN 303 645 5.1-3: a second factor stands behind a first one that users come in with, wherever it guards. */
export const secondFactorUnclear: Check = function* ({
  authenticationMechanisms,
  softwareServices,
  associatedServices,
}) {
  const known = new Set([...softwareServices, ...associatedServices].map(({ id }) => id));
  for (const [index, it] of authenticationMechanisms.entries()) {
    if (it.secondTo === undefined) continue;
    const path = `/authenticationMechanisms/${index}`;
    const first = authenticationMechanisms.find(({ id }) => id === it.secondTo);
    if (first === undefined) continue;
    if (first.subject !== 'user' || first.secondTo !== undefined) {
      yield { path: `${path}/secondTo`, message: `"${it.secondTo}" is no first mechanism that users come in with` };
      continue;
    }
    for (const [n, service] of it.services.entries()) {
      if (first.services.includes(service) || !known.has(service)) continue;
      yield {
        path: `${path}/services/${n}`,
        message: `"${first.id}", after which it is asked, does not guard "${service}"`,
      };
    }
    for (const [n, service] of softwareServices.entries()) {
      const at = service.authentication.indexOf(it.id);
      if (at === -1) continue;
      yield {
        path: `/softwareServices/${n}/authentication/${at}`,
        message: `"${it.id}" opens nothing alone: it comes after "${first.id}"`,
      };
    }
  }
};

/** Limits that contradict each other bind nobody. */
export const limitsOutOfOrder: Check = function* ({ authenticationMechanisms }) {
  for (const [index, { bruteForce, rules, session }] of authenticationMechanisms.entries()) {
    const path = `/authenticationMechanisms/${index}`;
    if (bruteForce && bruteForce.firstDelaySeconds > bruteForce.longestDelaySeconds) {
      yield { path: `${path}/bruteForce/firstDelaySeconds`, message: 'the first delay is longer than the longest' };
    }
    if (rules && rules.minimumLength > rules.maximumLength) {
      yield { path: `${path}/rules/minimumLength`, message: 'the shortest password is longer than the longest' };
    }
    if (session && session.idleSeconds > session.absoluteSeconds) {
      yield { path: `${path}/session/idleSeconds`, message: 'an idle session would outlive its absolute end' };
    }
  }
};

/** G045 AU-1-7: an offer to end a session is for products that admit one administrator, in a form that a client can follow. */
export const secondLoginUnclear: Check = function* ({ authenticationMechanisms }) {
  for (const [index, { id, login, session }] of authenticationMechanisms.entries()) {
    if (session?.secondLogin === undefined) continue;
    const path = `/authenticationMechanisms/${index}/session/secondLogin`;
    if (session.administrators === 'many') {
      yield { path, message: `"${id}" admits many administrators, so that a second login ends nothing` };
    }
    if (session.secondLogin.kind !== 'offers') continue;
    if (login?.kind !== 'form') yield { path, message: `"${id}" offers a form, but its login is none` };
    if (session.secondLogin.value === session.secondLogin.decline) {
      yield { path: `${path}/decline`, message: `taking and declining the offer of "${id}" are one value` };
    }
  }
};

/** IXIT 18-AccCtrl: behind a login, each function is granted to a role. */
export const functionWithoutRole: Check = function* ({ accessControls, externalFunctions, softwareServices }) {
  const granted = new Set(accessControls.flatMap((it) => it.functions));
  const guarded = new Set(softwareServices.filter((it) => it.authentication.length > 0).map((it) => it.id));
  for (const [index, it] of externalFunctions.entries()) {
    if (granted.has(it.id) || !guarded.has(it.service) || isSaid(it.publicBecause)) continue;
    yield { path: `/externalFunctions/${index}/id`, message: `no role of the access controls may call "${it.id}"` };
  }
};

/** G045 AU-1-6: a role that may call nothing is a mistake or a leftover. */
export const roleWithoutFunctions: Check = function* ({ accessControls }) {
  for (const [index, { role, functions }] of accessControls.entries()) {
    if (functions.length > 0) continue;
    yield { path: `/accessControls/${index}/functions`, message: `the role "${role}" may call nothing` };
  }
};

/** G045 AU-1-5: an account is given a role that the access controls know. */
export const roleUnknown: Check = function* ({ accessControls, externalFunctions }) {
  const known = new Set(accessControls.map((it) => it.role));
  for (const [index, { request }] of externalFunctions.entries()) {
    if (request.transport !== 'http') continue;
    for (const [at, field] of request.fields.entries()) {
      const unknown = field.role === 'account-role' ? (field.choices ?? []).filter((each) => !known.has(each)) : [];
      const path = `/externalFunctions/${index}/request/fields/${at}/choices`;
      for (const role of unknown) yield { path, message: `no access control says what the role "${role}" may call` };
    }
  }
};

const CHANGES_ACCOUNTS = new Set(['add-account', 'remove-account', 'change-role', 'set-pin', 'lock-pin']);

/** G045 AU-1-6: who gives rights could give themselves all of them, so that this is no right of a guest. */
export const accountsChangedByGuests: Check = function* (declaration) {
  const changing = new Set(
    declaration.externalFunctions.filter((it) => CHANGES_ACCOUNTS.has(it.purpose ?? '')).map((it) => it.id),
  );
  for (const [index, { role, functions }] of declaration.accessControls.entries()) {
    if (!LEAST.has(role)) continue;
    for (const [at, id] of functions.entries()) {
      if (!changing.has(id)) continue;
      yield { path: `/accessControls/${index}/functions/${at}`, message: `the role "${role}" may call "${id}"` };
    }
  }
};
const LEAST = new Set(['guest', 'installer', 'service']);

/** IXIT 13-SoftServ: a service and the mechanisms that guard it name each other. */
export const guardNotMutual: Check = function* ({ authenticationMechanisms, softwareServices }) {
  const guards = new Map(authenticationMechanisms.map((it) => [it.id, it.services]));
  for (const [index, it] of softwareServices.entries()) {
    for (const [n, mechanism] of it.authentication.entries()) {
      const guarded = guards.get(mechanism);
      if (guarded === undefined || guarded.includes(it.id)) continue;
      const path = `/softwareServices/${index}/authentication/${n}`;
      yield { path, message: `"${mechanism}" does not name "${it.id}" among the services that it guards` };
    }
  }
};

const isPassword = (it: Declaration['authenticationMechanisms'][number]): boolean =>
  it.factor === 'password' || it.factor === 'pin';

const isGuessable = (it: Declaration['authenticationMechanisms'][number]): boolean =>
  isPassword(it) || it.factor === 'one-time-code';

const isSaid = (text: string | undefined): boolean => text !== undefined && text.trim() !== '';
