import type { AuthenticationMechanism } from '@hearthward/product';
import { fail, fault, idsOf, of, open, pass, type Part, type Reading } from '../evidence.ts';
import { isUsed, type Rows, type Use } from './forced-evidence.ts';

/** What the observations of one mechanism say of the forced change. Pure. */

/** G045 AU-1-1: nothing works by the initial password but to replace it, and then it opens nothing any more. */
export function judgeForce(mechanism: AuthenticationMechanism, rows: Rows): Part {
  const name = mechanism.id;
  const uses = of(rows.use, name);
  const by = (when: Use['when']) => uses.filter((row) => row.data.when === when);
  const logins = of(rows['factory-login'], name);
  const initial = of(rows.initial, name);
  const replaced = of(rows.replaced, name);
  // a unit in use has had its initial password replaced; of one in factory default that is first seen
  const other = replaced.length === 0 || of(rows.renewed, name).some((row) => row.data.outcome.kind === 'in');
  const entered = initial.filter((row) => other && row.data.outcome.kind === 'in');
  if (entered.length > 0)
    return fail(`${name}: the initial password still works after it was replaced`, idsOf(entered));
  const early = by('before').filter((row) => isUsed(row.data));
  if (early.length > 0) {
    return fail(`${name}: the product can be used before its initial password is changed`, idsOf(early));
  }
  const kept = replaced.filter((row) => row.data.given === 'initial');
  const still = by('still').filter((row) => isUsed(row.data));
  if (still.length > 0) {
    return fail(`${name}: the initial password is accepted as the new one`, idsOf([...kept, ...still]));
  }
  const { initialValue } = mechanism;
  if (initialValue.kind === 'unique-per-device' && !initialValue.mustBeChanged && logins.length + initial.length > 0) {
    return fail(
      `${name}: its declaration does not ask for the initial password to be changed`,
      idsOf([...logins, ...initial]),
    );
  }
  if (logins.length === 0 && uses.length === 0) {
    return open(`${name}: that a unit in factory default asks for a new password before anything else`, idsOf(initial));
  }
  const missing = missingOf(mechanism, rows);
  const evidence = [
    ...logins,
    ...of(rows['factory-set-up'], name),
    ...uses,
    ...replaced,
    ...of(rows.renewed, name),
    ...initial,
  ];
  const because = `${name}: nothing can be read before the initial password is replaced by another, and then it opens nothing`;
  return missing.length === 0
    ? pass(because, idsOf(evidence))
    : { ...open(missing[0] ?? because, idsOf(evidence)), uncovered: missing };
}

/** What of a unit in factory default was not seen; nothing where all of it was. */
function missingOf(mechanism: AuthenticationMechanism, rows: Rows): readonly string[] {
  const name = mechanism.id;
  const replaced = of(rows.replaced, name);
  const all = <T>(seen: readonly Reading<T>[], good: (data: T) => boolean): boolean =>
    seen.length > 0 && seen.every((row) => good(row.data));
  const logins = of(rows['factory-login'], name);
  const asked = all(of(rows['factory-set-up'], name), (data) => data.asked);
  const admitted = logins.some((row) => row.data.outcome.kind === 'in');
  const given = (which: 'initial' | 'strong') => replaced.filter((row) => row.data.given === which);
  const claims: readonly (readonly [boolean, string])[] = [
    [all(logins, ({ outcome }) => outcome.kind !== 'unreachable'), 'what the login says to the initial password'],
    [
      mechanism.setUp === undefined ? admitted : asked,
      'that a new password is asked for once the initial one was given',
    ],
    [refusedUntil(mechanism, rows, 'before'), 'that nothing works before the initial password is changed'],
    [
      all(given('initial'), (data) => data.sent && data.answer === 'refused') && refusedUntil(mechanism, rows, 'still'),
      'that the initial password is refused as the new one',
    ],
    [
      all(given('strong'), (data) => data.sent && data.answer === 'taken') &&
        all(of(rows.renewed, name), ({ outcome }) => outcome.kind === 'in'),
      'that another password is accepted as the new one',
    ],
    [
      all(of(rows.initial, name), ({ outcome }) => outcome.kind === 'refused'),
      'that the initial password is refused after it was replaced',
    ],
  ];
  return claims.filter(([seen]) => !seen).map(([, what]) => `${name}: ${what}`);
}

/** Each function that works by the new password was refused by the initial one; each that was tried works in the end. */
function refusedUntil(mechanism: AuthenticationMechanism, rows: Rows, when: 'before' | 'still'): boolean {
  const uses = of(rows.use, mechanism.id);
  const tried = uses.filter((row) => row.data.when === when);
  const works = new Set(
    uses.filter((row) => row.data.when === 'after' && isUsed(row.data)).map((row) => row.data.function),
  );
  const refused = tried.filter(({ data }) => data.answer.reached && !isUsed(data));
  const seen = new Set(refused.map((row) => row.data.function));
  return (
    refused.length === tried.length &&
    works.size > 0 &&
    works.size === seen.size &&
    [...works].every((each) => seen.has(each))
  );
}

/** G045 AU-1-1: the new password differs from the one before; seen on a unit in use. */
export function judgeDifference(mechanism: AuthenticationMechanism, rows: Rows): readonly Part[] {
  const name = mechanism.id;
  const again = of(rows['same-again'], name);
  const strong = of(rows.strong, name);
  const lost = strong.filter((row) => !row.data.restored);
  if (lost.length > 0) return [fault(`${name}: the account’s password could not be put back`, idsOf(lost))];
  const kept = again.filter((row) => row.data.answer.success || !row.data.entered);
  if (kept.length > 0) {
    const asked = kept.map((row) => row.data.asked).join(' and the ');
    return [fail(`${name}: the ${asked} password is accepted as the new one`, idsOf(kept))];
  }
  // A unit in factory default shows it by its initial password, which is the one before; `judgeForce` says so.
  if (of(rows.replaced, name).length > 0 && again.length + strong.length === 0) return [];
  const control = strong.filter((row) => row.data.entered && row.data.answer.success);
  const asked = again.filter((row) => row.data.answer.reached).map((row) => row.data.asked);
  if (control.length === 0 || !asked.includes('current')) {
    return [open(`${name}: that the new password must differ from the one before`, idsOf(again))];
  }
  return [pass(`${name}: a new password must differ from the one before`, idsOf([...again, ...control]))];
}
