import type { AuthenticationMechanism, Declaration } from '@hearthward/product';
import type { LoginSession, Probe } from '../../model.ts';
import { answered, blobsOf, valueAt, type Answered } from '../access/answers.ts';
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
