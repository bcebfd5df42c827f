import type { Case, Judgement, Seen } from '../../model.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { ERASING_KINDS, erasingOf, erasingReady, observeErasing, type Erasing } from './erasing.ts';

/** From the device a person has their data removed at the services, and the device stays as it is. */
export const eraseServiceData: Case = {
  id: 'erase-service-data',
  topic: 'erase-service-data',
  title:
    'Erases a person’s data by the declared function, and looks for what the services held of it, and for the settings.',
  ready: erasingReady,
  effect: 'destructive',
  observe: async (probe) => {
    for (const each of erasingOf(probe.declaration)) await observeErasing(probe, each);
  },
  judge,
};

type Rows = ReturnType<typeof readEvidence<typeof ERASING_KINDS>>['rows'];

// EN 303 645 5.11-2, TS 103 645 4.11-1, G044 6.11.2: removal from the services, by simple means of the device.
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, ERASING_KINDS);
  const all = erasingOf(seen.declaration);
  const erased = new Set(all.flatMap(({ row }) => row.deletes));
  const left = seen.declaration.personalData.filter(
    ({ id, storedAt }) => storedAt.includes('services') && !erased.has(id),
  );
  return weigh(
    [
      ...parts,
      ...left.map(({ id }) =>
        fail(`no declared function of the device erases “${id}” at the services`, idsOf(rows.erased)),
      ),
      ...all.map((each) => judgeOne(each, rows)),
    ],
    'no function is declared that erases a person’s data at the services',
    'assisted',
  );
}

function judgeOne({ row }: Erasing, rows: Rows): Part {
  const [erased] = of(rows.erased, row.id);
  const [left] = of(rows.left, row.id);
  const evidence = idsOf([...of(rows.entered, row.id), ...of(rows.erased, row.id), ...of(rows.left, row.id)]);
  if (erased === undefined || !erased.data.answer.reached) return open(`${row.id} with the right password`, evidence);
  if (!erased.data.answer.success)
    return fail(`${row.id} is refused to whoever the data is of (${erased.data.answer.status})`, evidence);
  if (left === undefined) return open(`what the services hold after ${row.id}`, evidence);
  if (left.data.before === 0) return open(`that the services hold anything which ${row.id} erases`, evidence);
  const confirmed = of(rows.confirmed, row.id).find(({ data }) => data.when === 'after' && data.fresh);
  if (left.data.still > 0) {
    const said = `${left.data.still} of ${left.data.before} rows are still held ${left.data.seconds} s after ${row.id}`;
    const over = confirmed !== undefined || left.data.seconds >= (row.confirmedWithinHours ?? Infinity) * 3600;
    return over
      ? fail(`${said}, which is said to be done`, idsOf([left, ...(confirmed ? [confirmed] : [])]))
      : open(said, evidence);
  }
  const after = of(rows.entered, row.id).find(({ data }) => data.when === 'after');
  const [kept] = of(rows.kept, row.id);
  if (after?.data.outcome.kind === 'refused')
    return fail(`after ${row.id} the person is not let in any more: it is a reset by another name`, evidence);
  if (kept !== undefined && kept.data.changed.length > 0)
    return fail(`${row.id} also changes what was set by ${kept.data.changed.join(', ')}`, [kept.id]);
  return pass(
    'what the services held of the person is gone, by a function of the device, and the device stays as it was',
    [...evidence, ...idsOf(of(rows.kept, row.id))],
    kept === undefined || kept.data.settings === 0 ? [`that the device stays as it is set after ${row.id}`] : [],
  );
}
