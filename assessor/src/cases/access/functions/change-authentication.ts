import { Type } from 'typebox';
import type { Declaration, ExternalFunction } from '@hearthward/product';
import type { Case, Judgement, Seen } from '../../../model.ts';
import { Answered, refusedAgainst } from '../answers.ts';
import { fail, fault, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../evidence.ts';
import { onlyWhile, overHttp, type HttpFunction } from '../subjects.ts';
import { accessOf, Anonymous } from './anonymous-mqtt.ts';
import { changesSignIn, isIrreversible, observeChange } from './changing-functions.ts';

/** What changes something does so only for who is logged in, and only from the product’s own pages. */
const Tried = Type.Object(
  {
    with: Type.Enum(['nothing', 'made-up-session', 'session-without-form', 'session']),
    /** sent without its declared fields, since it could not be put back */
    withheld: Type.Boolean(),
    answer: Answered,
    /** what reading back shows: absent where the declaration names no way to read it back */
    effect: Type.Optional(Type.Enum(['changed', 'unchanged', 'unreadable'])),
  },
  { additionalProperties: false },
);
const Restored = Type.Object({ restored: Type.Boolean() }, { additionalProperties: false });
const Public = Type.Object({ because: Type.String() }, { additionalProperties: false });
const Sibling = Type.Object({ function: Type.String(), answer: Answered }, { additionalProperties: false });
/** taken, and not put back, since the declaration names no way to read it back */
const Left = Type.Object({ with: Tried.properties.with, sent: Type.String() }, { additionalProperties: false });
const KINDS = { tried: Tried, restored: Restored, left: Left, public: Public, anonymous: Anonymous, sibling: Sibling };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const changeAuthentication: Case = {
  id: 'change-authentication',
  topic: 'change-authentication',
  title: 'Calls every declared changing function without a login, with a made-up session and from a foreign page.',
  ready: (declaration, target) => {
    if (!target.authorisation.changes)
      return { ok: false, because: 'the target’s authorisation does not allow settings to be changed and put back' };
    const mine = guarded(declaration);
    if (mine.length === 0)
      return { ok: false, because: 'no function that changes something is declared that needs a login' };
    return mine.some((each) => target.services[each.service] !== undefined)
      ? { ok: true }
      : { ok: false, because: 'the target file gives no address for a service with such functions' };
  },
  effect: 'disturbing',
  putsBack: true,
  observe: async (probe) => {
    for (const each of changes(probe.declaration)) {
      if (isPublic(each)) probe.record('public', each.id, { because: each.publicBecause ?? '' });
      else if (probe.target.services[each.service] === undefined) {
        probe.record('blocked', each.id, { because: 'the target file gives no address for its service' });
      } else await observeChange(probe, each);
    }
  },
  judge,
};

// EN 303 645 5.5-5, G045 AU-1-2: what is relevant to security is changed only after authentication.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const judgement = weigh(
    [
      ...parts,
      ...guarded(seen.declaration).flatMap((each) =>
        overHttp(each)
          ? judgeHttp(each, rows, onlyWhile(seen.declaration, each) !== undefined)
          : [judgeMqtt(each, rows)],
      ),
    ],
    'no function that changes something is declared that needs a login',
  );
  return naming(withExceptions(judgement, seen.declaration), rows.left);
}

/** What nobody can authenticate is no gap in what was tried; whoever reads the finding sees what was left aside. */
function withExceptions(judgement: Judgement, { basicProtocols = [] }: Declaration): Judgement {
  if (judgement.verdict !== 'PASS' || basicProtocols.length === 0) return judgement;
  const names = basicProtocols.map(({ protocol }) => protocol.toUpperCase()).join(', ');
  return { ...judgement, because: `${judgement.because}; basic network protocols aside, as declared: ${names}` };
}

