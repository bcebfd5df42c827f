import { Type } from 'typebox';
import type { AuthenticationMechanism, Declaration } from '@hearthward/product';
import type { LoginSession, Probe } from '../../model.ts';
import { lacking } from '../lacking.ts';
import type { HeldRow } from '../../observe/manufacturer/held.ts';
import type { Target } from '../../target.ts';
import { answered, Answered, blobsOf, valueAt } from '../access/answers.ts';
import { blobOf, Outcome, outcomeOf } from '../access/evidence.ts';
import { signIn, signOut } from '../access/signing-in.ts';
import { guardOf, overHttp, type HttpFunction } from '../access/subjects.ts';

/**
 * One person's data is erased by the declared function, at once where it can be. What the services held before is looked for
 * in what they hold afterwards; the unit has to work on, with what it was set to.
 */
const strict = { additionalProperties: false } as const;
const Entered = Type.Object(
  { when: Type.Union([Type.Literal('before'), Type.Literal('after')]), outcome: Outcome },
  strict,
);
const Erased = Type.Object({ answer: Answered }, strict);
/** rows of the services from before that are there still, after this time */
const Left = Type.Object({ before: Type.Integer(), still: Type.Integer(), seconds: Type.Number() }, strict);
const Kept = Type.Object({ settings: Type.Integer(), changed: Type.Array(Type.String()) }, strict);
export const Confirmed = Type.Object(
  {
    when: Type.Union([Type.Literal('before'), Type.Literal('early'), Type.Literal('after')]),
    kind: Type.Union([Type.Literal('none'), Type.Literal('unreadable'), Type.Literal('read')]),
    /** another than the one that was there before */
    fresh: Type.Boolean(),
    signed: Type.Boolean(),
    ofTheRoots: Type.Boolean(),
    places: Type.Array(
      Type.Object(
        {
          place: Type.String(),
          state: Type.String(),
          until: Type.Boolean(),
          /** from now to that day */
          days: Type.Optional(Type.Number()),
          because: Type.Boolean(),
        },
        strict,
      ),
    ),
    /** rows from before that were there when it was */
    still: Type.Integer(),
    because: Type.Optional(Type.String()),
  },
  strict,
);
export const ERASING_KINDS = { entered: Entered, erased: Erased, left: Left, kept: Kept, confirmed: Confirmed };

export interface Erasing {
  readonly row: Declaration['deletionFunctions'][number];
  readonly call: HttpFunction;
  readonly mechanism: AuthenticationMechanism;
  /** telemetry fields of what it erases at the services */
  readonly fields: readonly string[];
}

/** Functions by which a person has their data erased at the services, and keeps the device as it is. */
export function erasingOf(declaration: Declaration): readonly Erasing[] {
  return declaration.deletionFunctions.flatMap((row) => {
    const call = declaration.externalFunctions.filter(overHttp).find(({ id }) => id === row.function);
    const mechanism = call && guardOf(declaration, call);
    if (!row.where.includes('services') || row.scope === 'everything' || call === undefined || mechanism === undefined)
      return [];
    const items = declaration.personalData.filter(
      ({ id, storedAt }) => row.deletes.includes(id) && storedAt.includes('services'),
    );
    const fields = declaration.telemetryData.filter(({ personalData }) => items.some(({ id }) => id === personalData));
    return [{ row, call, mechanism, fields: fields.map(({ id }) => id) }];
  });
}

export const erasingReady = (declaration: Declaration, target: Target) => {
  const found = erasingOf(declaration);
  const refuse = (because: string) => ({ ok: false, because }) as const;
  if (!declaration.personalData.some(({ storedAt }) => storedAt.includes('services')))
    return refuse('no personal data is declared to be stored at services');
  if (found.length === 0) return refuse('no function is declared that erases a person’s data at the services');
  if (target.held === undefined)
    return refuse(lacking(target, '/held', 'how one gets what the services hold of the unit'));
  if (!target.authorisation.destructive)
    return refuse('the target’s authorisation does not allow what cannot be put back');
  return found.some(({ mechanism }) => target.accounts?.[mechanism.id]?.password !== undefined)
    ? ({ ok: true } as const)
    : refuse('the target file gives no account for it');
};

