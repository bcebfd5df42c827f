import { Type } from 'typebox';
import type { AuthenticationMechanism } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen, SetUpWalk } from '../../model.ts';
import { answered, Answered, blobsOf } from '../access/answers.ts';
import {
  blobOf,
  fail,
  idsOf,
  of,
  open,
  Outcome,
  outcomeOf,
  pass,
  readEvidence,
  weigh,
  type Part,
} from '../access/evidence.ts';
import { signIn, signOut } from '../access/signing-in.ts';
import { guardOf, type HttpFunction } from '../access/subjects.ts';
import { passwordFields, readMark, resets, setMark, type Mark } from '../data/erase-device-data.ts';
import { observePage, PAGE_KINDS, publicPage } from '../pages/reading.ts';
import { plainly } from '../pages/wording.ts';

/**
 * Whoever gives the product back, sells or scraps it is told to wipe it and how; and what wipes it leads back to the state in
 * which it left the factory. The unit is set up again with the password that it had, so that others find it in use.
 */
const strict = { additionalProperties: false } as const;
const Entered = Type.Object(
  { when: Type.Union([Type.Literal('before'), Type.Literal('after')]), outcome: Outcome },
  strict,
);
const Wiped = Type.Object({ answer: Answered }, strict);
/** the set-up after it: whether it began with the password of the label */
const Walked = Type.Object({ ended: Type.String(), label: Type.Boolean(), renewed: Type.Boolean() }, strict);
const Mark = Type.Object({ set: Type.Boolean(), readable: Type.Boolean(), same: Type.Boolean() }, strict);
const OWN_KINDS = { entered: Entered, wiped: Wiped, walked: Walked, mark: Mark };
const KINDS = { ...OWN_KINDS, ...PAGE_KINDS };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const disposalReset: Case = {
  id: 'disposal-reset',
  topic: 'disposal-reset',
  title:
    'Reads what people are told to do before they give the product away, does it, and looks for the factory state.',
  ready: (declaration, target) => {
    const refuse = (because: string) => ({ ok: false, because }) as const;
    const found = resets(declaration);
    if (found.length === 0) return refuse('no function that resets to the factory state is declared');
    if (declaration.userInformation.deletion === undefined || target.site === undefined)
      return refuse('no page on deletion is declared, or the target file gives no site');
    if (!target.authorisation.destructive)
      return refuse('the target’s authorisation does not allow what cannot be put back');
    const usable = found.some((each) => {
      const mechanism = guardOf(declaration, each);
      const account = target.accounts?.[mechanism?.id ?? ''];
      return mechanism?.setUp !== undefined && account?.password !== undefined && account.initialPassword !== undefined;
    });
    return usable
      ? { ok: true }
      : refuse(
          'the target file gives no account with initial password, or the declaration no set-up, by which it is set up again',
        );
  },
  effect: 'destructive',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  await observePage(probe, 'deletion');
  for (const each of resets(probe.declaration)) {
    const mechanism = guardOf(probe.declaration, each);
    const password = probe.target.accounts?.[mechanism?.id ?? '']?.password;
    if (mechanism?.setUp !== undefined && password !== undefined) await wipe(probe, each, mechanism, password);
  }
}

async function wipe(
  probe: Probe,
  reset: HttpFunction,
  mechanism: AuthenticationMechanism,
  password: string,
): Promise<void> {
  const before = await signIn(probe, mechanism);
  probe.record('entered', reset.id, { when: 'before', outcome: outcomeOf(before) }, blobOf(before));
  if (before.kind !== 'in') return;
  const mark: Mark | undefined = await setMark(probe, before.session);
  const called = await probe.login.call(reset.id, before.session, passwordFields(reset, password));
  probe.record('wiped', reset.id, { answer: answered(reset, called) }, blobsOf(called));
  probe.login.forget(mechanism.id);

  const walk = await setUpAgain(probe, mechanism, password);
  if (walk === undefined) return;
  const label = walk.sent.includes('initial-password');
  const facts = { ended: walk.ended, label, renewed: walk.sent.includes('new-password') };
  probe.record(
    'walked',
    reset.id,
    facts,
    walk.pages.map(({ blob }) => blob),
  );
  const after = await signIn(probe, mechanism);
  probe.record('entered', reset.id, { when: 'after', outcome: outcomeOf(after) }, blobOf(after));
  if (after.kind !== 'in') return;
  const shown = mark === undefined ? undefined : await readMark(probe, mark.change, after.session);
  probe.record('mark', reset.id, {
    set: mark !== undefined,
    readable: shown !== undefined,
    same: shown !== undefined && shown === mark?.value,
  });
  await signOut(probe, mechanism, after.session);
}

