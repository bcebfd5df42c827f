import type { Case, Judgement, Probe, Seen } from '../../model.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../access/evidence.ts';
import { Called } from './installing.ts';
import { lookForUpdates, until } from './offering.ts';
import { Page, recordPage } from './page.ts';
import { steered, unsteered, updatesReady, type Steered } from './steering.ts';

/** The product has looked for updates since it was set up, not longer ago than it is declared to, and looks when asked. */
const KINDS = { page: Page, called: Called };
type Rows = ReturnType<typeof readEvidence<typeof KINDS>>['rows'];

export const updateCheck: Case = {
  id: 'update-check',
  topic: 'update-check',
  title: 'Reads when the product looked for updates last, has it look, and sees whether it did.',
  ready: updatesReady(),
  effect: 'reading',
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  for (const it of steered(probe.declaration)) {
    // a product that was started just now may be about to look
    await until(probe, it, ({ page }) => page.checkedAt !== '');
    const first = await recordPage(probe, it, 'first');
    if (it.check === undefined) continue;
    await lookForUpdates(probe, it);
    await until(probe, it, ({ page }) => page.checkedAt !== first.checkedAt);
    await recordPage(probe, it, 'checked');
  }
}

// EN 303 645 5.3-5, G044 6.3.5: after the set-up, and then periodically
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, KINDS);
  return weigh(
    [
      ...parts,
      ...steered(seen.declaration).map((it) => judgeOne(it, rows, Date.parse(seen.assessedAt))),
      ...unsteered(seen.declaration).map(({ id }) => open(`${id}: no page is declared on which the last check stands`)),
    ],
    'no update mechanism is declared',
    // that it goes on looking when nobody looks is declared; a day is longer than an assessment
    'assisted',
  );
}

function judgeOne({ id, mechanism, check }: Steered, rows: Rows, now: number): Part {
  const pages = of(rows.page, id).filter(({ data }) => data.read);
  const first = pages.find(({ data }) => data.when === 'first');
  const checked = pages.find(({ data }) => data.when === 'checked');
  const evidence = idsOf(pages);
  if (first === undefined) return open(`${id}: the page on which the last check stands`, evidence);
  if (mechanism.checks === undefined) return open(`${id}: how often it looks, which is not declared`, evidence);
  if (mechanism.controls?.marks.lastCheck === undefined)
    return open(`${id}: when it looked last, which the page has no mark for`, evidence);
  const last = checked ?? first;
  if (last.data.checkedAt === '')
    return first.data.lastCheck === '' && last.data.lastCheck === ''
      ? open(`${id}: when it looked last, where the page should say so`, evidence)
      : fail(`${id} has never looked for updates: "${last.data.lastCheck}"`, evidence);
  if (first.data.checkedAt === '') return fail(`${id} had not looked for updates before it was asked to`, evidence);
  const hours = (now - Date.parse(first.data.checkedAt)) / 3_600_000;
  const { everyHours } = mechanism.checks;
  if (hours > everyHours * SLACK)
    return fail(`${id} looked ${Math.round(hours)} hours ago, and is declared to every ${everyHours}`, evidence);
  if (check === undefined || checked === undefined) return open(`${id}: that it looks when it is asked to`, evidence);
  return Date.parse(checked.data.checkedAt) > Date.parse(first.data.checkedAt)
    ? pass(`${id} has looked within the last ${everyHours} hours, and looks when it is asked to`, evidence)
    : fail(`${id} is asked to look for updates, and does not`, evidence);
}
/** A random part of the period lies between two looks at random times. */
const SLACK = 2;
