import { Type } from 'typebox';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { lacking } from '../lacking.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { ERASING_KINDS, erasingOf, erasingReady, nameOf, observeErasing, untilHeld, type Erasing } from './erasing.ts';

/**
 * What is kept for the day on which a disk fails brings nobody back: a copy is made while the services hold a person's data,
 * a system that is restored from it shows that data; the person is erased, and a system restored from the same copy does not.
 * The copies end by the declared day, and the person is told it.
 */
const strict = { additionalProperties: false } as const;
const When = Type.Union([Type.Literal('before'), Type.Literal('after')]);
/** rows that were held when the copy was made, and of these what the restored system shows */
const Restored = Type.Object({ when: When, held: Type.Integer(), shown: Type.Integer() }, strict);
const Copies = Type.Object(
  {
    when: When,
    count: Type.Integer(),
    /** past their day, and there */
    overdue: Type.Integer(),
    /** until the last of those ends that were made while the data was there; 0 where there is none */
    days: Type.Number(),
  },
  strict,
);
const KINDS = { ...ERASING_KINDS, restored: Restored, copies: Copies };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const backupSanitisation: Case = {
  id: 'backup-sanitisation',
  topic: 'backup-sanitisation',
  title:
    'Has a backup made, erases a person’s data, and looks whether a system that is restored from it brings the data back.',
  ready: (declaration, target) => {
    if (declaration.backupsKept === false) return { ok: false, because: 'it is declared that no backups are kept' };
    const ready = erasingReady(declaration, target);
    if (!ready.ok) return ready;
    return target.backups === undefined
      ? { ok: false, because: lacking(target, '/backups', 'how a backup of the services is made and restored') }
      : ready;
  },
  effect: 'destructive',
  observe: async (probe) => {
    for (const each of erasingOf(probe.declaration)) await copyEraseRestore(probe, each);
  },
  judge,
};

async function copyEraseRestore(probe: Probe, erasing: Erasing): Promise<void> {
  const { row } = erasing;
  const held = await untilHeld(probe, erasing);
  if (held === undefined) return;
  const made = await probe.manufacturer.backups.make();
  if (!made.ok) {
    probe.record('blocked', row.id, { because: made.because });
    return;
  }
  await lookAtCopies(probe, row.id, 'before');
  if (!(await restore(probe, row.id, 'before', held))) return;
  await observeErasing(probe, erasing);
  await restore(probe, row.id, 'after', held);
  await lookAtCopies(probe, row.id, 'after');
}

/** @returns false where nothing was restored, so that nothing needs to be erased for it */
async function restore(probe: Probe, id: string, when: 'before' | 'after', held: readonly string[]): Promise<boolean> {
  const restored = await probe.manufacturer.backups.restored();
  if (!restored.ok) {
    probe.record('blocked', id, { because: restored.because });
    return false;
  }
  const has = new Set(restored.rows.map(nameOf));
  probe.record('restored', id, { when, held: held.length, shown: held.filter((row) => has.has(row)).length });
  return true;
}

async function lookAtCopies(probe: Probe, id: string, when: 'before' | 'after'): Promise<void> {
  const said = await probe.manufacturer.backups.copies();
  if (!said.ok) {
    probe.record('blocked', id, { because: said.because });
    return;
  }
  const now = probe.clock.now();
  const ends = said.copies.map(({ until }) => Date.parse(until));
  probe.record('copies', id, {
    when,
    count: ends.length,
    overdue: ends.filter((until) => until <= now).length,
    days: ends.length === 0 ? 0 : (Math.max(...ends) - now) / DAY_MS,
  });
}
const DAY_MS = 86_400_000;
/** what is said to the minute, or as a date, is the same day */
const SLACK_DAYS = 1;

// G044 7-g: what is backed up is cleaned, or gone by the day that is promised
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  const all = erasingOf(seen.declaration);
  return weigh(
    [...parts, ...all.flatMap((each) => judgeOne(each, rows))],
    'no function is declared that erases a person’s data at the services',
    'assisted',
  );
}

function judgeOne({ row }: Erasing, rows: Rows): readonly Part[] {
  const { id, backupsWithinDays } = row;
  const restored = of(rows.restored, id);
  const before = restored.find(({ data }) => data.when === 'before');
  const after = restored.find(({ data }) => data.when === 'after');
  const [erased] = of(rows.erased, id);
  const [left] = of(rows.left, id);
  const evidence = idsOf([...restored, ...(erased ? [erased] : []), ...(left ? [left] : [])]);
  if (before === undefined || before.data.shown === 0)
    return [open(`that a system restored from a copy shows anything which ${id} erases`, evidence)];
  if (!erased?.data.answer.success) return [open(`${id} with the right password`, evidence)];
  if (after === undefined) return [open(`what a system restored from a copy shows after ${id}`, evidence)];
  if (left === undefined || left.data.still > 0)
    return [open(`that ${id} has erased at the services themselves`, evidence)];
  if (after.data.shown > 0)
    return [fail(`${after.data.shown} of ${after.data.held} erased rows are back where a copy is restored`, evidence)];
  return [
    pass('a system that is restored from a copy shows nothing of whoever was erased since', evidence),
    ...judgeEnd(id, backupsWithinDays, rows),
  ];
}

/** Copies end, no later than is declared, and no later than the person was told. */
function judgeEnd(id: string, most: number | undefined, rows: Rows): readonly Part[] {
  const copies = of(rows.copies, id).find(({ data }) => data.when === 'after');
  if (copies === undefined) return [open('which copies there are, and until when', idsOf(of(rows.copies, id)))];
  const { overdue, days, count } = copies.data;
  if (overdue > 0) return [fail(`${overdue} copies are there after the day on which they end`, [copies.id])];
  if (count === 0) return [pass('no copy is left', [copies.id])];
  if (most === undefined) return [open(`by when copies from before ${id} are gone: it is not declared`, [copies.id])];
  if (days > most + SLACK_DAYS)
    return [fail(`a copy is kept for ${Math.ceil(days)} days more, and ${most} are declared`, [copies.id])];
  const last = of(rows.confirmed, id).find(({ data }) => data.when === 'after' && data.fresh);
  if (last === undefined) return [open('what the person is told of the copies', [copies.id])];
  const said = last.data.places.find(({ place }) => place === 'backups');
  const evidence = [copies.id, last.id];
  if (said?.days === undefined) return [fail('copies are kept, and the person is not told until when', evidence)];
  return said.days + SLACK_DAYS < days
    ? [fail(`copies are kept for ${Math.ceil(days)} days, and the person is told ${Math.ceil(said.days)}`, evidence)]
    : [pass('the copies end by the declared day, and the person is told it', evidence)];
}
