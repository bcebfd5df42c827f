import { Type } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, LoginSession, Probe, Seen } from '../../model.ts';
import { Answered } from '../access/answers.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { signIn, signOut } from '../access/signing-in.ts';
import {
  choicesOf,
  choicesReady,
  decide,
  judgeChoosing,
  NO_CONSENT,
  putBack,
  Restored,
  shownOf,
  type Choice,
} from './choices.ts';

/**
 * Consent is given and taken back by the same function. After it was taken back, and the declared time has passed, nothing
 * more of the item arrives at the services, also not after a start; that something arrived before is the control.
 */
const strict = { additionalProperties: false } as const;
const Decided = Type.Object(
  { to: Type.Union([Type.Literal('given'), Type.Literal('withdrawn')]), answer: Answered, shown: Type.Boolean() },
  strict,
);
const Flow = Type.Object(
  {
    when: Type.Union([Type.Literal('given'), Type.Literal('withdrawn')]),
    /** what came of its fields in this time */
    more: Type.Integer(),
    seconds: Type.Number(),
    /** as long as a field that goes on would have come in */
    enough: Type.Boolean(),
  },
  strict,
);
const Restarted = Type.Object({ withdrawn: Type.Boolean() }, strict);
const KINDS = { decided: Decided, flow: Flow, restarted: Restarted, restored: Restored };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const consentWithdrawal: Case = {
  id: 'consent-withdrawal',
  topic: 'consent-withdrawal',
  title: 'Gives consent, sees the data arrive, withdraws it, starts the unit again, and looks whether more arrives.',
  ready: choicesReady,
  effect: 'disturbing',
  putsBack: true,
  // whoever uses the unit has chosen, and is not there when it starts again
  spare: 'in-use',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  for (const choice of choicesOf(probe.declaration)) {
    const entered = await signIn(probe, choice.mechanism);
    if (entered.kind !== 'in') {
      probe.record('blocked', choice.item, { because: 'the right password is not accepted' });
      continue;
    }
    const before = await shownOf(probe, choice, entered.session);
    try {
      await giveAndWithdraw(probe, choice, entered.session);
    } finally {
      const session = await again(probe, choice);
      await putBack(probe, choice, session, before);
      if (session) await signOut(probe, choice.mechanism, session);
    }
  }
}

/** A session ends while one waits; one that asks for the password again is told it. */
async function again(probe: Probe, choice: Choice): Promise<LoginSession | undefined> {
  let entered = await signIn(probe, choice.mechanism);
  for (let waited = 0; entered.kind === 'unreachable' && waited < probe.patienceSeconds; waited += 1) {
    await probe.clock.wait(1000);
    entered = await signIn(probe, choice.mechanism);
  }
  if (entered.kind === 'in') return entered.session;
  probe.record('blocked', choice.item, { because: 'the right password is not accepted any more' });
  return undefined;
}

async function giveAndWithdraw(probe: Probe, choice: Choice, session: LoginSession): Promise<void> {
  const { control, item } = choice;
  const held = probe.target.held !== undefined && choice.fields.length > 0;
  const first = held ? await heldOf(probe, choice) : undefined;
  const given = await decide(probe, choice, session, control.given);
  const isGiven = given.shown === control.given;
  probe.record('decided', item, { to: 'given', answer: given.answer, shown: isGiven }, given.blobs);
  if (!isGiven) return;
  if (first !== undefined) await watch(probe, choice, 'given', first);

  const renewed = await again(probe, choice);
  if (renewed === undefined) return;
  const taken = await decide(probe, choice, renewed, control.withdrawn);
  const isTaken = taken.shown === control.withdrawn;
  probe.record('decided', item, { to: 'withdrawn', answer: taken.answer, shown: isTaken }, taken.blobs);
  if (!isTaken) return;
  const within = probe.declaration.personalData.find(({ id }) => id === item)?.consent?.withinSeconds ?? 0;
  await probe.clock.wait((within + ON_ITS_WAY) * 1000);
  const left = held ? await heldOf(probe, choice) : undefined;
  await startAgain(probe, choice);
  if (left !== undefined) await watch(probe, choice, 'withdrawn', left);
}
/** seconds for what had left the unit before */
const ON_ITS_WAY = 1;

