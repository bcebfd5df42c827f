import type { Case, Judgement, Seen } from '../../model.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { Called, Elsewhere, Gap, judgeInstalled, Kept, recordInstallation } from './installing.ts';
import { Asked, LONGEST } from './offering.ts';
import { Page } from './page.ts';
import { steered, unsteered, updatesReady, type Steered } from './steering.ts';

/**
 * What is seen where a good release is installed: whether it is simple, begins by itself, tells which risks go away, and
 * disturbs no more than it says.
 */
const KINDS = { page: Page, asked: Asked, called: Called, elsewhere: Elsewhere, gap: Gap, kept: Kept };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

const made = (id: Case['topic'], title: string, judgeOne: (it: Steered, rows: Rows) => readonly Part[]): Case => ({
  id,
  topic: id,
  title,
  ready: updatesReady('next'),
  // what was installed stays: whoever names a release in the target file allows that
  effect: 'disturbing',
  putsBack: true,
  observe: async (probe) => {
    for (const it of steered(probe.declaration)) await recordInstallation(probe, it);
  },
  judge: (seen: Seen): Judgement => {
    const { rows, parts } = readEvidence(seen, KINDS);
    return weigh(
      [
        ...parts,
        ...steered(seen.declaration).flatMap((it) => judgeOne(it, rows)),
        ...unsteered(seen.declaration).map(({ id }) => open(`${id}: no functions are declared by which it is steered`)),
      ],
      'no update mechanism is declared',
    );
  },
});

const offeredPage = ({ id }: Steered, rows: Rows) =>
  of(rows.page, id).find(({ data }) => data.when === 'offered' && data.read && data.offered !== '');

/** As many as are declared, and no more than a person takes in at once. */
const MOST_STEPS = 3;

// EN 303 645 5.3-3, G044 6.3.3, TS 103 645 4.3-5: to the page, one press, and who it is
export const updateSimple = made(
  'update-simple',
  'Installs what is offered, by the declared function alone, and counts what a person does for it.',
  (it, rows) => {
    const control = judgeInstalled(it, rows);
    if (control.verdict !== 'PASS') return [control];
    const { id, mechanism } = it;
    const presses = of(rows.called, id).filter(({ data }) => data.function === mechanism.controls?.apply);
    // the page is looked at, and the form sent; what installed itself takes nothing
    const steps = presses.length === 0 ? 0 : 1 + presses.length;
    const most = Math.min(MOST_STEPS, mechanism.simpleSteps ?? MOST_STEPS);
    const evidence = [...control.evidence, ...idsOf(presses)];
    return steps <= most
      ? [pass(`${id} installs what is offered in ${steps} steps`, evidence)]
      : [fail(`${id} takes ${steps} steps to install what is offered, and ${most} are declared`, evidence)];
  },
);

// EN 303 645 5.3-4, G044 6.3.4: what people have not switched off comes by itself
export const updateAutomatic = made(
  'update-automatic',
  'Has a release offered, does nothing, and looks whether the product says that it comes by itself.',
  (it, rows) => {
    const { id, mechanism } = it;
    if (!mechanism.automatic) return [fail(`${id} installs nothing by itself`, idsOf(of(rows.page, id)))];
    const offered = offeredPage(it, rows);
    if (offered === undefined) return [open(`${id}: that a release comes by itself`, idsOf(of(rows.page, id)))];
    const automatic = it.controls.choose?.choices.filter(({ what }) => what === 'automatic') ?? [];
    const off = automatic.filter(({ field }) => offered.data.choices[field] === 'false');
    const evidence = idsOf([...of(rows.page, id).filter(({ data }) => data.when === 'first'), offered]);
    if (offered.data.begins !== '') return [pass(`${id}: a release that is offered comes by itself`, evidence)];
    if (off.length > 0) return [open(`${id}: what comes by itself, which somebody has switched off`, evidence)];
    return it.controls.marks.begins === undefined
      ? [open(`${id}: whether a release comes by itself, which the page has no mark for`, evidence)]
      : [fail(`${id}: a release that is offered waits for somebody, and is declared to come by itself`, evidence)];
  },
);

// EN 303 645 5.3-11, G044 6.3.11, TS 103 645 4.3-2, 4.3-5: that it is due, and which risks go away, before anything happens
export const updateInformation = made(
  'update-information',
  'Has a security release offered, and looks whether people are told that it is due and which risks go away.',
  (it, rows) => {
    const { id } = it;
    const control = judgeInstalled(it, rows);
    const offered = offeredPage(it, rows);
    if (offered === undefined) return [control.verdict === 'PASS' ? open(`${id}: what people are told`) : control];
    if (it.controls.marks.risks === undefined)
      return [fail(`${id} has no place where people read which risks go away`, [offered.id])];
    if (offered.data.risks.split(/\s+/).length < LEAST_WORDS)
      return [fail(`${id} does not say which risks go away with "${offered.data.offered}"`, [offered.id])];
    const pages = of(rows.elsewhere, id);
    const told = pages.filter(({ data }) => data.tells);
    if (told.length > 0)
      return [
        pass(`${id}: people see what is due wherever they look, and which risks go away`, idsOf([offered, ...told])),
      ];
    return pages.length === 0
      ? [open(`${id}: whether who does not look for it is told`, [offered.id])]
      : [fail(`${id}: who does not look at the page of updates is told of none`, idsOf([offered, ...pages]))];
  },
);
/** Fewer say nothing of a danger. */
const LEAST_WORDS = 3;

// EN 303 645 5.3-12, G044 6.3.12, TS 103 645 4.3-6: how long it is away is said before, and holds; nothing that was set is lost
export const updateDisruption = made(
  'update-disruption',
  'Reads how long an update is said to take, installs it, and measures how long the product is away and what it lost.',
  (it, rows) => {
    const { id, mechanism } = it;
    const control = judgeInstalled(it, rows);
    const offered = offeredPage(it, rows);
    if (offered !== undefined && offered.data.downtime === '')
      return [fail(`${id} does not say before it installs for how long the product is away`, [offered.id])];
    const [gap] = of(rows.gap, id);
    if (gap?.data.back === false)
      return [fail(`${id}: the product does not answer any more after the update`, [...control.evidence, gap.id])];
    if (control.verdict !== 'PASS') return [control];
    const kept = of(rows.kept, id);
    const lost = kept.filter(({ data }) => data.after !== data.before);
    const evidence = [...control.evidence, ...idsOf([...(gap ? [gap] : []), ...kept])];
    const most = mechanism.downtime?.seconds;
    if (gap === undefined || most === undefined) return [open(`${id}: for how long the product is away`, evidence)];
    const { seconds } = gap.data;
    const tooLong = `${id}: the product is away for ${Math.round(seconds)} s, and ${most} s are declared`;
    if (seconds > LONGEST * most) return [fail(tooLong, evidence)];
    if (lost.length > 0)
      return [fail(`${id}: ${lost.map(({ data }) => data.function).join(', ')} is not set as it was before`, evidence)];
    // it may be the machine that is slow: nothing seen from outside tells that apart
    if (seconds > most) return [open(`${tooLong}: measure it on a machine that does nothing else`, evidence)];
    const said = `${id} is away for ${seconds.toFixed(1)} s, as it says before, and what was set stays`;
    return [kept.length > 0 ? pass(said, evidence) : open(`${id}: that what was set stays`, evidence)];
  },
);
