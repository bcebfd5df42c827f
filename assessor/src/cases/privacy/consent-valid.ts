import { Type } from 'typebox';
import type { AuthenticationMechanism } from '@hearthward/product';
import type { Case, Judgement, LoginSession, Probe, Seen } from '../../model.ts';
import { Answered, sessionWorks } from '../access/answers.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part, type Reading } from '../access/evidence.ts';
import { signIn, signOut, strongPassword } from '../access/signing-in.ts';
import { Explained, Offered, offeredAtSetUp, offeredOnPage } from './asking.ts';
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
 * Consent is valid where people are asked for each purpose by itself, nothing is ticked for them, silence is a no, and a no
 * takes nothing away from them. How a product asks at first is seen on a unit in factory default alone.
 */
const strict = { additionalProperties: false } as const;
const Walked = Type.Object({ ended: Type.String(), pages: Type.Integer() }, strict);
const First = Type.Object({ given: Type.Boolean(), readable: Type.Boolean() }, strict);
/** one choice was made; others of the same product that changed with it */
const Made = Type.Object(
  {
    to: Type.Union([Type.Literal('given'), Type.Literal('withdrawn')]),
    shown: Type.Boolean(),
    others: Type.Array(Type.String()),
    /** what the page says now; absent where there is none */
    yes: Type.Optional(Type.Boolean()),
  },
  strict,
);
const Works = Type.Object({ function: Type.String(), answer: Answered }, strict);
const KINDS = {
  walked: Walked,
  first: First,
  offered: Offered,
  explained: Explained,
  made: Made,
  works: Works,
  restored: Restored,
};
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const consentValid: Case = {
  id: 'consent-valid',
  topic: 'consent-valid',
  title:
    'Sets a unit up without choosing anything, and looks how it asks for consent, what silence means, and what a no costs.',
  ready: choicesReady,
  effect: 'disturbing',
  putsBack: true,
  spare: 'factory-default',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  const choices = choicesOf(probe.declaration);
  for (const [id, own] of Map.groupBy(choices, ({ mechanism }) => mechanism.id)) {
    const mechanism = own[0]?.mechanism;
    if (mechanism === undefined) continue;
    const account = probe.target.accounts?.[id];
    const delivered = account?.password === undefined && account?.initialPassword !== undefined;
    const fresh = delivered ? await walk(probe, mechanism, own) : undefined;
    if (delivered && fresh === undefined) continue;
    const entered = await signIn(probe, mechanism, fresh === undefined ? undefined : { password: fresh });
    if (entered.kind !== 'in') {
      probe.record('blocked', id, { because: 'the right password is not accepted' });
      continue;
    }
    await lookAt(probe, mechanism, own, entered.session, delivered);
    await signOut(probe, mechanism, entered.session);
  }
}

/** As whoever wants to be done: only what must be filled is filled. The new password, where it went to the end. */
async function walk(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  choices: readonly Choice[],
): Promise<string | undefined> {
  const fresh = strongPassword(probe);
  const walked = await probe.login.setUp(mechanism.id, fresh);
  if (!walked.ok) {
    probe.record('blocked', mechanism.id, { because: walked.because });
    return undefined;
  }
  const { ended, pages } = walked.walk;
  probe.record(
    'walked',
    mechanism.id,
    { ended, pages: pages.length },
    pages.map(({ blob }) => blob),
  );
  for (const choice of choices) {
    const offered = offeredAtSetUp(choice, walked.walk);
    if (offered !== undefined) probe.record('offered', choice.item, { ...offered });
  }
  return ended === 'nothing-asked' ? fresh : undefined;
}

async function lookAt(
  probe: Probe,
  mechanism: AuthenticationMechanism,
  choices: readonly Choice[],
  session: LoginSession,
  delivered: boolean,
): Promise<void> {
  const before = new Map<string, string | undefined>();
  for (const choice of choices) {
    const shown = await shownOf(probe, choice, session);
    before.set(choice.item, shown);
    if (!delivered) continue;
    probe.record('first', choice.item, { given: shown === choice.control.given, readable: shown !== undefined });
  }
  for (const choice of choices) {
    for (const to of ['given', 'withdrawn'] as const) await make(probe, choices, choice, to, session);
  }
  const works = await sessionWorks(probe, mechanism, session);
  if (works !== undefined)
    probe.record('works', mechanism.id, { function: works.function, answer: works.answer }, works.blobs);
  for (const choice of choices) {
    await putBack(probe, choice, session, before.get(choice.item));
  }
}

