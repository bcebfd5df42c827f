import { Type } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import type { Target } from '../../target.ts';
import { fail, fault, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { signOut } from '../access/signing-in.ts';
import { guardOf } from '../access/subjects.ts';
import { bedsOf, enter, Planted, prepare, type Plant } from './at-rest/planting.ts';
import { changesOf, newIn, readStorage } from './at-rest/storage.ts';
import { judgeSamples, recordSamples, Sample } from './at-rest/traces.ts';

/**
 * What people tell the product lies encrypted in its storage: a value that stands nowhere else is put in by the declared
 * functions, the product shows it, its storage has changed, and the value is nowhere in it to be read.
 */
const strict = { additionalProperties: false };
const Found = Type.Object({ file: Type.String(), offset: Type.Integer(), as: Type.String() }, strict);
const Searched = Type.Object({ files: Type.Integer(), bytes: Type.Integer(), changed: Type.Integer() }, strict);
const Restored = Type.Object({ function: Type.String(), restored: Type.Boolean() }, strict);
const KINDS = { planted: Planted, found: Found, searched: Searched, sample: Sample, restored: Restored };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const personalDataAtRest: Case = {
  id: 'personal-data-at-rest',
  topic: 'personal-data-at-rest',
  title: 'Puts personal data in by the declared functions and looks for it in the storage, in every form.',
  ready: (declaration, target) => {
    if (stored(declaration).length === 0)
      return { ok: false, because: 'no personal data is declared to be stored on the device' };
    if (storageOf(target) === undefined)
      return { ok: false, because: 'the target file gives no storage that was read out' };
    return target.authorisation.changes
      ? { ok: true }
      : { ok: false, because: 'the target’s authorisation does not allow settings to be changed and put back' };
  },
  effect: 'disturbing',
  putsBack: true,
  observe,
  judge,
};

const stored = (declaration: Declaration): Declaration['personalData'] =>
  declaration.personalData.filter((each) => each.storedAt.includes('device'));

const storageOf = ({ artefacts }: Target): 'runningStorage' | 'storage' | undefined =>
  (['runningStorage', 'storage'] as const).find((each) => (artefacts?.[each]?.length ?? 0) > 0);

async function observe(probe: Probe): Promise<void> {
  recordSamples(probe);
  const items = new Set(stored(probe.declaration).map(({ id }) => id));
  const beds = bedsOf(probe.declaration).filter(({ item }) => items.has(item));
  const inside = await enter(probe, beds);
  const plants: Plant[] = [];
  for (const bed of beds) {
    const guard = guardOf(probe.declaration, bed.each);
    const within = inside.find(({ mechanism }) => mechanism === guard);
    const plant = within && (await prepare(probe, bed, within));
    if (typeof plant === 'object') plants.push(plant);
    else if (plant !== undefined) probe.record('blocked', bed.item, { because: plant });
  }
  if (plants.length > 0) await plantAndLook(probe, plants);
  for (const { mechanism, session } of inside) await signOut(probe, mechanism, session);
}

async function plantAndLook(probe: Probe, plants: readonly Plant[]): Promise<void> {
  const markers = plants.map(({ marker }) => marker);
  const which = storageOf(probe.target) ?? 'storage';
  const before = await readStorage(probe, which, markers);
  const begun: Plant[] = [];
  try {
    for (const plant of plants) {
      begun.push(plant);
      await plant.put();
    }
    let after = await readStorage(probe, which, markers);
    // a product may keep what it was told for a while before it writes
    for (let waited = 0; changesOf(before, after) === 0 && waited < probe.patienceSeconds; waited += 1) {
      await probe.clock.wait(1000);
      after = await readStorage(probe, which, markers);
    }
    for (const { item, file, offset, as } of newIn(before, after)) probe.record('found', item, { file, offset, as });
    const { size } = after.digests;
    probe.record('searched', 'product', { files: size, bytes: after.bytes, changed: changesOf(before, after) });
  } finally {
    for (const plant of begun.reverse())
      probe.record('restored', plant.item, { function: plant.each.id, restored: await plant.takeBack() });
  }
}

// G045 DS-1-3, G045 DS-4-1: what people tell the product lies encrypted where it is stored
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const items = stored(seen.declaration);
  return weigh(
    [
      ...parts,
      ...rows.restored
        .filter((row) => !row.data.restored)
        .map((row) => fault(`what ${row.data.function} changed could not be put back`, [row.id])),
      ...items.map(({ id }) => judgeItem(id, rows)),
      ...(items.length === 0 ? [] : judgeGrounds(rows)),
    ],
    'no personal data is declared to be stored on the device',
  );
}

function judgeItem(item: string, rows: Rows): Part {
  const found = of(rows.found, item);
  const planted = of(rows.planted, item);
  if (found.length > 0) {
    const where = found.slice(0, 3).map(({ data }) => `${data.file} at byte ${data.offset} (${data.as})`);
    return fail(`${item} can be read in the storage: ${where.join('; ')}`, idsOf([...planted, ...found]));
  }
  const shown = planted.filter((row) => row.data.shown);
  if (shown.length === 0) return open(`${item}: that a value of it was put into the product, and is kept there`);
  const unseen = planted.filter((row) => !row.data.shown);
  return pass(
    'what was put in by the declared functions is nowhere in the storage to be read',
    idsOf(planted),
    unseen.map(({ data }) => `${item}: that ${data.function} keeps what it is given as ${data.field}`),
  );
}

/** What must hold before the absence of finds says anything. */
function judgeGrounds(rows: Rows): readonly Part[] {
  const read = rows.searched.filter((row) => row.data.files > 0 && row.data.bytes > 0);
  const changed = read.filter((row) => row.data.changed > 0);
  return [
    ...judgeSamples(rows.sample),
    ...(read.length === 0 ? [open('any storage with something in it')] : []),
    ...(read.length > 0 && changed.length === 0
      ? [open('that the storage is the one of this product: nothing in it changed', idsOf(read))]
      : []),
    ...(changed.length > 0 ? [pass('the storage changed while personal data was put in', idsOf(changed))] : []),
  ];
}
