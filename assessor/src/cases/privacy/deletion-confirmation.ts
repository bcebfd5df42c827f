import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Seen } from '../../model.ts';
import { lacking } from '../lacking.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part, type Reading } from '../access/evidence.ts';
import { ERASING_KINDS, erasingOf, erasingReady, observeErasing, type Confirmed, type Erasing } from './erasing.ts';
import type { Static } from 'typebox';

/**
 * A person is told when their data is gone, and not before: what they get names every place where it was, is signed by who
 * says it, and nothing that it calls erased is held any more.
 */
export const deletionConfirmation: Case = {
  id: 'deletion-confirmation',
  topic: 'deletion-confirmation',
  title:
    'Erases a person’s data by the declared function, and holds the confirmation against its signature and what is left.',
  ready: (declaration, target) => {
    const ready = erasingReady(declaration, target);
    if (!ready.ok) return ready;
    return target.confirmed === undefined
      ? { ok: false, because: lacking(target, '/confirmed', 'how a person has the confirmation out') }
      : ready;
  },
  effect: 'destructive',
  observe: async (probe) => {
    for (const each of erasingOf(probe.declaration)) await observeErasing(probe, each);
  },
  judge,
};

type Rows = ReturnType<typeof readEvidence<typeof ERASING_KINDS>>['rows'];
type One = Reading<Static<typeof Confirmed>>;

// EN 303 645 5.11-4, TS 103 645 4.11-3, G044 6.11.4: a clear and true confirmation of deletion everywhere.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, ERASING_KINDS);
  const all = erasingOf(seen.declaration);
  const nothing = 'no function is declared that erases a person’s data at the services';
  return weigh([...parts, ...all.map((each) => judgeOne(each, rows, seen.declaration))], nothing, 'assisted');
}

function judgeOne({ row }: Erasing, rows: Rows, declaration: Declaration): Part {
  const [erased] = of(rows.erased, row.id);
  const [left] = of(rows.left, row.id);
  const told = of(rows.confirmed, row.id).filter(({ data }) => data.when !== 'before');
  const evidence = idsOf([...of(rows.erased, row.id), ...of(rows.left, row.id), ...told]);
  if (!erased?.data.answer.success) return open(`a confirmation after ${row.id} with the right password`, evidence);
  if (left === undefined || left.data.before === 0)
    return open(`that the services hold anything which ${row.id} erases`, evidence);
  const early = told.find(({ data }) => data.fresh && data.still > 0);
  if (early !== undefined)
    return fail(`it is confirmed that data is gone of which ${early.data.still} rows are still held`, [early.id]);
  const last = told.find(({ data }) => data.when === 'after');
  if (last === undefined) return open('whether there is a confirmation', evidence);
  if (last.data.kind === 'unreadable')
    return fail(`the confirmation cannot be read: ${last.data.because ?? ''}`, [last.id]);
  if (last.data.kind === 'none' || !last.data.fresh)
    return open(
      `a confirmation within ${left.data.seconds} s (declared: ${row.confirmedWithinHours ?? 'no'} hours)`,
      evidence,
    );
  return judgeText(last, placesOf(row, declaration), evidence);
}

function judgeText(one: One, wanted: readonly string[], evidence: readonly string[]): Part {
  const { signed, ofTheRoots, places } = one.data;
  if (!signed) return fail('the signature of the confirmation is not of the key in its certificate', [one.id]);
  if (!ofTheRoots) return fail('the certificates of the confirmation do not lead to the manufacturer', [one.id]);
  const unnamed = wanted.filter((each) => !places.some(({ place }) => place === each || place.startsWith(`${each}:`)));
  if (unnamed.length > 0) return fail(`the confirmation says nothing of ${unnamed.join(', ')}`, [one.id]);
  const undone = places.filter(({ state }) => !SETTLED.includes(state));
  if (undone.length > 0)
    return fail(`the confirmation is given while ${undone.map(({ place }) => place).join(', ')} is not done`, [one.id]);
  const vague = places.filter(
    ({ state, until, because }) => (state === 'unreadable' && !until) || (state === 'held' && !(until && because)),
  );
  if (vague.length > 0)
    return fail(
      `the confirmation does not say until when, or why, ${vague.map(({ place }) => place).join(', ')} has something`,
      [one.id],
    );
  return pass(
    'the person gets a signed confirmation that names every place, once nothing of their data is held',
    evidence,
  );
}
/** what a place may be in a confirmation: gone, sealed under a key that is gone, or kept by law */
const SETTLED = ['erased', 'unreadable', 'held'];

/** Where the declaration says that the function erases, and who else has what it erases. */
const placesOf = (row: Erasing['row'], { dataParties }: Declaration): readonly string[] => [
  ...row.where,
  ...(dataParties ?? [])
    .filter(({ items }) => items.some((item) => row.deletes.includes(item)))
    .map(({ id }) => `party:${id}`),
];