function judgeHttp(each: HttpFunction, rows: Rows, isForAWhile: boolean): readonly Part[] {
  const byOther = isIrreversible(each) || changesSignIn(each) || isForAWhile;
  const name = each.id;
  const mine = of(rows.tried, name);
  const lost = of(rows.restored, name).filter((row) => !row.data.restored);
  const parts: Part[] = lost.map((row) => fault(`${name}: the value could not be put back`, [row.id]));
  const against = mine.filter((row) => row.data.with !== 'session');
  const altered = against.filter((row) => row.data.effect === 'changed');
  if (altered.length > 0)
    return [
      ...parts,
      fail(`${name} changes its value ${altered.map((row) => SAID[row.data.with]).join(' and ')}`, idsOf(altered)),
    ];
  const control = mine.find(
    (row) => row.data.with === 'session' && row.data.answer.success && row.data.effect !== 'unchanged',
  );
  const reference = control?.data.answer;
  const siblings = of(rows.sibling, name).filter((row) => row.data.answer.success);
  const uncovered: string[] = [];
  for (const kind of wanted(each)) {
    const tried = against.filter((row) => row.data.with === kind && row.data.answer.reached);
    if (tried.length === 0) uncovered.push(`${name}: a call ${SAID[kind]}`);
    for (const row of tried) {
      if (row.data.effect === 'unchanged') continue;
      const { answer, withheld } = row.data;
      const verdict = reference === undefined ? bare(answer, withheld) : refusedAgainst(reference, answer);
      if (verdict === 'accepted') return [...parts, fail(`${name} accepts a call ${SAID[kind]}`, [row.id])];
      if (verdict === 'alike') uncovered.push(`${name}: whether a call ${SAID[kind]} is refused`);
    }
  }
  if (control?.data.effect === 'changed' && of(rows.restored, name).length === 0)
    uncovered.push(`${name}: that the value was put back`);
  if (control === undefined && !byOther) uncovered.push(`${name}: that it works with a login`);
  // What cannot be put back has its control in another function of the service that the same session may call.
  if (control === undefined && siblings.length === 0 && byOther) {
    uncovered.push(`${name}: that the session with which it would work is accepted`);
  }
  return [
    ...parts,
    pass(
      'every changing function refuses calls without a login, with a made-up session and from foreign pages',
      idsOf([...mine, ...siblings]),
      uncovered,
    ),
  ];
}

/** Whatever the verdict, whoever reads the finding learns what to put back. */
function naming(judgement: Judgement, left: Rows['left']): Judgement {
  if (left.length === 0) return judgement;
  const said = left.map(
    ({ subject, data }) => `${subject}${data.sent === '' ? '' : ` (${data.sent})`}, called ${SAID[data.with]}`,
  );
  return {
    ...judgement,
    because: `${judgement.because}; this assessment left behind: ${said.join('; ')}`,
    evidence: [...new Set([...judgement.evidence, ...idsOf(left)])],
  };
}

/** Without a control: a plain refusal by status, or a redirect, as login walls give. */
function bare(answer: Rows['tried'][number]['data']['answer'], withheld: boolean): 'refused' | 'accepted' | 'alike' {
  if (answer.status === 401 || answer.status === 403) return 'refused';
  if (answer.status >= 300 && answer.status < 400)
    return answer.location !== undefined && /log-?in|sign-?in|auth/i.test(answer.location) ? 'refused' : 'alike';
  // A complaint about missing fields shows that the input was looked at before the caller.
  if (withheld) return answer.status < 300 ? 'accepted' : 'alike';
  return answer.success ? 'accepted' : 'refused';
}

function judgeMqtt({ id: name }: ExternalFunction, rows: Rows): Part {
  const mine = of(rows.anonymous, name);
  if (mine.length === 0) return open(`${name}: its topic without a login`);
  const accesses = mine.map((row) => accessOf(row.data));
  if (accesses.includes('open'))
    return fail(`${name}: a message of someone who is not logged in is delivered`, idsOf(mine));
  if (accesses.includes('unknown'))
    return open(
      `${name}: a message without a login is acknowledged or unanswered, which does not show whether it is delivered`,
      idsOf(mine),
    );
  if (!mine.some((row) => row.data.control))
    return open(`${name}: that the right credentials are accepted`, idsOf(mine));
  return pass('who is not logged in cannot publish', idsOf(mine));
}

const SAID = {
  nothing: 'without a login',
  'made-up-session': 'with a made-up session',
  'session-without-form': 'from a page that is not its own',
  session: 'with a login',
} as const;

/** A form over cookies can be forged by a foreign page; a bearer token or JSON cannot be sent by one. */
function wanted(each: HttpFunction): readonly (keyof typeof SAID)[] {
  const forged = each.request.page !== undefined && each.request.encoding === 'form' && !isIrreversible(each);
  return ['nothing', 'made-up-session', ...(forged ? (['session-without-form'] as const) : [])];
}
const changes = (declaration: Declaration): readonly ExternalFunction[] =>
  declaration.externalFunctions.filter((each) => each.kind === 'change' || each.kind === 'publish');
/** EN 303 645 5.5-5 knows no public change that is relevant to security; only set-up happens before there is anyone to log in. */
const isPublic = (each: ExternalFunction): boolean =>
  each.publicBecause !== undefined && (!each.securityRelevant || each.purpose === 'set-up');
const guarded = (declaration: Declaration): readonly ExternalFunction[] =>
  changes(declaration).filter((each) => !isPublic(each));
