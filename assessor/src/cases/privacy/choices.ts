import { Type, type Static } from 'typebox';
import type { AuthenticationMechanism, Declaration } from '@hearthward/product';
import type { Case, LoginSession, Probe } from '../../model.ts';
import { answered, blobsOf, valueAt, type Answered } from '../access/answers.ts';
import { fault, open, type Part, type Reading } from '../access/evidence.ts';
import { guardOf, overHttp, type HttpFunction } from '../access/subjects.ts';

/** What people decide of their data, item by item, as the declaration says that it is decided. */
export interface Choice {
  readonly item: string;
  readonly control: NonNullable<NonNullable<Declaration['personalData'][number]['consent']>['control']>;
  readonly change: HttpFunction;
  /** function that shows the answer, and where it stands there */
  readonly shown: { readonly function: string; readonly field: string };
  readonly mechanism: AuthenticationMechanism;
  /** telemetry fields that carry it */
  readonly fields: Declaration['telemetryData'];
}

export const byConsent = (declaration: Declaration): Declaration['personalData'] =>
  declaration.personalData.filter(({ legalBasis }) => legalBasis === 'consent');

/** Items whose consent a client can give and withdraw, and see. */
export function choicesOf(declaration: Declaration): readonly Choice[] {
  return byConsent(declaration).flatMap(({ id, consent }) => {
    const control = consent?.control;
    const change = declaration.externalFunctions.filter(overHttp).find((each) => each.id === control?.function);
    const mechanism = change && guardOf(declaration, change);
    const shown = control?.shown ?? change?.readBack;
    if (control === undefined || change === undefined || shown === undefined || mechanism === undefined) return [];
    const fields = declaration.telemetryData.filter(({ personalData }) => personalData === id);
    return [{ item: id, control, change, shown, mechanism, fields }];
  });
}

/** Somebody who may choose, on a unit whose choices may be changed and put back. */
export const choicesReady: Case['ready'] = (declaration, target) => {
  if (byConsent(declaration).length === 0) return { ok: false, because: NO_CONSENT };
  const choices = choicesOf(declaration);
  if (choices.length === 0)
    return { ok: false, because: 'no function is declared by which people give and withdraw consent' };
  if (!target.authorisation.changes)
    return { ok: false, because: 'the target’s authorisation does not allow settings to be changed and put back' };
  return choices.some(({ mechanism }) => target.accounts?.[mechanism.id] !== undefined)
    ? { ok: true }
    : { ok: false, because: 'the target file gives no account for it' };
};
export const NO_CONSENT = 'no personal data is declared that rests on consent';

/** What the product shows of a choice; undefined where it shows nothing. */
export async function shownOf(probe: Probe, { shown }: Choice, session: LoginSession): Promise<string | undefined> {
  const reached = await probe.login.call(shown.function, session);
  return reached.ok ? valueAt(reached.answer.body, shown.field) : undefined;
}

/** Decides this one and leaves the others of the same form as the product shows them. */
export async function decide(
  probe: Probe,
  choice: Choice,
  session: LoginSession,
  value: string,
): Promise<{ readonly answer: Answered; readonly shown: string | undefined; readonly blobs: readonly string[] }> {
  const others: Record<string, string> = {};
  for (const other of choicesOf(probe.declaration)) {
    if (other.change.id !== choice.change.id || other.item === choice.item) continue;
    const shown = await shownOf(probe, other, session);
    if (shown !== undefined) others[other.control.field] = shown;
  }
  const reached = await probe.login.call(choice.change.id, session, { ...others, [choice.control.field]: value });
  return {
    answer: answered(choice.change, reached),
    shown: await shownOf(probe, choice, session),
    blobs: blobsOf(reached),
  };
}

/** A choice that was tried stands again as it stood before. */
export const Restored = Type.Object({ restored: Type.Boolean() }, { additionalProperties: false });

/** `before`: as the product showed it; nothing chosen where it showed nothing. Without a session it was not put back. */
export async function putBack(
  probe: Probe,
  choice: Choice,
  session: LoginSession | undefined,
  before: string | undefined,
): Promise<void> {
  const wanted = before ?? choice.control.withdrawn;
  const shown = session && (await decide(probe, choice, session, wanted)).shown;
  probe.record('restored', choice.item, { restored: shown === wanted });
}

/** What every case says that makes choices: of items that nobody can choose, and of choices that were not put back. */
export const judgeChoosing = (
  declaration: Declaration,
  restored: readonly Reading<Static<typeof Restored>>[],
): readonly Part[] => {
  const choices = choicesOf(declaration);
  return [
    ...byConsent(declaration)
      .filter(({ id }) => !choices.some(({ item }) => item === id))
      .map(({ id }) => open(`by which function consent to “${id}” is given and withdrawn`)),
    ...restored
      .filter(({ data }) => !data.restored)
      .map(({ id, subject }) => fault(`the choice of “${subject}” could not be put back as it was`, [id])),
  ];
};
