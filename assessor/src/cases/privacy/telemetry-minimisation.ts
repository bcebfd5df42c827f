import { Type } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { lacking } from '../lacking.ts';
import type { Held } from '../../observe/manufacturer/held.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { factsOfHeld, FieldFacts } from './held-facts.ts';

/**
 * What the services hold of the unit is no more than is declared: no field beside the declared ones, none more precise,
 * none more often. Each field that is personal data has its purpose and its user in the declaration.
 */
const Asked = Type.Object({ rows: Type.Integer() }, { additionalProperties: false });
const KINDS = { asked: Asked, field: FieldFacts };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const telemetryMinimisation: Case = {
  id: 'telemetry-minimisation',
  topic: 'telemetry-minimisation',
  title: 'Has out what the services hold of the unit, and holds each field against its declared precision and rate.',
  ready: (declaration, target) => {
    if (declaration.telemetryData.length === 0) return { ok: false, because: NOTHING };
    return target.held === undefined
      ? { ok: false, because: lacking(target, '/held', 'how one gets what the services hold of the unit') }
      : { ok: true };
  },
  effect: 'reading',
  observe,
  judge,
};
const NOTHING = 'no telemetry is declared';

async function observe(probe: Probe): Promise<void> {
  const wanted = expected(probe.declaration);
  let held = await probe.manufacturer.held();
  for (let waited = 0; waited < probe.patienceSeconds && !shows(held, wanted); waited += 1) {
    await probe.clock.wait(1000);
    held = await probe.manufacturer.held();
  }
  if (!held.ok) {
    probe.record('blocked', 'product', { because: held.because });
    return;
  }
  probe.record('asked', 'product', { rows: held.rows.length });
  for (const [field, facts] of factsOfHeld(probe.declaration, held.rows)) probe.record('field', field, { ...facts });
}

/** Twice each, so that the time between is known. */
const shows = (held: Held, wanted: readonly string[]): boolean =>
  held.ok && wanted.every((id) => held.rows.filter(({ field }) => field === id).length > 1);

/** Personal data that is sent without anybody's consent: it has to be there, or nothing was observed. */
const expected = ({ telemetryData, personalData }: Declaration): readonly string[] =>
  telemetryData
    .filter((field) => personalData.some(({ id, legalBasis }) => id === field.personalData && legalBasis !== 'consent'))
    .map(({ id }) => id);

// EN 303 645 6-4, TS 103 645 4.10-2, G044 7-d: no more personal data in telemetry than its declared purposes need.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const { declaration } = seen;
  if (rows.asked.length === 0) return weigh(parts, 'what the services hold was not seen', 'assisted');
  return weigh([...parts, ...rows.field.map(judgeField), judgeWhole(declaration, rows)], NOTHING, 'assisted');
}

function judgeField({ id, subject, data }: Rows['field'][number]): Part {
  const faults = [
    ...(data.declared ? [] : ['is held, and not declared']),
    ...(data.offStep > 0 ? [`is held more precisely than declared (${data.offStep} of ${data.rows})`] : []),
    ...(data.outside > 0 ? [`is held beyond its declared range (${data.outside} of ${data.rows})`] : []),
    ...(data.mistyped > 0 ? [`is held as another type than declared (${data.mistyped} of ${data.rows})`] : []),
    ...(data.tooSoon > 0 ? [`is sent more often than declared (${data.tooSoon} of ${data.pairs} times)`] : []),
  ];
  return faults.length > 0 ? fail(`the field “${subject}” ${faults.join(' and ')}`, [id]) : pass(ALL, [id]);
}

function judgeWhole(declaration: Declaration, rows: Rows): Part {
  const evidence = idsOf(rows.asked);
  const unseen = expected(declaration).filter((id) => of(rows.field, id).length === 0);
  if (unseen.length > 0) return open(`what is held of ${unseen.join(', ')}`, evidence);
  const timed = declaration.telemetryData.filter(({ personalData }) => personalData !== false);
  const paired = timed.some(({ id }) => of(rows.field, id).some(({ data }) => data.pairs > 0));
  if (timed.length > 0 && expected(declaration).length > 0 && !paired)
    return open('how often personal data is sent', evidence);
  return rows.field.length === 0 ? open('that anything is held at all', evidence) : pass(ALL, evidence);
}
const ALL = 'what the services hold is the declared fields, no more precise and no more often than declared';