async function heldOf(probe: Probe, { fields, item }: Choice): Promise<number | undefined> {
  const held = await probe.manufacturer.held();
  if (held.ok) return held.rows.filter(({ field }) => fields.some(({ id }) => id === field)).length;
  probe.record('blocked', item, { because: held.because });
  return undefined;
}

/** Until more is there; without more, for as long as it takes the slowest field to come again. */
async function watch(probe: Probe, choice: Choice, when: 'given' | 'withdrawn', first: number): Promise<void> {
  const slowest = Math.max(...choice.fields.map(({ everySeconds }) => everySeconds));
  const wanted = slowest * 1.5 + ON_ITS_WAY;
  const seconds = Math.min(wanted, probe.patienceSeconds);
  const began = probe.clock.now();
  let more = 0;
  while (more === 0 && probe.clock.now() - began < seconds * 1000) {
    await probe.clock.wait(500);
    const now = await heldOf(probe, choice);
    if (now === undefined) return;
    more = now - first;
  }
  const took = Math.round((probe.clock.now() - began) / 1000);
  probe.record('flow', choice.item, { when, more, seconds: took, enough: seconds === wanted });
}

/** Where somebody can switch it off and on. */
async function startAgain(probe: Probe, choice: Choice): Promise<void> {
  if (probe.target.handling?.powerCycle === undefined || !(await probe.laboratory.powerCycle()).ok) return;
  const session = await again(probe, choice);
  if (session === undefined) return;
  const shown = await shownOf(probe, choice, session);
  probe.record('restarted', choice.item, { withdrawn: shown === choice.control.withdrawn });
}

// EN 303 645 6-3, TS 103 645 4.8-3, G044 7-c: whoever gave consent takes it back at any time, and it holds.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const choices = choicesOf(seen.declaration);
  return weigh(
    [
      ...parts,
      ...judgeChoosing(seen.declaration, rows.restored),
      ...choices.map((choice) => judgeOne(choice, rows, seen.declaration)),
    ],
    NO_CONSENT,
    rows.flow.length > 0 ? 'assisted' : 'automatic',
  );
}

function judgeOne({ item, fields }: Choice, rows: Rows, { personalData }: Declaration): Part {
  const decided = of(rows.decided, item);
  const given = decided.find(({ data }) => data.to === 'given');
  const withdrawn = decided.find(({ data }) => data.to === 'withdrawn');
  if (!given?.data.shown) return open(`that consent to “${item}” can be given`, idsOf(decided));
  if (withdrawn === undefined) return open(`that consent to “${item}” can be withdrawn`, idsOf(decided));
  if (!withdrawn.data.answer.reached) return open(`the answer when consent to “${item}” is withdrawn`, idsOf(decided));
  if (!withdrawn.data.shown)
    return fail(`consent to “${item}” is given in one step, and not withdrawn by the same`, idsOf(decided));
  const restarted = of(rows.restarted, item);
  if (restarted.some(({ data }) => !data.withdrawn))
    return fail(`consent to “${item}” that was withdrawn is back after a start`, idsOf(restarted));
  const flows = of(rows.flow, item);
  const before = flows.find(({ data }) => data.when === 'given');
  const after = flows.find(({ data }) => data.when === 'withdrawn');
  if (after !== undefined && after.data.more > 0)
    return fail(`“${item}” is still collected after consent was withdrawn`, idsOf(flows));
  const leaves = (personalData.find(({ id }) => id === item)?.communicatedOver.length ?? 0) > 0;
  const evidence = idsOf([...decided, ...flows, ...restarted]);
  return pass(`what was consented to is taken back by the same function, and nothing of it flows any more`, evidence, [
    ...(leaves && fields.length === 0
      ? [`that nothing of “${item}” leaves, since no field is declared that carries it`]
      : []),
    ...(fields.length > 0 && !(before && before.data.more > 0)
      ? [`that “${item}” arrives at the services while consent is given`]
      : []),
    ...(fields.length > 0 && !after?.data.enough
      ? [`that “${item}” stays away for as long as it takes to come again`]
      : []),
  ]);
}