async function make(
  probe: Probe,
  choices: readonly Choice[],
  choice: Choice,
  to: 'given' | 'withdrawn',
  session: LoginSession,
): Promise<void> {
  const others = choices.filter(({ item }) => item !== choice.item);
  const stood = await Promise.all(others.map((other) => shownOf(probe, other, session)));
  const { shown, blobs } = await decide(probe, choice, session, choice.control[to]);
  const stand = await Promise.all(others.map((other) => shownOf(probe, other, session)));
  const page = await offeredOnPage(probe, choice, session);
  const changed = others.filter((_, at) => stood[at] !== stand[at]).map(({ item }) => item);
  probe.record(
    'made',
    choice.item,
    {
      to,
      shown: shown === choice.control[to],
      others: changed,
      ...(page === undefined ? {} : { yes: page.offered.yes }),
    },
    [...blobs, ...(page?.blobs ?? [])],
  );
  if (page === undefined || to === 'given') return;
  probe.record('offered', choice.item, { ...page.offered }, page.blobs);
  probe.record('explained', choice.item, { found: page.found }, page.blobs);
}

// EN 303 645 6-2, TS 103 645 4.8-2, G044 7-b: consent is informed, free, for each purpose, and by an act of its own.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const choices = choicesOf(seen.declaration);
  return weigh(
    [
      ...parts,
      ...judgeChoosing(seen.declaration, rows.restored),
      ...judgeWalks(rows, choices),
      ...choices.flatMap((choice) => judgeOne(choice, choices, rows)),
    ],
    NO_CONSENT,
  );
}

function judgeWalks(rows: Rows, choices: readonly Choice[]): readonly Part[] {
  const mechanisms = [...new Set(choices.map(({ mechanism }) => mechanism.id))];
  return mechanisms.map((id) => {
    const [walked] = of(rows.walked, id);
    const [works] = of(rows.works, id);
    if (walked !== undefined && walked.data.ended !== 'nothing-asked')
      return open(`the end of the set-up, where nothing optional is chosen (${walked.data.ended})`, [walked.id]);
    if (works === undefined)
      return open('that the product works for whoever consents to nothing', idsOf(of(rows.walked, id)));
    const evidence = idsOf([...of(rows.walked, id), works]);
    return works.data.answer.success
      ? pass('the product works for whoever consents to nothing', evidence)
      : fail(`${works.data.function} no longer works for whoever consents to nothing`, evidence);
  });
}

function judgeOne(choice: Choice, choices: readonly Choice[], rows: Rows): readonly Part[] {
  const { item, control } = choice;
  const offered = of(rows.offered, item);
  const made = of(rows.made, item);
  const twin = choices.find(
    (other) =>
      other.item !== item && other.control.field === control.field && other.control.function === control.function,
  );
  if (twin !== undefined)
    return [fail(`one answer is taken for “${item}” and for “${twin.item}”`, idsOf([...offered, ...made]))];
  return [
    ...offered.map((row) => judgeOffered(item, row)),
    judgeFirst(item, rows),
    ...judgeMade(item, made),
    ...of(rows.explained, item).map(({ id, data }) =>
      data.found === 'missing'
        ? fail(`the page on which consent to “${item}” is given does not say what for`, [id])
        : pass(
            GOOD,
            [id],
            data.found === 'there' ? [] : [`whether the page means the purpose of “${item}” as declared`],
          ),
    ),
  ];
}
const GOOD = 'consent is asked for each purpose by itself, nothing is chosen beforehand, and silence means no';

function judgeOffered(item: string, { id, data }: Reading<Offered>): Part {
  const where = data.where === 'set-up' ? 'at set-up' : 'on its page';
  if (data.type === 'none') return fail(`nothing ${where} asks for consent to “${item}”`, [id]);
  if (data.type === 'hidden') return fail(`consent to “${item}” is given ${where} by what nobody sees`, [id]);
  if (data.required) return fail(`${where} nobody gets on without consent to “${item}”`, [id]);
  return data.yes ? fail(`consent to “${item}” is chosen beforehand ${where}`, [id]) : pass(GOOD, [id]);
}

function judgeFirst(item: string, rows: Rows): Part {
  const [first] = of(rows.first, item);
  if (first === undefined || !first.data.readable)
    return open(
      `how “${item}” stands before anybody has chosen: a unit in factory default shows it`,
      idsOf(of(rows.first, item)),
    );
  return first.data.given
    ? fail(`“${item}” counts as consented to, though nobody chose it`, [first.id])
    : pass(GOOD, [first.id]);
}

function judgeMade(item: string, made: Rows['made']): readonly Part[] {
  const evidence = idsOf(made);
  const others = [...new Set(made.flatMap(({ data }) => data.others))];
  if (others.length > 0)
    return [fail(`consent to “${item}” is bundled with that to “${others.join('”, “')}”`, evidence)];
  const given = made.find(({ data }) => data.to === 'given');
  const withdrawn = made.find(({ data }) => data.to === 'withdrawn');
  if (!given?.data.shown || !withdrawn?.data.shown)
    return [open(`that consent to “${item}” is given and withdrawn`, evidence)];
  // the page is believed about a no only where it also shows a yes
  return given.data.yes === false
    ? [open(`whether the page shows how “${item}” stands`, evidence)]
    : [pass(GOOD, evidence)];
}
