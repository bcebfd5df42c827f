import { Type, type Static } from 'typebox';
import type { Data, Probe } from '../../model.ts';
import { Answered, answered, blobsOf, valueAt } from '../access/answers.ts';
import { fail, idsOf, of, open, pass, type Part, type Reading } from '../access/evidence.ts';
import { guardOf, overHttp, type HttpFunction } from '../access/subjects.ts';
import { LONGEST, LOOK_EVERY_MS, offering, SAID, until, type Asked } from './offering.ts';
import { readPage, recordPage, type Page } from './page.ts';
import { steer, within, type Steered } from './steering.ts';

/**
 * A good release is offered, shown, installed by whoever may, and run. What was installed stays: so it is done once in
 * an assessment, and every case that rests on it has what was seen of it among its own observations.
 */
const strict = { additionalProperties: false } as const;
/** a call of a function that steers updates */
export const Called = Type.Object(
  {
    function: Type.String(),
    with: Type.Enum(['session', 'nothing', 'wrong-password', 'least-role']),
    answer: Answered,
  },
  strict,
);
/** another page than that of updates, while one is offered */
export const Elsewhere = Type.Object({ function: Type.String(), tells: Type.Boolean() }, strict);
/** how long the product did not answer while it switched; `back`: it does again, or not for many times as long as it should take */
export const Gap = Type.Object({ seconds: Type.Number({ minimum: 0 }), back: Type.Boolean() }, strict);
/** what a function is set to, before and after */
export const Kept = Type.Object({ function: Type.String(), before: Type.String(), after: Type.String() }, strict);
export type Called = Static<typeof Called>;

interface Row {
  readonly kind: string;
  readonly data: Data;
  readonly blobs: readonly string[];
}
const seen = new WeakMap<Probe['declaration'], Map<string, readonly Row[]>>();

/** Records, as of this case, how the good release was installed; installs it where no case of this run has. */
export async function recordInstallation(probe: Probe, it: Steered): Promise<void> {
  const known = seen.get(probe.declaration) ?? new Map<string, readonly Row[]>();
  seen.set(probe.declaration, known);
  const before = known.get(it.id);
  if (before !== undefined) {
    for (const { kind, data, blobs } of before) probe.record(kind, it.id, data, blobs);
    return;
  }
  const rows: Row[] = [];
  const recording: Probe = {
    ...probe,
    record: (kind, subject, data, blobs = []) => {
      rows.push({ kind, data, blobs });
      probe.record(kind, subject, data, blobs);
    },
  };
  await recordPage(recording, it, 'first');
  await offering(recording, it, 'next', () => install(recording, it));
  known.set(it.id, rows);
}

async function install(probe: Probe, it: Steered): Promise<void> {
  await until(probe, it, ({ page }) => page.offered !== '');
  const offered = await recordPage(probe, it, 'offered');
  if (offered.offered === '' || it.apply === undefined) return;
  await lookElsewhere(probe, it, offered);
  await putOff(probe, it);
  const before = await settings(probe, it);
  const { answer, blobs } = await steer(probe, it, it.apply);
  probe.record('called', it.id, { function: it.apply.id, with: 'session', answer }, blobs);
  if (!answer.success) return;
  await watch(probe, it, offered);
  const after = await settings(probe, it);
  for (const [id, value] of before) {
    probe.record('kept', it.id, { function: id, before: value, after: after.get(id) ?? '' });
  }
}

/** Before it comes by itself it can be put off; the press that installs it ends that too. */
async function putOff(probe: Probe, it: Steered): Promise<void> {
  const { postpone } = it;
  if (postpone === undefined || !it.mechanism.automatic) return;
  await until(probe, it, ({ page }) => page.beginsAt !== '');
  await recordPage(probe, it, 'begins');
  const { answer, blobs } = await steer(probe, it, postpone);
  probe.record('called', it.id, { function: postpone.id, with: 'session', answer }, blobs);
  await recordPage(probe, it, 'put-off');
}

/**
 * Until it runs another version and says how that ended; how long it was away meanwhile. What is away is watched for longer than
 * it should be, so that a slow machine is not taken for a product that does not come back.
 */
