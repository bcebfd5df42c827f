import { Type } from 'typebox';
import type { ExternalFunction } from '@hearthward/product';
import type { Judgement, Seen } from '../../../model.ts';
import { fail, fault, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../../access/evidence.ts';
import { passwordMechanisms } from '../../access/subjects.ts';

/** What the answers to hostile input say. */
const strict = { additionalProperties: false };
const Control = Type.Object({ success: Type.Boolean(), readable: Type.Boolean(), followed: Type.Boolean() }, strict);
const Attack = Type.Object(
  {
    name: Type.String(),
    field: Type.String(),
    expected: Type.Union([Type.Literal('refused'), Type.Literal('harmless')]),
    answer: Type.Union([Type.Literal('answered'), Type.Literal('closed'), Type.Literal('timeout')]),
    status: Type.Integer(),
    accepted: Type.Boolean(),
    reflected: Type.Boolean(),
    computed: Type.Boolean(),
    polluted: Type.Boolean(),
    value: Type.Union([Type.Literal('same'), Type.Literal('changed'), Type.Literal('unknown')]),
    clean: Type.Boolean(),
    alive: Type.Boolean(),
  },
  strict,
);
const Left = Type.Object({ because: Type.String(), covered: Type.Boolean() }, strict);
const Restored = Type.Object({ restored: Type.Boolean() }, strict);
const Query = Type.Object({ reached: Type.Boolean(), status: Type.Integer(), reflected: Type.Boolean() }, strict);
const Login = Type.Object(
  {
    name: Type.String(),
    kind: Type.String(),
    status: Type.Integer(),
    reflected: Type.Boolean(),
    timeout: Type.Boolean(),
  },
  strict,
);
const Entered = Type.Object({ entered: Type.Boolean() }, strict);
const KINDS = {
  control: Control,
  attack: Attack,
  left: Left,
  restored: Restored,
  query: Query,
  login: Login,
  entered: Entered,
};
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

// EN 303 645 5.13-1, TS 103 645 4.13-1, G044 6.13.1: what comes in is validated.
export function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const functions = seen.declaration.externalFunctions;
  const changing = functions.filter((each) => (each.kind === 'change' || each.kind === 'publish') && takesInput(each));
  return weigh(
    [
      ...parts,
      ...changing.flatMap((each) => judgeFunction(each.id, rows)),
      ...functions.filter((each) => each.kind === 'read').flatMap((each) => judgeQuery(each.id, rows)),
      ...passwordMechanisms(seen.declaration).map((each) => judgeLogin(each.id, rows)),
    ],
    'no function that takes input is declared',
  );
}

const takesInput = (each: ExternalFunction): boolean =>
  each.request.transport === 'mqtt' || each.request.fields.length > 0;

function judgeFunction(name: string, rows: Rows): readonly Part[] {
  const left = of(rows.left, name);
  if (left.length > 0)
    return left.filter((row) => !row.data.covered).map((row) => open(`${name}: ${row.data.because}`, [row.id]));
  const lost = of(rows.restored, name).filter((row) => !row.data.restored);
  const attacks = of(rows.attack, name);
  const ills = attacks.flatMap((row) => {
    const ill = illOf(row.data);
    return ill === undefined
      ? []
      : [{ id: row.id, text: `${row.data.name}${row.data.field === '' ? '' : ` in ${row.data.field}`} ${ill}` }];
  });
  if (ills.length > 0) {
    const said = ills.slice(0, 3).map((each) => each.text);
    const more = ills.length > 3 ? `, and ${ills.length - 3} more` : '';
    return [
      fail(
        `${name}: ${said.join(', ')}${more}`,
        ills.map((each) => each.id),
      ),
    ];
  }
  if (lost.length > 0) return [fault(`${name}: its value could not be put back`, idsOf(lost))];
  const controls = of(rows.control, name);
  const control = controls.filter((row) => row.data.success && row.data.followed);
  const unclear = attacks.filter(
    (row) => row.data.answer === 'timeout' || (row.data.answer === 'closed' && !row.data.alive),
  );
  return [
    pass(`${name} refuses ${attacks.length} hostile inputs`, idsOf([...attacks, ...control]), [
      ...(control.length > 0 ? [] : [`${name}: that a good value is taken`]),
      ...(attacks.length >= LEAST_ATTACKS ? [] : [`${name}: enough hostile input (${attacks.length})`]),
      ...unclear.map((row) => `${name}: how it takes ${row.data.name}: no answer came`),
    ]),
  ];
}
/** The bodies alone, without any value of a field, are six. */
const LEAST_ATTACKS = 8;

function illOf(data: Rows['attack'][number]['data']): string | undefined {
  if (data.status >= 500) return `makes it fail (${data.status})`;
  if (!data.alive) return 'leaves it unusable';
  if (data.reflected) return 'comes back as markup';
  if (data.computed) return 'is carried out';
  if (data.polluted) return 'reaches the names that all objects share';
  if (data.expected === 'harmless') return undefined;
  // taken in word, and yet without effect: it was dropped
  if (data.value === 'same') return undefined;
  if (data.name === 'control characters' && data.value === 'changed' && data.clean) return undefined;
  if (data.value === 'changed') return 'changes the value';
  return data.accepted && data.name !== 'sent twice' ? 'is accepted' : undefined;
}

function judgeQuery(name: string, rows: Rows): readonly Part[] {
  const mine = of(rows.query, name);
  const ill = mine.filter((row) => row.data.status >= 500 || row.data.reflected);
  if (ill.length > 0)
    return [
      fail(
        `${name}: a hostile address ${ill[0]?.data.reflected === true ? 'comes back as markup' : 'makes it fail'}`,
        idsOf(ill),
      ),
    ];
  return mine.some((row) => row.data.reached) ? [pass(`${name} is not moved by a hostile address`, idsOf(mine))] : [];
}

function judgeLogin(name: string, rows: Rows): Part {
  const left = of(rows.left, name)[0];
  if (left !== undefined) return open(`${name}: ${left.data.because}`, [left.id]);
  const mine = of(rows.login, name);
  // a declared answer to too many failures may carry any status, 503 say, and is no breakdown
  const failed = mine.filter((row) => row.data.status >= 500 && row.data.kind !== 'throttled');
  const broken = mine.filter((row) => failed.includes(row) || row.data.reflected || row.data.kind === 'in');
  if (broken.length > 0) {
    const [first] = broken;
    const what =
      first?.data.kind === 'in'
        ? 'logs in'
        : first?.data.reflected === true
          ? 'comes back as markup'
          : `makes the login fail (${first?.data.status ?? 0})`;
    return fail(`${name}: ${first?.data.name ?? 'hostile input'} ${what}`, idsOf(broken));
  }
  const refused = mine.filter((row) => row.data.kind !== 'in' && !row.data.timeout);
  const entered = of(rows.entered, name).filter((row) => row.data.entered);
  return pass(`${name}: hostile logins are refused and the right one still works`, idsOf([...refused, ...entered]), [
    ...(entered.length > 0 ? [] : [`${name}: that the right password still works afterwards`]),
    ...(refused.length > 0 ? [] : [`${name}: how its login takes hostile input`]),
  ]);
}
