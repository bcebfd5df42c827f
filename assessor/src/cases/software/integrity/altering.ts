import { Type, type Static } from 'typebox';
import type { AuthenticationMechanism, Declaration } from '@hearthward/product';
import type { Case, Probe } from '../../../model.ts';
import { lacking } from '../../lacking.ts';
import type { Alterable } from '../../../observe/manufacturer/asked.ts';
import { unescapeHtml } from '../../../observe/login/forms.ts';
import type { Target } from '../../../target.ts';
import { filled } from '../../access/accounts/lent.ts';
import { answered, Answered, blobsOf } from '../../access/answers.ts';
import { guardOf, overHttp, type HttpFunction } from '../../access/subjects.ts';

/**
 * One byte of a unit is changed by whoever has it in hand, the unit is made to look at itself, and what it says to its
 * people is read; then the byte is put back, and the unit connected again by its owner.
 */
const strict = { additionalProperties: false } as const;

/** what the laboratory did; `because` is empty where it did it */
export const Handled = Type.Object(
  {
    what: Type.Enum(['software', 'configuration'] as const),
    did: Type.Enum(['altered', 'restored', 'power-cycled'] as const),
    because: Type.String(),
  },
  strict,
);
/**
 * The declared page, after the unit was made to look at itself: because it was `asked` to, because its declared period
 * was `waited` for, because it `started`; and when it was whole, before and after. `unread`: it did not come.
 */
export const MOMENTS = ['whole', 'asked', 'waited', 'started', 'mended'] as const;
export type Moment = (typeof MOMENTS)[number];
export const Result = Type.Object(
  {
    when: Type.Enum([...MOMENTS]),
    said: Type.Enum(['whole', 'altered', 'both', 'nothing', 'unread'] as const),
    /** for how long it was looked at */
    seconds: Type.Number({ minimum: 0 }),
  },
  strict,
);
export type Said = Static<typeof Result>['said'];
/** a declared function that was called: the one that has it verified, or the one that connects it again */
export const Called = Type.Object({ answer: Answered }, strict);
export const ALTERING_KINDS = { handled: Handled, result: Result, called: Called };

export const WHOLE = 'product';

export interface AlterablePlace {
  readonly what: Alterable;
  readonly name: string;
}
export const placesOf = ({ handling = {} }: Pick<Target, 'handling'>): readonly AlterablePlace[] => [
  ...Object.keys(handling.alterSoftware ?? {}).map((name) => ({ what: 'software', name }) as const),
  ...Object.keys(handling.alterConfiguration ?? {}).map((name) => ({ what: 'configuration', name }) as const),
];

export interface Shown {
  readonly function: HttpFunction;
  readonly guard: AuthenticationMechanism;
  readonly whole: string;
  readonly altered: string;
}
export function shownOf(declaration: Declaration): Shown | undefined {
  const shown = declaration.integrity?.shown;
  const its = functionOf(declaration, shown?.function);
  const guard = its && guardOf(declaration, its);
  return shown && its && guard ? { function: its, guard, whole: shown.whole, altered: shown.altered } : undefined;
}
export const functionOf = (declaration: Declaration, id: string | undefined): HttpFunction | undefined =>
  declaration.externalFunctions.filter(overHttp).find((each) => each.id === id);

/** What every case needs that alters a unit. */
export const readyToAlter: Case['ready'] = (declaration, target) => {
  const shown = shownOf(declaration);
  if (shown === undefined)
    return { ok: false, because: 'no function over HTTP is declared that shows whether the product was altered' };
  if (target.accounts?.[shown.guard.id]?.password === undefined)
    return { ok: false, because: 'the target file gives no account that sees whether the product was altered' };
  if (!target.authorisation.changes)
    return { ok: false, because: 'the target’s authorisation does not allow anything to be changed' };
  return placesOf(target).length > 0
    ? { ok: true }
    : { ok: false, because: lacking(target, '/handling', 'how software or configuration of the unit is altered') };
};

/** Whether it was done. */
export async function handle(
  probe: Probe,
  place: AlterablePlace,
  did: Static<typeof Handled>['did'],
): Promise<boolean> {
  const { laboratory } = probe;
  const told =
    did === 'power-cycled'
      ? await laboratory.powerCycle()
      : await laboratory.alter(place.what, place.name, did === 'altered' ? 'ask' : 'takeBack');
  probe.record('handled', place.name, { what: place.what, did, because: told.ok ? '' : told.because });
  return told.ok;
}

/** Calls a declared function as its owner; with a new session where the last one has ended. */
export async function callAsOwner(probe: Probe, called: HttpFunction): Promise<boolean> {
  const guard = guardOf(probe.declaration, called);
  if (guard === undefined) return false;
  const password = filled(called, 'current-password', probe.target.accounts?.[guard.id]?.password ?? '');
  const call = async () => probe.login.call(called.id, await probe.login.shared(guard.id), password);
  let reached = await call();
  if (!answered(called, reached).success) {
    probe.login.forget(guard.id);
    reached = await call();
  }
  probe.record('called', called.id, { answer: answered(called, reached) }, blobsOf(reached));
  return answered(called, reached).success;
}

