import { Type } from 'typebox';
import type { AuthenticationMechanism, Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../../model.ts';
import { fail, open, pass, readEvidence, weigh, type Part } from '../evidence.ts';
import { batchStatistics, readBatch } from './batch.ts';

/** Statistics over the initial passwords of a production batch; only numbers are recorded. */
const Batch = Type.Object(
  {
    rows: Type.Integer(),
    distinct: Type.Integer(),
    shortest: Type.Integer(),
    longest: Type.Integer(),
    outside: Type.Integer(),
    capacityBits: Type.Number(),
    observedBits: Type.Number(),
    nearPairs: Type.Integer(),
    nearExpected: Type.Number(),
    tied: Type.Integer(),
    tiedByChance: Type.Integer(),
    digested: Type.Integer(),
    order: Type.Number(),
  },
  { additionalProperties: false },
);
const KINDS = { batch: Batch };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

/** Fewer rows cannot show a spread over positions. */
const ENOUGH = 20;
/**
 * With one guess in 30 s, which throttling brings, half of 2^40 values take over half a million years; against a
 * stolen hash 40 bits are little, but that is a matter of storage.
 */
const LEAST_BITS = 40;
/** The spread of few rows understates: a tenth is its tolerance. */
const TOLERANCE = 0.9;

export const passwordGeneration: Case = {
  id: 'password-generation',
  topic: 'password-generation',
  title: 'Examines the initial passwords of a batch: unique, long enough, and tied to nothing that others can know.',
  ready: (declaration, target) => {
    if (preInstalled(declaration).length === 0) return { ok: false, because: 'no pre-installed password is declared' };
    return target.artefacts?.initialPasswords === undefined
      ? { ok: false, because: 'the target file gives no batch of initial passwords' }
      : { ok: true };
  },
  effect: 'reading',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  const text = await probe.files.text('initialPasswords');
  const rows = readBatch(text ?? '');
  for (const mechanism of preInstalled(probe.declaration)) {
    const alphabet = mechanism.initialValue.kind === 'unique-per-device' ? mechanism.initialValue.alphabet : undefined;
    if (rows.length === 0) probe.record('blocked', mechanism.id, { because: 'the batch has no row with a password' });
    else probe.record('batch', mechanism.id, { ...batchStatistics(rows, alphabet) });
  }
}

// EN 303 645 5.1-2: nothing in an initial password helps to guess another unit’s.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  return weigh(
    [...parts, ...preInstalled(seen.declaration).flatMap((mechanism) => judgeOne(mechanism, rows))],
    'no pre-installed password is declared',
    'assisted',
  );
}

function judgeOne(mechanism: AuthenticationMechanism, rows: Rows): readonly Part[] {
  const mine = rows.batch.filter((row) => row.subject === mechanism.id);
  if (mine.length === 0) return [open(`${mechanism.id}: no batch of initial passwords was examined`)];
  const declared =
    mechanism.initialValue.kind === 'unique-per-device' ? mechanism.initialValue.entropyBits : LEAST_BITS;
  return mine.map(({ id, data }) => {
    const faults = faultsOf(data, declared);
    if (faults.length > 0) return fail(`${mechanism.id}: ${faults.join(', ')}`, [id]);
    if (data.rows < ENOUGH) return open(`${mechanism.id}: a batch of ${data.rows} is too small for statistics`, [id]);
    return pass(
      `${mechanism.id}: ${data.rows} initial passwords differ, carry about ${Math.round(data.observedBits)} bits as declared, and follow neither a counter nor the serial number nor the hardware address`,
      [id],
    );
  });
}

function faultsOf(data: Rows['batch'][number]['data'], declared: number): readonly string[] {
  const faults: string[] = [];
  if (data.distinct < data.rows)
    faults.push(`${data.rows - data.distinct} of ${data.rows} initial passwords are not unique`);
  if (data.outside > 0) faults.push(`${data.outside} characters are outside the declared alphabet`);
  if (data.capacityBits < declared)
    faults.push(`the shortest carries ${data.capacityBits} bits at most, ${declared} are declared`);
  if (data.capacityBits < LEAST_BITS) faults.push(`less than ${LEAST_BITS} bits can be tried through`);
  if (data.rows >= ENOUGH && data.observedBits < TOLERANCE * Math.min(declared, data.capacityBits)) {
    faults.push(`the batch spreads over ${data.observedBits} bits only, ${declared} are declared`);
  }
  if (data.nearPairs > 3 + 10 * data.nearExpected)
    faults.push(`${data.nearPairs} pairs differ in two characters or fewer`);
  if (data.tied > 2 + 3 * data.tiedByChance)
    faults.push(`${data.tied} share characters with their own serial number or hardware address`);
  if (data.digested > 0) faults.push(`${data.digested} are a plain digest of serial number or hardware address`);
  if (data.rows >= ENOUGH && Math.abs(data.order) > 4) faults.push('they rise or fall with the serial number');
  return faults;
}

const preInstalled = (declaration: Declaration): readonly AuthenticationMechanism[] =>
  declaration.authenticationMechanisms.filter(
    (each) => (each.factor === 'password' || each.factor === 'pin') && each.initialValue.kind === 'unique-per-device',
  );
