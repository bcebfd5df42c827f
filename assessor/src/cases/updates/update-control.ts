import { Type } from 'typebox';
import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { fail, fault, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { Called, Elsewhere, Gap, Kept, recordInstallation } from './installing.ts';
import { Asked } from './offering.ts';
import { Page, readPage, recordPage } from './page.ts';
import { steer, steered, unsteered, updatesReady, type Steered } from './steering.ts';

/** Each choice is switched off and on again, and stays where it was put; what is offered is put off. */
const strict = { additionalProperties: false } as const;
/** how the box of a field stood, and how it stands after it was set */
const Chosen = Type.Object(
  { field: Type.String(), wanted: Type.Enum(['off', 'on']), before: Type.String(), after: Type.String() },
  strict,
);
const KINDS = {
  page: Page,
  asked: Asked,
  called: Called,
  elsewhere: Elsewhere,
  gap: Gap,
  kept: Kept,
  chosen: Chosen,
};
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const updateControl: Case = {
  id: 'update-control',
  topic: 'update-control',
  title: 'Switches each kind of update and notice off and on again, and puts off what is offered.',
  ready: (declaration, target) =>
    target.authorisation.changes
      ? updatesReady()(declaration, target)
      : { ok: false, because: 'the target’s authorisation does not allow settings to be changed and put back' },
  effect: 'disturbing',
  putsBack: true,
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  for (const it of steered(probe.declaration)) {
    await recordInstallation(probe, it);
    await observeChoices(probe, it);
  }
}

async function observeChoices(probe: Probe, it: Steered): Promise<void> {
  const { choose, controls } = it;
  const choices = controls.choose?.choices ?? [];
  if (choose === undefined) return;
  const first = (await readPage(probe, it)).page.choices;
  const stands = (field: string): 'on' | 'off' => (first[field] === 'false' ? 'off' : 'on');
  const all = (other?: { readonly field: string; readonly to: 'on' | 'off' }): Record<string, string> =>
    Object.fromEntries(
      choices.map(({ field, on, off }) => {
        const to = other?.field === field ? other.to : stands(field);
        return [field, to === 'on' ? on : off];
      }),
    );
  const put = async (field: string, to: 'on' | 'off'): Promise<void> => {
    const before = (await readPage(probe, it)).page.choices[field] ?? '';
    await steer(probe, it, choose, all({ field, to }));
    const { page, blobs } = await readPage(probe, it);
    probe.record('chosen', it.id, { field, wanted: to, before, after: page.choices[field] ?? '' }, blobs);
  };
  try {
    for (const { field } of choices) {
      const back = stands(field);
      await put(field, back === 'on' ? 'off' : 'on');
      await put(field, back);
    }
  } finally {
    await steer(probe, it, choose, all());
    await recordPage(probe, it, 'back');
  }
}

// EN 303 645 5.3-6, G044 6.3.6: on from the first day, and each kind switched off, on and put off by who is disturbed by it
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  return weigh(
    [
      ...parts,
      ...steered(seen.declaration).flatMap((it) => [...judgeChoices(it, rows), ...judgePutOff(it, rows)]),
      ...unsteered(seen.declaration).map(({ id }) => open(`${id}: no functions are declared by which people choose`)),
    ],
    'no update mechanism is declared',
  );
}

function judgeChoices({ id, mechanism, controls }: Steered, rows: Rows): readonly Part[] {
  const choices = controls.choose?.choices ?? [];
  const first = of(rows.page, id).find(({ data }) => data.when === 'first' && data.read);
  const back = of(rows.page, id).find(({ data }) => data.when === 'back' && data.read);
  if (choices.length === 0)
    return mechanism.automatic || mechanism.notifications
      ? [fail(`${id}: nobody can choose what comes by itself`, first ? [first.id] : [])]
      : [open(`${id}: what people choose`)];
  if (first === undefined) return [open(`${id}: the page on which people choose`)];
  const unknown = choices.filter(({ field }) => !/^(?:true|false)$/.test(first.data.choices[field] ?? ''));
  if (unknown.length > 0)
    return [open(`${id}: how ${unknown.map(({ field }) => field).join(', ')} stands, where its page should show it`)];
  const changed =
    back !== undefined && choices.every(({ field }) => back.data.choices[field] === first.data.choices[field]);
  const off = choices.filter(({ field }) => first.data.choices[field] === 'false');
  return [
    ...choices.map(({ field }) => judgeChoice(id, field, rows)),
    ...(changed ? [] : [fault(`${id}: what was chosen could not be put back`, back ? [back.id] : [])]),
    // who has used it may have switched it off; a product that comes so has its maker to thank
    ...(off.length > 0
      ? [open(`${id}: that ${off.map(({ field }) => field).join(', ')} is on from the first day`, [first.id])]
      : []),
  ];
}

function judgeChoice(id: string, field: string, rows: Rows): Part {
  const mine = of(rows.chosen, id).filter(({ data }) => data.field === field);
  const stays = mine.filter(({ data }) => data.after !== (data.wanted === 'on' ? 'true' : 'false'));
  const [wrong] = stays;
  if (wrong !== undefined)
    return fail(`${id}: ${field} is switched ${wrong.data.wanted}, and stays as it was`, idsOf(stays));
  const both = (['on', 'off'] as const).every((wanted) => mine.some(({ data }) => data.wanted === wanted));
  return both
    ? pass(`${id}: people choose each kind of update and notice`, idsOf(mine))
    : open(`${id}: that ${field} is switched off and on`, idsOf(mine));
}

function judgePutOff({ id, mechanism, controls }: Steered, rows: Rows): readonly Part[] {
  if (!mechanism.automatic) return [];
  if (controls.postpone === undefined)
    return [fail(`${id}: nobody can put off what comes by itself`, idsOf(of(rows.page, id)))];
  const press = of(rows.called, id).find(({ data }) => data.function === controls.postpone);
  const at = (when: 'begins' | 'put-off') => of(rows.page, id).find(({ data }) => data.when === when && data.read);
  const [begins, later] = [at('begins'), at('put-off')];
  if (press === undefined || begins === undefined || later === undefined)
    return [open(`${id}: that what is offered can be put off`, idsOf(of(rows.page, id)))];
  const evidence = [press.id, begins.id, later.id];
  if (!press.data.answer.success)
    return [fail(`${id}: what is offered cannot be put off (status ${press.data.answer.status})`, evidence)];
  if (begins.data.beginsAt === '') return [open(`${id}: when it would have begun, had it not been put off`, evidence)];
  const waits = Date.parse(later.data.beginsAt) - Date.parse(begins.data.beginsAt);
  return later.data.begins === '' || waits >= LEAST_WAIT_MS
    ? [pass(`${id}: what is offered is put off`, evidence)]
    : [fail(`${id} installs what was put off as if it had not been`, evidence)];
}
const LEAST_WAIT_MS = 1_800_000;