export async function observeErasing(probe: Probe, erasing: Erasing): Promise<void> {
  const { row, call, mechanism } = erasing;
  const password = probe.target.accounts?.[mechanism.id]?.password;
  const before = await untilHeld(probe, erasing);
  const old = before && (await confirmedNow(probe, row.id, 'before', undefined, before));
  // a session ends while one waits, so it begins last
  const entered = await signIn(probe, mechanism);
  probe.record('entered', row.id, { when: 'before', outcome: outcomeOf(entered) }, blobOf(entered));
  if (entered.kind !== 'in' || password === undefined || before === undefined) return;
  const settings = await settingsOf(probe, erasing, entered.session);
  const values: Record<string, string> = row.atOnce === undefined ? {} : { [row.atOnce.field]: row.atOnce.value };
  for (const { name, role } of call.request.fields) if (role === 'current-password') values[name] = password;
  const reached = await probe.login.call(call.id, entered.session, values);
  probe.record('erased', row.id, { answer: answered(call, reached) }, blobsOf(reached));
  probe.login.forget(mechanism.id);
  const early = await confirmedNow(probe, row.id, 'early', old, before);

  const began = probe.clock.now();
  const passed = (): number => (probe.clock.now() - began) / 1000;
  let still = await leftOf(probe, row.id, before);
  while (still !== undefined && still > 0 && passed() < probe.patienceSeconds) {
    await probe.clock.wait(1000);
    still = await leftOf(probe, row.id, before);
  }
  if (still === undefined) return;
  probe.record('left', row.id, { before: before.length, still, seconds: Math.round(passed()) });
  let last = early;
  while (probe.target.confirmed !== undefined && last === old && passed() < probe.patienceSeconds * 2) {
    await probe.clock.wait(1000);
    last = digestOf(await probe.manufacturer.confirmed());
  }
  await confirmedNow(probe, row.id, 'after', old, before);

  const again = await signIn(probe, mechanism);
  probe.record('entered', row.id, { when: 'after', outcome: outcomeOf(again) }, blobOf(again));
  if (again.kind !== 'in') return;
  const now = await settingsOf(probe, erasing, again.session);
  const changed = [...settings].filter(([id, value]) => now.get(id) !== value).map(([id]) => id);
  probe.record('kept', row.id, { settings: settings.size, changed });
  await signOut(probe, mechanism, again.session);
}

/** Each row that the services have of it; nothing else can show that they forget it. */
export async function untilHeld(probe: Probe, { row, fields }: Erasing): Promise<readonly string[] | undefined> {
  for (let waited = 0; ; waited += 1) {
    const held = await probe.manufacturer.held();
    if (!held.ok) {
      probe.record('blocked', row.id, { because: held.because });
      return undefined;
    }
    // whoever had it before has not asked for anything
    const mine = held.rows.filter(
      ({ field, at }) => fields.includes(field) && Date.parse(at) >= (probe.inUseSince ?? -Infinity),
    );
    if (mine.length > 0 || waited >= probe.patienceSeconds) return mine.map(nameOf);
    await probe.clock.wait(1000);
  }
}
export const nameOf = ({ field, at, value }: HeldRow): string => `${field} ${Date.parse(at)} ${String(value)}`;

async function leftOf(probe: Probe, id: string, before: readonly string[]): Promise<number | undefined> {
  const held = await probe.manufacturer.held();
  if (!held.ok) {
    probe.record('blocked', id, { because: held.because });
    return undefined;
  }
  const now = new Set(held.rows.map(nameOf));
  return before.filter((row) => now.has(row)).length;
}

const digestOf = (read: Awaited<ReturnType<Probe['manufacturer']['confirmed']>>): string | undefined =>
  read.kind === 'read' ? read.digest : undefined;

/** What is there of a confirmation now; its digest. */
async function confirmedNow(
  probe: Probe,
  id: string,
  when: 'before' | 'early' | 'after',
  old: string | undefined,
  before: readonly string[],
): Promise<string | undefined> {
  if (probe.target.confirmed === undefined) return undefined;
  const read = await probe.manufacturer.confirmed();
  const still = (await leftOf(probe, id, before)) ?? before.length;
  const digest = digestOf(read);
  probe.record('confirmed', id, {
    when,
    kind: read.kind,
    fresh: digest !== undefined && digest !== old,
    signed: read.kind === 'read' && read.signed,
    ofTheRoots: read.kind === 'read' && read.ofTheRoots,
    places:
      read.kind === 'read'
        ? read.places.map(({ place, state, until, because }) => ({
            place,
            state,
            until: until !== undefined,
            ...daysUntil(until, probe.clock.now()),
            because: because !== undefined,
          }))
        : [],
    still,
    ...(read.kind === 'unreadable' ? { because: read.because } : {}),
  });
  return digest;
}

const DAY_MS = 86_400_000;
function daysUntil(until: string | undefined, now: number): { readonly days?: number } {
  const at = Date.parse(until ?? '');
  return Number.isNaN(at) ? {} : { days: (at - now) / DAY_MS };
}

/** What the unit is set to, of what is no data of the person: fields that say it themselves. */
async function settingsOf(probe: Probe, { row }: Erasing, session: LoginSession): Promise<ReadonlyMap<string, string>> {
  const consents = new Set(probe.declaration.personalData.flatMap(({ consent }) => consent?.control?.function ?? []));
  const found = new Map<string, string>();
  for (const each of probe.declaration.externalFunctions.filter(overHttp)) {
    const { readBack } = each;
    const personal = each.request.fields.some(({ personalData }) => row.deletes.includes(personalData ?? ''));
    if (readBack === undefined || personal || consents.has(each.id)) continue;
    const reached = await probe.login.call(readBack.function, session);
    const value = reached.ok ? valueAt(reached.answer.body, readBack.field) : undefined;
    if (value !== undefined) found.set(each.id, value);
  }
  return found;
}