async function watch(probe: Probe, it: Steered, offered: Omit<Page, 'when'>): Promise<void> {
  const { ended } = it.controls.marks;
  const isDone = (page: Omit<Page, 'when'>): boolean =>
    page.read && page.version !== offered.version && (ended === undefined || !['', offered.ended].includes(page.ended));
  const downtime = it.mechanism.downtime?.seconds ?? 0;
  // looks, and no clock: on a busy machine each of them takes longer too
  const looksIn = (seconds: number): number => Math.ceil((seconds * 1000) / LOOK_EVERY_MS);
  const usual = looksIn(probe.patienceSeconds + 2 * downtime);
  const gone = looksIn(LONGEST * Math.max(downtime, probe.patienceSeconds));
  let longest = 0;
  let away: { readonly since: number; readonly looks: number } | undefined;
  for (let looks = 0; ; looks += 1) {
    const { page, blobs } = await readPage(probe, it);
    const now = probe.clock.now();
    if (blobs.length === 0) away = { since: away?.since ?? now, looks: (away?.looks ?? 0) + 1 };
    else if (away !== undefined) {
      longest = Math.max(longest, now - away.since);
      away = undefined;
    }
    if (isDone(page) || (away === undefined ? looks >= usual : away.looks >= gone)) {
      probe.record('gap', it.id, { seconds: longest / 1000, back: away === undefined }, blobs);
      break;
    }
    await probe.clock.wait(LOOK_EVERY_MS);
  }
  await recordPage(probe, it, 'installed');
}

const MOST_PAGES = 4;
/** Whoever does not look at the page of updates is told as well. */
async function lookElsewhere(probe: Probe, it: Steered, { offered }: Omit<Page, 'when'>): Promise<void> {
  const version = versionIn(offered);
  if (version === undefined) return;
  const pages = probe.declaration.externalFunctions
    .filter(overHttp)
    .filter((each) => each.kind === 'read' && each.id !== it.status.id && each.service === it.status.service)
    .filter((each) => each.purpose === undefined && each.request.fields.length === 0)
    .slice(0, MOST_PAGES);
  for (const each of pages) {
    const reached = await probe.login.call(each.id, await within(probe, it));
    if (!answered(each, reached).success || !reached.ok) continue;
    const tells = reached.answer.body.includes(version);
    probe.record('elsewhere', it.id, { function: each.id, tells }, blobsOf(reached));
  }
}

/** The version that a text names; a number alone is none. */
export const versionIn = (text: string): string | undefined => /\d+(?:\.\d+)+(?:[-+][\w.]*\w)?/.exec(text)?.[0];

/** What the functions that the switch interrupts are set to, where that can be read back. */
async function settings(probe: Probe, it: Steered): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const id of it.mechanism.downtime?.functions ?? []) {
    const each = httpFunction(probe, id);
    const reader = each?.readBack && httpFunction(probe, each.readBack.function);
    if (each?.readBack === undefined || reader === undefined) continue;
    const guard = guardOf(probe.declaration, reader);
    const session = guard === undefined ? undefined : await probe.login.shared(guard.id);
    const reached = await probe.login.call(reader.id, session);
    const value = reached.ok ? valueAt(reached.answer.body, each.readBack.field) : undefined;
    if (value !== undefined) found.set(id, value);
  }
  return found;
}
const httpFunction = (probe: Probe, id: string): HttpFunction | undefined =>
  probe.declaration.externalFunctions.filter(overHttp).find((each) => each.id === id);

export interface InstallationRows {
  readonly page: readonly Reading<Page>[];
  readonly asked: readonly Reading<Asked>[];
  readonly called: readonly Reading<Called>[];
}

/** The positive control of everything that is refused: the good release was installed. */
export function judgeInstalled({ id, mechanism }: Steered, rows: InstallationRows): Part {
  const pages = of(rows.page, id);
  const at = (when: Page['when']) => pages.find(({ data }) => data.when === when && data.read);
  const [first, offered, installed] = [at('first'), at('offered'), at('installed')];
  const asked = of(rows.asked, id).filter(({ data }) => data.release === 'next');
  const refused = asked.find(({ data }) => data.because !== '');
  if (refused !== undefined) return open(`${id}: that a release is offered: ${refused.data.because}`, idsOf(asked));
  if (first === undefined || first.data.version === '')
    return open(`${id}: which version runs, where the page should say so`, idsOf(pages));
  if (offered === undefined || offered.data.offered === '')
    return open(`${id}: that a release that is ${SAID.next} is offered to people`, idsOf(pages));
  const evidence = idsOf([first, offered, ...(installed ? [installed] : []), ...asked]);
  const press = of(rows.called, id).find(({ data }) => data.function === mechanism.controls?.apply);
  if (press !== undefined && !press.data.answer.success)
    return fail(`${id}: what is offered cannot be installed (status ${press.data.answer.status})`, [
      ...evidence,
      press.id,
    ]);
  if (installed === undefined || installed.data.version === '' || installed.data.version === first.data.version)
    return open(`${id}: that a release that is ${SAID.next} runs after it was installed`, evidence);
  return pass(`${id} brings ${installed.data.version} in place of ${first.data.version}`, evidence);
}
