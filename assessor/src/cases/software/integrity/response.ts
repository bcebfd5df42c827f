import { Type } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../../model.ts';
import { prompted, promptOf } from '../../access/certificates/false-services.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../../access/evidence.ts';
import {
  ALTERING_KINDS,
  besidesStart,
  placesOf,
  readUntil,
  readyToAlter,
  shownOf,
  whileAltered,
  WHOLE,
  type AlterablePlace,
} from './altering.ts';

const strict = { additionalProperties: false } as const;
const WHEN = Type.Enum(['whole', 'altered'] as const);
/** the manufacturer was asked whether the unit has told it of a change; `because`: why it could not be asked, or that it has not */
const Alerted = Type.Object({ when: WHEN, heard: Type.Boolean(), because: Type.String() }, strict);
/** a service was stood in for while the function was called on which it is dialled */
const Dialled = Type.Object({ when: WHEN, dialled: Type.Boolean() }, strict);
const KINDS = { ...ALTERING_KINDS, alerted: Alerted, dialled: Dialled };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const integrityResponse: Case = {
  id: 'integrity-response',
  topic: 'integrity-response',
  title:
    'Has a laboratory change one byte of the software; looks whether the product tells its people and its manufacturer of it, and dials nobody else any more.',
  ready: readyToAlter,
  effect: 'disturbing',
  putsBack: true,
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  const shown = shownOf(probe.declaration);
  const place = firstOf(placesOf(probe.target));
  if (shown === undefined || place === undefined) return;
  const whole = await readUntil(probe, shown, WHOLE, 'whole', { wanted: ['whole'], seconds: probe.patienceSeconds });
  if (whole !== 'whole') return;
  const others = othersOf(probe.declaration).filter((id) => probe.target.redirects?.[id] !== undefined);
  for (const service of others) await dial(probe, service, 'whole', probe.patienceSeconds);
  // what it told of earlier units, or of other cases, is not counted
  await askAlerted(probe, 'whole', 0);
  await whileAltered(probe, shown, place, besidesStart(probe.declaration), async () => {
    for (const service of others) await dial(probe, service, 'altered', WATCHED_SECONDS);
    await askAlerted(probe, 'altered', probe.patienceSeconds);
  });
}
/** A whole unit dials within a second of being asked. */
const WATCHED_SECONDS = 4;

/** Software, where it can be altered: what answers is then no longer to be believed. */
const firstOf = (places: readonly AlterablePlace[]): AlterablePlace | undefined =>
  places.find(({ what }) => what === 'software') ?? places[0];

/** Associated services that the product dials, but for the one that it tells of itself. */
const othersOf = ({ communicationMechanisms }: Declaration): readonly string[] => {
  const outward = communicationMechanisms.filter(({ direction }) => direction === 'outbound');
  const alerted = new Set(outward.filter(({ alert }) => alert === true).map(({ service }) => service));
  return [
    ...new Set(outward.flatMap(({ service }) => (service === undefined || alerted.has(service) ? [] : [service]))),
  ];
};

async function dial(probe: Probe, service: string, when: 'whole' | 'altered', seconds: number): Promise<void> {
  const prompt = promptOf(probe, service);
  if (prompt === undefined) return;
  const stood = await probe.impostor.standIn(service);
  if (!stood.ok) {
    probe.record('blocked', service, { because: stood.because });
    return;
  }
  try {
    const led = await prompted(probe, prompt, stood.standIn.leadOn(seconds * 1000));
    probe.record('dialled', service, { when, dialled: led !== undefined }, led === undefined ? [] : [led.blob]);
  } finally {
    await stood.standIn.leave();
  }
}

async function askAlerted(probe: Probe, when: 'whole' | 'altered', seconds: number): Promise<void> {
  if (probe.target.alerted === undefined) return;
  let told = await probe.manufacturer.alerted();
  for (let waited = 0; !told.ok && waited < seconds; waited += 1) {
    await probe.clock.wait(1_000);
    told = await probe.manufacturer.alerted();
  }
  probe.record('alerted', WHOLE, { when, heard: told.ok, because: told.ok ? '' : told.because });
}

// EN 303 645 5.7-2, TS 103 645 4.7-2, G044 6.7.2, G045 PL-1-4: told to people and maker, and cut off from everybody else
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const [whole] = of(rows.result, WHOLE);
  if (whole === undefined) return weigh(parts, 'what the product says of its software was not read');
  if (whole.data.said !== 'whole')
    return weigh([...parts, open('a unit that says that it is whole, before anything is changed', [whole.id])], '');
  return weigh(
    [...parts, ...judgeTold(rows), judgeAlert(seen.declaration, rows), ...judgeCut(seen.declaration, rows)],
    'nothing was changed',
  );
}

function judgeTold(rows: Rows): readonly Part[] {
  const altered = rows.handled.filter(({ data }) => data.did === 'altered' && data.because === '');
  const after = rows.result.find(({ data }) => data.when === 'asked' || data.when === 'waited');
  const mended = rows.result.find(({ data }) => data.when === 'mended');
  const evidence = idsOf([...altered, ...[after, mended].filter((row) => row !== undefined)]);
  if (altered.length === 0 || after === undefined || after.data.said === 'unread')
    return [open('what a product says to its people whose software was changed', evidence)];
  if (after.data.said !== 'altered')
    return [fail('its software was changed, and it does not say so to its people', evidence)];
  return [
    mended?.data.said === 'whole'
      ? pass('its people are told that it was changed, and no longer once it is whole', evidence)
      : open('that the unit is whole again once what was changed is put back', evidence),
  ];
}

function judgeAlert({ communicationMechanisms }: Declaration, rows: Rows): Part {
  const way = communicationMechanisms.find(({ alert }) => alert === true)?.id;
  if (way === undefined) return fail('no way is declared by which the product tells its manufacturer of a change', []);
  const before = rows.alerted.find(({ data }) => data.when === 'whole');
  const after = rows.alerted.find(({ data }) => data.when === 'altered');
  if (before === undefined || after === undefined)
    return open('whether the manufacturer hears of a change, whom the target file does not let us ask');
  return after.data.heard
    ? pass(`its manufacturer hears of it over ${way}`, [before.id, after.id])
    : fail(`its manufacturer hears nothing of it (${after.data.because})`, [before.id, after.id]);
}

function judgeCut(declaration: Declaration, rows: Rows): readonly Part[] {
  return othersOf(declaration).map((service) => {
    const mine = of(rows.dialled, service);
    const before = mine.find(({ data }) => data.when === 'whole');
    const after = mine.find(({ data }) => data.when === 'altered');
    if (after?.data.dialled === true)
      return fail(`changed, it goes on to dial ${service}, which is not how it tells of the change`, idsOf(mine));
    return before?.data.dialled === true && after !== undefined
      ? pass('it dials nobody else any more, although it is asked to', idsOf(mine))
      : open(`whether it dials ${service} while it is changed`, idsOf(mine));
  });
}