/** Reads the page until it says what is looked for, or for so long, and records what it said last. */
export async function readUntil(
  probe: Probe,
  shown: Shown,
  subject: string,
  when: Moment,
  patience: Patience,
): Promise<Said> {
  const { said, seconds, blobs } = await lookUntil(probe, shown, patience);
  probe.record('result', subject, { when, said, seconds }, blobs);
  return said;
}
interface Patience {
  readonly wanted: readonly Said[];
  readonly seconds: number;
  /** from when it is read at all: a unit may look at itself after it listens */
  readonly settles?: number;
}

async function lookUntil(probe: Probe, shown: Shown, { wanted, seconds, settles = seconds }: Patience) {
  let since: number | undefined;
  for (let waited = 0; ; waited += LOOK_EVERY_MS) {
    const { said, blobs } = await look(probe, shown);
    if (said !== 'unread') since ??= waited;
    // a start may have ended the session
    else probe.login.forget(shown.guard.id);
    const over = waited >= seconds * 1000 || (since !== undefined && waited - since >= settles * 1000);
    if (over || wanted.includes(said)) return { said, blobs, seconds: waited / 1000 };
    await probe.clock.wait(LOOK_EVERY_MS);
  }
}
const LOOK_EVERY_MS = 500;

async function look(probe: Probe, shown: Shown): Promise<{ readonly said: Said; readonly blobs: readonly string[] }> {
  const reached = await probe.login.call(shown.function.id, await probe.login.shared(shown.guard.id));
  if (!reached.ok || !answered(shown.function, reached).success) return { said: 'unread', blobs: blobsOf(reached) };
  const body = unescapeHtml(reached.answer.body);
  const [whole, altered] = [body.includes(shown.whole), body.includes(shown.altered)];
  const said = whole && altered ? 'both' : altered ? 'altered' : whole ? 'whole' : 'nothing';
  return { said, blobs: [reached.answer.blob] };
}

/**
 * Alters the place, makes the unit look at itself, does the rest while it is altered, and puts it back: the byte, the
 * power, the connection. Whether it was seen to have found it.
 */
export async function whileAltered(
  probe: Probe,
  shown: Shown,
  place: AlterablePlace,
  when: Tried,
  rest: () => Promise<void> = async () => undefined,
): Promise<boolean> {
  let said: Said | undefined;
  try {
    if (!(await handle(probe, place, 'altered'))) return false;
    if (!(await lookAtItself(probe, place, when))) return false;
    said = await readUntil(probe, shown, place.name, when, patienceOf(probe, when));
    await rest();
    // one that does not start at all runs nothing that was altered
    return said === 'altered' || (when === 'started' && said === 'unread');
  } finally {
    await mend(probe, shown, place, said === 'unread');
  }
}
export type Tried = Extract<Moment, 'asked' | 'waited' | 'started'>;

/** How a product is made to find it while it runs: who cannot ask waits. */
export const besidesStart = (declaration: Declaration): Tried =>
  functionOf(declaration, declaration.integrity?.onDemand) === undefined ? 'waited' : 'asked';

async function mend(probe: Probe, shown: Shown, place: AlterablePlace, isDark: boolean): Promise<void> {
  await handle(probe, place, 'restored');
  if (isDark) await handle(probe, place, 'power-cycled');
  const { said } = await lookUntil(probe, shown, { wanted: ANY, seconds: probe.patienceSeconds });
  const again = functionOf(probe.declaration, probe.declaration.integrity?.endedBy);
  if (again !== undefined && said !== 'whole') await callAsOwner(probe, again);
  await readUntil(probe, shown, place.name, 'mended', { wanted: ['whole'], seconds: probe.patienceSeconds });
}
const ANY: readonly Said[] = ['whole', 'altered', 'both', 'nothing'];

async function lookAtItself(probe: Probe, place: AlterablePlace, when: Tried): Promise<boolean> {
  if (when === 'started') return handle(probe, place, 'power-cycled');
  if (when === 'waited') return true;
  const asked = functionOf(probe.declaration, probe.declaration.integrity?.onDemand);
  return asked !== undefined && callAsOwner(probe, asked);
}

function patienceOf({ declaration, patienceSeconds }: Probe, when: Tried): Patience {
  const wanted = ['altered'] as const;
  if (when === 'waited') return { wanted, seconds: Math.min(patienceSeconds, periodOf(declaration)) };
  return { wanted, seconds: patienceSeconds, settles: SETTLES_SECONDS };
}
const SETTLES_SECONDS = 4;

/** Seconds within which a change is found while the product runs, as declared. */
export const periodOf = ({ integrity }: Declaration): number => (integrity?.periodHours ?? 24) * 3_600;