/** A unit that was just reset is set up with the password that it had; undefined where that is recorded as blocked. */
export async function setUpAgain(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  password: string,
): Promise<SetUpWalk | undefined> {
  let walk = await walked(probe, mechanism, password);
  for (let waited = 0; walk?.ended === 'unreachable' && waited < probe.patienceSeconds; waited += 1) {
    await probe.clock.wait(1000);
    walk = await walked(probe, mechanism, password);
  }
  return walk;
}

async function walked(probe: Probe, { id }: AuthenticationMechanism, password: string): Promise<SetUpWalk | undefined> {
  const walk = await probe.login.setUp(id, password, 'reset');
  if (walk.ok) return walk.walk;
  probe.record('blocked', id, { because: walk.because });
  return undefined;
}

/** What people do with a product that they no longer want. */
const LEAVING =
  /\b(?:sell|sold|resell|give (?:it )?away|hand (?:it )?over|dispos|discard|scrap|throw|return|recycl|jual|buang|pulang|lupus|beri)/;

// G045 DS-1-5: a product that goes back, is sold or scrapped, is wiped first, securely.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const pages = seen.observations.filter((each) => !Object.hasOwn(OWN_KINDS, each?.kind) && each?.kind !== 'blocked');
  const read = publicPage({ ...seen, observations: pages }, 'deletion');
  const told =
    'page' in read ? [judgeGuide(read.page.data.text, [read.page.id, read.control.id]), ...read.parts] : read.parts;
  return weigh(
    [...parts, ...told, ...resets(seen.declaration).map(({ id }) => judgeWipe(id, rows))],
    'no function that resets to the factory state is declared',
  );
}

const judgeGuide = (text: string, evidence: readonly string[]): Part =>
  LEAVING.test(plainly(text))
    ? pass(GOOD, evidence)
    : fail('people are not told to wipe the product before they sell, return or scrap it', evidence);
const GOOD = 'people are told to wipe the product before they part with it, and it then is as it left the factory';

function judgeWipe(name: string, rows: Rows): Part {
  const entered = of(rows.entered, name);
  const [wiped] = of(rows.wiped, name);
  const [walk] = of(rows.walked, name);
  const [mark] = of(rows.mark, name);
  const evidence = idsOf([...entered, ...of(rows.wiped, name), ...of(rows.walked, name), ...of(rows.mark, name)]);
  if (wiped === undefined || !wiped.data.answer.reached) return open(`${name} with the right password`, evidence);
  if (!wiped.data.answer.success) return fail(`${name} is refused to the owner`, evidence);
  if (walk === undefined) return open(`the state after ${name}`, evidence);
  if (walk.data.ended === 'unreachable' || walk.data.ended === 'lost') return open(`the state after ${name}`, evidence);
  if (!walk.data.label)
    return fail(
      `after ${name} the product does not ask for what is on its label: it is not in its factory state`,
      evidence,
    );
  if (mark?.data.set && mark.data.readable && mark.data.same)
    return fail(`what the owner set is still there after ${name}`, evidence);
  return pass(GOOD, evidence, [
    ...(walk.data.renewed ? [] : [`${name}: that a new owner sets it up`]),
    ...(mark?.data.set && mark.data.readable ? [] : [`${name}: that what the owner set is gone`]),
  ]);
}
