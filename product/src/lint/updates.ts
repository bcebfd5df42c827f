import type { Declaration, ExternalFunction, UpdateMechanism } from '../schema/declaration.ts';
import { claimedOn, isEncrypted, type Check, type Finding } from './rule.ts';

/** How new software comes: what a mechanism says of itself holds together, and is what its claims need. */

const MECHANISMS = '/updateMechanisms';
const each = function* ({ updateMechanisms }: Declaration): Generator<readonly [path: string, it: UpdateMechanism]> {
  for (const [index, it] of updateMechanisms.entries()) yield [`${MECHANISMS}/${index}`, it];
};

/** EN 303 645 5.3-10: what comes over a network comes over a declared way, and is known by declared keys. */
export const networkUpdateUnfounded: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'update-trust');
  if (claimed === '') return;
  for (const [path, { id, overNetwork, over, parameters }] of each(declaration)) {
    if (!overNetwork) continue;
    if (over === undefined)
      yield { path: `${path}/over`, message: `"${id}" does not say how its updates come, yet ${claimed} is claimed` };
    if (parameters === undefined || parameters.length === 0)
      yield {
        path: `${path}/parameters`,
        message: `"${id}" names no key by which an update is known, yet ${claimed} is claimed`,
      };
  }
};

/** EN 303 645 5.3-7: and nobody reads or changes it on the way. */
export const updatesInTheClear: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'update-cryptography');
  if (claimed === '') return;
  for (const [path, { id, over }] of each(declaration)) {
    const way = declaration.communicationMechanisms.find((one) => one.id === over);
    if (way === undefined || isEncrypted(way)) continue;
    yield {
      path: `${path}/over`,
      message: `the updates of "${id}" come over "${way.id}" in the clear, yet ${claimed} is claimed`,
    };
  }
};

/** EN 303 645 5.3-6: what happens by itself, or tells of itself, can be switched off for each kind of update. */
export const automaticWithoutControl: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'update-control');
  if (claimed === '') return;
  for (const [path, { id, automatic, notifications, kinds = ['security'], controls }] of each(declaration)) {
    const choices = controls?.choose?.choices ?? [];
    const offered = { automatic, notices: notifications };
    const missing = (['automatic', 'notices'] as const).flatMap((what) =>
      kinds
        .filter((kind) => offered[what] && !choices.some((one) => one.what === what && one.kind === kind))
        .map((kind) => `${what} (${kind})`),
    );
    if (missing.length > 0)
      yield {
        path: `${path}/controls`,
        message: `nobody can choose with "${id}": ${missing.join(', ')}; yet ${claimed} is claimed`,
      };
    else if (automatic && controls?.postpone === undefined)
      yield {
        path: `${path}/controls`,
        message: `nobody can put off what "${id}" installs, yet ${claimed} is claimed`,
      };
  }
};

/** EN 303 645 5.3-3: what is installed by hand takes little. */
export const updateNotSimple: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'update-simple');
  if (claimed === '') return;
  for (const [path, { id, simpleSteps = 0 }] of each(declaration)) {
    if (simpleSteps <= MOST_STEPS) continue;
    const message = `"${id}" takes ${simpleSteps} steps where ${MOST_STEPS} are simple, yet ${claimed} is claimed`;
    yield { path: `${path}/simpleSteps`, message };
  }
};
/** as many as a change of a password may take (TS 103 701, 5.1-4): to the page, the press, and who it is */
const MOST_STEPS = 3;

/** EN 303 645 5.3-5: after the set-up and then often enough that a repair comes while it matters. */
export const checksTooSeldom: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'update-check');
  if (claimed === '') return;
  for (const [path, { id, checks }] of each(declaration)) {
    if (checks === undefined) continue;
    if (!checks.afterInitialisation)
      yield {
        path: `${path}/checks/afterInitialisation`,
        message: `"${id}" does not look after the set-up, yet ${claimed} is claimed`,
      };
    if (checks.everyHours > A_WEEK)
      yield {
        path: `${path}/checks/everyHours`,
        message: `"${id}" looks once in ${checks.everyHours} hours, yet ${claimed} is claimed`,
      };
  }
};
const A_WEEK = 168;

/** EN 303 645 5.3-2: whoever can put an old version back has its old holes. */
export const olderInstalled: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'update-mechanism');
  if (claimed === '') return;
  for (const [path, { id, olderVersions }] of each(declaration)) {
    if (olderVersions !== 'installed') continue;
    yield { path: `${path}/olderVersions`, message: `"${id}" installs older versions, yet ${claimed} is claimed` };
  }
};

/** G045 PL-2-1: who installs is somebody with a role, who has just said again who they are. */
export const updateUnauthorised: Check = function* (declaration) {
  const claimed = claimedOn(declaration, 'update-authorisation');
  if (claimed === '') return;
  for (const [path, { controls }] of each(declaration)) {
    const apply = declaration.externalFunctions.find((one) => one.id === controls?.apply);
    if (apply === undefined) continue;
    const asks =
      apply.request.transport === 'http' && apply.request.fields.some((field) => field.role === 'current-password');
    if (apply.securityRelevant && apply.publicBecause === undefined && asks) continue;
    const message = `"${apply.id}" installs and does not ask who it is that wants it, yet ${claimed} is claimed`;
    yield { path: `${path}/controls/apply`, message };
  }
};

/** IXIT 7-UpdMech: the functions do what they are named for, and their fields are there. */
export const updateControlsUnclear: Check = function* (declaration) {
  const functions = new Map(declaration.externalFunctions.map((one) => [one.id, one]));
  for (const [path, { controls }] of each(declaration)) {
    if (controls === undefined) continue;
    const { status, choose } = controls;
    yield* notOfKind(functions.get(status), 'read', `${path}/controls/status`);
    for (const name of ['check', 'apply', 'postpone'] as const)
      yield* notOfKind(functions.get(controls[name] ?? ''), 'change', `${path}/controls/${name}`);
    if (choose === undefined) continue;
    const by = functions.get(choose.function);
    yield* notOfKind(by, 'change', `${path}/controls/choose/function`);
    if (by?.request.transport !== 'http') continue;
    for (const [n, { field, on, off }] of choose.choices.entries()) {
      const taken = by.request.fields.find(({ name }) => name === field);
      const at = `${path}/controls/choose/choices/${n}`;
      if (taken === undefined) yield { path: `${at}/field`, message: `"${by.id}" has no field "${field}"` };
      else if (on === off || [on, off].some((value) => taken.choices?.includes(value) === false))
        yield { path: at, message: `"${field}" cannot be both "${on}" and "${off}"` };
    }
  }
};

function* notOfKind(by: ExternalFunction | undefined, kind: 'read' | 'change', path: string): Generator<Finding> {
  if (by !== undefined && by.kind !== kind) yield { path, message: `"${by.id}" is no ${kind} function` };
}

/** EN 303 645 5.3-1: cryptography that can be replaced is in a component that can be updated. */
export const cryptographyNotUpdateable: Check = function* ({ softwareComponents }) {
  for (const [index, { id, cryptography, updateMechanism }] of softwareComponents.entries()) {
    if (cryptography?.updateable !== true || updateMechanism !== undefined) continue;
    const path = `/softwareComponents/${index}/cryptography/updateable`;
    yield { path, message: `the cryptography of "${id}" is updateable, and "${id}" is not` };
  }
};
