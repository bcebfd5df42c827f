import { Type } from 'typebox';
import type { AuthenticationMechanism, Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { answered, Answered, blobsOf } from '../access/answers.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { signIn, signOut } from '../access/signing-in.ts';
import { guardOf, overHttp, type HttpFunction } from '../access/subjects.ts';
import { setUpAgain } from '../privacy/disposal-reset.ts';
import { untilAtWork } from './at-rest/at-work.ts';
import type { Marker } from './at-rest/markers.ts';
import { bedsOf, Planted, prepare, type Inside, type Plant } from './at-rest/planting.ts';
import { createBefore, createCame, type Before, type Came } from './at-rest/remains.ts';
import { changesOf, readStorage, type Storage } from './at-rest/storage.ts';
import { judgeSamples, recordSamples, Sample } from './at-rest/traces.ts';
import { passwordFields } from './erase-device-data.ts';

/**
 * What was deleted cannot be brought back: personal data is put in, its bytes are seen to come into the storage, readable or
 * sealed; the declared function erases it, and the storage that is read out then has none of these bytes.
 */
const strict = { additionalProperties: false } as const;
const Written = Type.Object(
  {
    files: Type.Integer(),
    bytes: Type.Integer(),
    changed: Type.Integer(),
    /** pieces that were not there before and look sealed; places at which what was put in can be read */
    sealed: Type.Integer(),
    readable: Type.Integer(),
  },
  strict,
);
const Erased = Type.Object({ answer: Answered }, strict);
const Found = Type.Object({ file: Type.String(), offset: Type.Integer(), as: Type.String() }, strict);
const Left = Type.Object(
  {
    files: Type.Integer(),
    changed: Type.Integer(),
    sealed: Type.Integer(),
    /** files in which they are, the first few */
    within: Type.Array(Type.String()),
    seconds: Type.Integer(),
  },
  strict,
);
const KINDS = { sample: Sample, planted: Planted, written: Written, erased: Erased, found: Found, left: Left };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];
type DeletionFunction = Declaration['deletionFunctions'][number];

interface Erasure {
  readonly row: DeletionFunction;
  readonly call: HttpFunction;
  readonly mechanism: AuthenticationMechanism;
}

export const secureErase: Case = {
  id: 'secure-erase',
  topic: 'secure-erase',
  title: 'Puts personal data in, erases it by the declared functions, and looks for its bytes in the storage.',
  ready: (declaration, target) => {
    const refuse = (because: string) => ({ ok: false, because }) as const;
    if (onDevice(declaration).length === 0) return refuse(NOTHING);
    const found = erasuresOf(declaration);
    if (found.length === 0) return refuse('no function over HTTP is declared by which the device erases');
    if ((target.artefacts?.runningStorage?.length ?? 0) === 0)
      return refuse('the target file gives no storage as it is while the product runs');
    if (!target.authorisation.destructive)
      return refuse('the target’s authorisation does not allow what cannot be put back');
    return found.some(({ mechanism }) => target.accounts?.[mechanism.id]?.password !== undefined)
      ? { ok: true }
      : refuse('the target file gives no account for it');
  },
  effect: 'destructive',
  observe,
  judge,
};
const NOTHING = 'no function is declared that erases anything from the device';

const onDevice = ({ deletionFunctions }: Declaration): readonly DeletionFunction[] =>
  deletionFunctions.filter(({ where }) => where.includes('device'));

/** What erases one person’s data first: after the other there is no account any more. */
const erasuresOf = (declaration: Declaration): readonly Erasure[] =>
  onDevice(declaration)
    .flatMap((row) => {
      const call = declaration.externalFunctions.filter(overHttp).find(({ id }) => id === row.function);
      const mechanism = call && guardOf(declaration, call);
      return call === undefined || mechanism === undefined ? [] : [{ row, call, mechanism }];
    })
    .sort((a, b) => Number(a.row.scope !== 'own-data') - Number(b.row.scope !== 'own-data'));

async function observe(probe: Probe): Promise<void> {
  recordSamples(probe);
  await untilAtWork(probe);
  for (const erasure of erasuresOf(probe.declaration)) {
    const written = await plantAll(probe, erasure);
    const entered = written && (await enterFor(probe, erasure));
    if (written !== undefined && entered !== undefined) await eraseAndLook(probe, erasure, entered, written);
  }
}

/** A session ends while a storage is read: each step begins with one of its own. */
async function enterFor(probe: Probe, { row, mechanism }: Erasure): Promise<Inside | undefined> {
  const password = probe.target.accounts?.[mechanism.id]?.password;
  const entered = password === undefined ? undefined : await signIn(probe, mechanism);
  if (password !== undefined && entered?.kind === 'in') return { mechanism, session: entered.session, password };
  probe.record('blocked', row.id, { because: 'the target file gives no account that comes in' });
  return undefined;
}

async function eraseAndLook(
  probe: Probe,
  { row, call, mechanism }: Erasure,
  { session, password }: Inside,
  written: Writing,
): Promise<void> {
  const atOnce: Record<string, string> = row.atOnce === undefined ? {} : { [row.atOnce.field]: row.atOnce.value };
  const reached = await probe.login.call(call.id, session, { ...atOnce, ...passwordFields(call, password) });
  const answer = answered(call, reached);
  probe.record('erased', row.id, { answer }, blobsOf(reached));
  probe.login.forget(mechanism.id);
  if (answer.success) await lookForRest(probe, row.id, written);
  if (row.scope !== 'own-data' && mechanism.setUp !== undefined) await setUpAgain(probe, mechanism, password);
}

