import { Type } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { strongPassword } from '../access/signing-in.ts';
import { userPasswords } from '../access/subjects.ts';

/**
 * Set-up asks few things, each of them declared and named, and has all of them decided on their safe side except the new
 * password. Whether people find it easy, only people can say; what is shown is that it can be done in these steps.
 */
const strict = { additionalProperties: false } as const;
const Walked = Type.Object({ ended: Type.String(), pages: Type.Integer() }, strict);
const Asked = Type.Object(
  {
    page: Type.String(),
    /** what the declaration knows it as */
    as: Type.Union([
      Type.Literal('password'),
      Type.Literal('declared'),
      Type.Literal('consent'),
      Type.Literal('undeclared'),
    ]),
    decided: Type.Boolean(),
    labelled: Type.Boolean(),
  },
  strict,
);
const KINDS = { walked: Walked, asked: Asked };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const setupUsability: Case = {
  id: 'setup-usability',
  topic: 'setup-usability',
  title:
    'Sets a unit up as its pages offer it, and counts what it asks, what is decided already, and what has no name.',
  ready: (declaration, target) => {
    const mechanisms = withSetUp(declaration);
    if (mechanisms.length === 0) return { ok: false, because: 'the declaration does not say how a unit is set up' };
    const delivered = mechanisms.some(({ id }) => {
      const account = target.accounts?.[id];
      return account?.initialPassword !== undefined && account.password === undefined;
    });
    if (!delivered) return { ok: false, because: 'the target file does not give this unit as one in factory default' };
    return target.authorisation.destructive
      ? { ok: true }
      : { ok: false, because: 'the target’s authorisation does not allow what cannot be put back' };
  },
  effect: 'destructive',
  spare: 'factory-default',
  observe,
  judge,
};

const withSetUp = (declaration: Declaration) => userPasswords(declaration).filter(({ setUp }) => setUp !== undefined);

async function observe(probe: Probe): Promise<void> {
  for (const { id, setUp } of withSetUp(probe.declaration)) {
    const walked = await probe.login.setUp(id, strongPassword(probe));
    if (!walked.ok) {
      probe.record('blocked', id, { because: walked.because });
      continue;
    }
    const { ended, pages } = walked.walk;
    probe.record(
      'walked',
      id,
      { ended, pages: pages.length },
      pages.map(({ blob }) => blob),
    );
    const passwords = Object.values(setUp?.fields ?? {});
    const consents = probe.declaration.personalData.flatMap(({ consent }) =>
      consent?.control === undefined ? [] : [consent.control.atSetUp ?? consent.control.field],
    );
    for (const { path, inputs, blob } of pages) {
      const seen = inputs.filter(({ type }) => type !== 'hidden');
      for (const [name, same] of Map.groupBy(seen, (input) => input.name)) {
        const as = passwords.includes(name)
          ? 'password'
          : Object.hasOwn(setUp?.others ?? {}, name)
            ? 'declared'
            : consents.includes(name)
              ? 'consent'
              : 'undeclared';
        const decided = same.some((input) => input.decided);
        const labelled = same.every((input) => input.labelled);
        probe.record('asked', name, { page: path, as, decided, labelled }, [blob]);
      }
    }
  }
}

/** Miller 1956: about as many things as people keep in mind. */
const MOST_DECISIONS = 7;

// EN 303 645 5.12-1, TS 103 645 4.12-1, G044 6.12.1: few decisions, on their safe side already, and each of them clear.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const nothing = 'no unit was set up';
  return weigh([...parts, ...withSetUp(seen.declaration).map(({ id }) => judgeOne(id, rows))], nothing);
}

function judgeOne(mechanism: string, rows: Rows): Part {
  const [walked] = of(rows.walked, mechanism);
  if (walked === undefined) return open('a set-up from its first page to its last');
  const evidence = idsOf([walked, ...rows.asked]);
  const named = (wrong: Rows['asked']): string => [...new Set(wrong.map(({ subject }) => `“${subject}”`))].join(', ');
  const undeclared = rows.asked.filter(({ data }) => data.as === 'undeclared');
  if (undeclared.length > 0)
    return fail(`the set-up asks ${named(undeclared)}, which no declared decision is`, evidence);
  const nameless = rows.asked.filter(({ data }) => !data.labelled);
  if (nameless.length > 0) return fail(`the set-up does not say what ${named(nameless)} is`, evidence);
  const undecided = rows.asked.filter(({ data }) => data.as !== 'password' && !data.decided);
  if (undecided.length > 0)
    return fail(`the set-up leaves ${named(undecided)} to people without a safe choice made`, evidence);
  const decisions = new Set(rows.asked.filter(({ data }) => data.as !== 'password').map(({ subject }) => subject)).size;
  if (decisions + 1 > MOST_DECISIONS) return fail(`the set-up asks ${decisions + 1} decisions of people`, evidence);
  if (walked.data.ended !== 'nothing-asked' || !rows.asked.some(({ data }) => data.as === 'password'))
    return open(`the end of the set-up, where everything stays as it is offered (${walked.data.ended})`, evidence);
  return pass(
    `the set-up takes ${walked.data.pages} pages and ${decisions + 1} decisions, and only the password has to be made up`,
    evidence,
  );
}
