import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { answered, blobsOf, jsonAt } from '../access/answers.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { accountAndChanges, guardOf, overHttp, type HttpFunction } from '../access/subjects.ts';

/**
 * A check that says "all is well" of any set-up is worse than none. Each setting that the declaration names is put into
 * its insecure position and back, and each declared check, the product's own and its manufacturer's, must tell of it.
 */
const strict = { additionalProperties: false } as const;
const Who = Type.Union([Type.Literal('self'), Type.Literal('remote')]);
type Who = Static<typeof Who>;
const Position = Type.Union([Type.Literal('secure'), Type.Literal('insecure')]);
const Told = Type.Object(
  {
    who: Who,
    position: Position,
    /** what it says of this setting */
    says: Type.Union([Type.Literal('well'), Type.Literal('amiss'), Type.Literal('nothing')]),
  },
  strict,
);
const Declared = Type.Object({ tries: Type.Integer() }, strict);
const Restored = Type.Object({ restored: Type.Boolean() }, strict);
const KINDS = { told: Told, declared: Declared, restored: Restored };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

type Check = NonNullable<Declaration['setupCheck']>;
type Try = NonNullable<Check['tries']>[number];

export const secureSetupCheck: Case = {
  id: 'secure-setup-check',
  topic: 'setup-check',
  title: 'Puts declared settings into an insecure position and back, and looks whether the declared checks tell of it.',
  ready: (declaration, target) =>
    triesOf(declaration).length === 0
      ? { ok: true }
      : accountAndChanges(
          () => triesOf(declaration).flatMap((each) => guardFor(declaration, each.function) ?? []),
          'nobody signs in to where the settings are changed',
        )(declaration, target),
  effect: 'disturbing',
  putsBack: true,
  observe,
  judge,
};

const triesOf = (declaration: Declaration): readonly Try[] => declaration.setupCheck?.tries ?? [];
const functionIn = ({ externalFunctions }: Declaration, id: string | undefined): HttpFunction | undefined =>
  externalFunctions.filter(overHttp).find((each) => each.id === id);
const guardFor = (declaration: Declaration, id: string) => {
  const called = functionIn(declaration, id);
  return called && guardOf(declaration, called);
};

async function observe(probe: Probe): Promise<void> {
  const { declaration } = probe;
  const tries = triesOf(declaration);
  probe.record('declared', 'setup-check', { tries: tries.length });
  for (const each of tries) {
    const setting = functionIn(declaration, each.function);
    if (!setting) {
      probe.record('blocked', each.function, { because: 'it is not a function over HTTP' });
      continue;
    }
    try {
      for (const position of ['secure', 'insecure'] as const) {
        if (!(await call(probe, setting, { [each.field]: each[position] }))) {
          probe.record('blocked', each.function, { because: `it could not be put into its ${position} position` });
          break;
        }
        await look(probe, each, 'self', position);
        await look(probe, each, 'remote', position);
      }
    } finally {
      const restored = await call(probe, setting, { [each.field]: each.secure });
      probe.record('restored', each.function, { restored });
    }
  }
}

/** What a check says of the setting in this position; the manufacturer is asked first. */
async function look(probe: Probe, each: Try, who: Who, position: Static<typeof Position>): Promise<void> {
  const code = each.finding[who];
  const { setupCheck } = probe.declaration;
  const findings = setupCheck?.[who]?.findings;
  const reader = functionIn(probe.declaration, findings?.function);
  if (code === undefined || findings === undefined || !reader) return;
  const asked = who === 'remote' ? functionIn(probe.declaration, setupCheck?.remote?.function) : undefined;
  if (asked && !(await call(probe, asked))) {
    probe.record('blocked', each.function, { because: 'the manufacturer could not be asked' });
    return;
  }
  const reached = await send(probe, reader);
  const read = reached.ok ? jsonAt(reached.answer.body, findings.field) : undefined;
  const found = Value.Check(Findings, read) ? read.filter((one) => one.code === code) : [];
  const says = found.length === 0 ? 'nothing' : found.every(({ good }) => good) ? 'well' : 'amiss';
  probe.record('told', each.function, { who, position, says }, blobsOf(reached));
}
const Findings = Type.Array(Type.Object({ code: Type.String(), good: Type.Boolean() }));

type Values = Readonly<Record<string, string>>;
const call = async (probe: Probe, called: HttpFunction, values: Values = {}): Promise<boolean> =>
  answered(called, await send(probe, called, values)).success;

/** As the owner, with a new session where the last one has ended or was begun too long ago for what is asked. */
async function send(probe: Probe, called: HttpFunction, values: Values = {}) {
  const guard = guardOf(probe.declaration, called);
  const session = async () => (guard ? await probe.login.shared(guard.id) : undefined);
  const reached = await probe.login.call(called.id, await session(), values);
  if (!guard || answered(called, reached).success) return reached;
  probe.login.forget(guard.id);
  return probe.login.call(called.id, await session(), values);
}

const WHOSE: Readonly<Record<Who, string>> = { self: 'the product’s own check', remote: 'the manufacturer’s check' };

// EN 303 645 5.12-3, TS 103 645 4.12-1, G044 6.12.3: who checks the set-up is told the truth, by the product and by its maker.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const { setupCheck } = seen.declaration;
  const tries = triesOf(seen.declaration);
  const nothing = 'no check was tried';
  if (setupCheck === undefined && rows.declared.length > 0)
    return weigh(
      [...parts, pass('no check is declared beyond the guide that people read', idsOf(rows.declared))],
      nothing,
    );
  const untried = (['self', 'remote'] as const)
    .filter((who) => setupCheck?.[who] !== undefined && tries.every(({ finding }) => finding[who] === undefined))
    .map((who) => open(`${WHOSE[who]}: no setting is declared on which it can be tried`));
  const judged = tries.flatMap((each) =>
    (['self', 'remote'] as const).flatMap((who) => (each.finding[who] === undefined ? [] : judgeOne(each, who, rows))),
  );
  return weigh([...parts, ...judged, ...untried, ...tries.map((each) => putBack(each, rows))], nothing);
}

function judgeOne(each: Try, who: Who, rows: Rows): Part {
  const mine = of(rows.told, each.function).filter(({ data }) => data.who === who);
  const [secure, insecure] = (['secure', 'insecure'] as const).map((position) =>
    mine.find(({ data }) => data.position === position),
  );
  const name = `${WHOSE[who]} of “${each.function}”`;
  if (!secure || !insecure) return open(`${name} in both positions`, idsOf(mine));
  const evidence = idsOf([secure, insecure]);
  if (insecure.data.says === 'well') return fail(`${name} says that all is well while it is not`, evidence);
  if (secure.data.says === 'amiss') return fail(`${name} says that something is amiss where nothing is`, evidence);
  if (secure.data.says === 'nothing' || insecure.data.says === 'nothing')
    return open(`${name}: a finding of its own`, evidence);
  return pass(`${name} tells the insecure position from the secure one`, evidence);
}

function putBack(each: Try, rows: Rows): Part {
  const mine = of(rows.restored, each.function);
  if (mine.length === 0) return open(`“${each.function}” put back`);
  return mine.every(({ data }) => data.restored)
    ? pass('what was changed was put back', idsOf(mine))
    : fail(`“${each.function}” could not be put back: the unit is left as it was not found`, idsOf(mine));
}