interface Writing {
  /** what can be found by its value; of a choice there is no value that stands nowhere else */
  readonly markers: readonly Marker[];
  readonly full: Storage;
  readonly came: Came;
}
/** undefined where nothing could be put in or read out, which is recorded */
async function plantAll(probe: Probe, erasure: Erasure): Promise<Writing | undefined> {
  const { id } = erasure.row;
  const before: Before = createBefore();
  if (!(await readOut(probe, id))) return undefined;
  const first = await readStorage(probe, 'runningStorage', [], before.add);
  const inside = await enterFor(probe, erasure);
  const plants = inside && (await plantsFor(probe, erasure, inside));
  if (plants === undefined) return undefined;
  const markers = plants.map(({ marker }) => marker).filter(({ kind }) => kind !== 'choice');
  for (let waited = 0; ; waited += 1) {
    if (!(await readOut(probe, id))) return undefined;
    const came = createCame(before);
    const full = await readStorage(probe, 'runningStorage', markers, came.add);
    const readable = full.traces.length;
    // a product may keep what it was told for a while before it writes
    if (came.size() + readable === 0 && waited < probe.patienceSeconds) {
      await probe.clock.wait(1000);
      continue;
    }
    const { digests, bytes } = full;
    const changed = changesOf(first, full);
    probe.record('written', id, { files: digests.size, bytes, changed, sealed: came.size(), readable });
    return { markers, full, came };
  }
}

/** Puts in, by every declared function, what is to be erased. */
async function plantsFor(probe: Probe, { row, mechanism }: Erasure, inside: Inside): Promise<readonly Plant[]> {
  const plants: Plant[] = [];
  for (const bed of bedsOf(probe.declaration)) {
    if (!row.deletes.includes(bed.item) || guardOf(probe.declaration, bed.each) !== mechanism) continue;
    // what is recorded of it is of this erasure
    const plant = await prepare(probe, { ...bed, item: row.id }, inside);
    if (typeof plant !== 'object') continue;
    await plant.put();
    plants.push(plant);
  }
  await signOut(probe, mechanism, inside.session);
  return plants;
}

/** For as long as a case waits, until nothing is left. */
async function lookForRest(probe: Probe, id: string, { markers, full, came }: Writing): Promise<void> {
  const began = probe.clock.now();
  for (let waited = 0; ; waited += 1) {
    if (!(await readOut(probe, id))) return;
    const remains = new Set<string>();
    const within: string[] = [];
    const last = await readStorage(probe, 'runningStorage', markers, (bytes, file) => {
      const found = came.remainsIn(bytes);
      if (found.size > 0) within.push(file);
      for (const piece of found) remains.add(piece);
    });
    const found = last.traces;
    if (found.length + remains.size > 0 && waited < probe.patienceSeconds) {
      await probe.clock.wait(1000);
      continue;
    }
    for (const { file, offset, as } of found.slice(0, MOST_FOUND)) probe.record('found', id, { file, offset, as });
    const seconds = Math.round((probe.clock.now() - began) / 1000);
    const changed = changesOf(full, last);
    const sealed = remains.size;
    probe.record('left', id, {
      files: last.digests.size,
      changed,
      sealed,
      within: within.slice(0, MOST_FILES),
      seconds,
    });
    return;
  }
}

const MOST_FILES = 5;
const MOST_FOUND = 40;

async function readOut(probe: Probe, id: string): Promise<boolean> {
  const told = await probe.laboratory.readOut();
  if (!told.ok) probe.record('blocked', id, { because: told.because });
  return told.ok;
}

// G045 DS-1-4: what was deleted is brought back by nobody who has the storage.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const tried = new Set(erasuresOf(seen.declaration).map(({ row }) => row.id));
  return weigh(
    [
      ...parts,
      ...judgeSamples(rows.sample),
      ...onDevice(seen.declaration).map((row) =>
        tried.has(row.id) ? judgeOne(row, rows) : open(`what ${row.id} leaves in the storage: no client can call it`),
      ),
    ],
    NOTHING,
  );
}

function judgeOne({ id, leavesStored }: DeletionFunction, rows: Rows): Part {
  const planted = of(rows.planted, id).filter(({ data }) => data.shown);
  const [written] = of(rows.written, id);
  const [erased] = of(rows.erased, id);
  const [left] = of(rows.left, id);
  const found = of(rows.found, id);
  const evidence = idsOf([...planted, ...[written, erased, left].flatMap((row) => row ?? []), ...found]);
  if (planted.length === 0) return open(`that anything was put in which ${id} erases`, evidence);
  if (written === undefined || written.data.sealed + written.data.readable === 0)
    return open(`that what was put in lies in the storage that was read out (${id})`, evidence);
  if (!erased?.data.answer.reached) return open(`${id} with the right password`, evidence);
  if (!erased.data.answer.success)
    return fail(`${id} is refused to whoever may erase (${erased.data.answer.status})`, evidence);
  const [first] = found;
  if (first !== undefined)
    return fail(
      `what ${id} erased can be read in the storage: ${first.data.file} at byte ${first.data.offset} (${first.data.as})`,
      evidence,
    );
  if (left === undefined || left.data.files === 0) return open(`the storage after ${id}`, evidence);
  if (left.data.sealed > 0) {
    const { sealed, within } = left.data;
    const said = `${sealed} of ${written.data.sealed} sealed pieces that came with it are still in ${within.join(', ')} after ${id}`;
    return leavesStored === 'nothing'
      ? fail(`${said}, which is declared to leave nothing`, evidence)
      : open(`that their key is destroyed: ${said}`, evidence);
  }
  return left.data.changed === 0
    ? open(`that the storage read out after ${id} is that of the product: nothing in it changed`, evidence)
    : pass('no byte that came into the storage with what was put in is there after it was erased', evidence);
}
