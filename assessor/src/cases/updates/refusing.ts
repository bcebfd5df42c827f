import { Type, type Static } from 'typebox';
import type { Probe, ReleaseKind } from '../../model.ts';
import { fail, idsOf, of, open, pass, type Part, type Reading } from '../access/evidence.ts';
import { logFunction } from '../access/logs/entries.ts';
import { LONGEST, LOOK_EVERY_MS, offering, Release, SAID, until } from './offering.ts';
import { readPage, type Read } from './page.ts';
import { steer, within, type Steered } from './steering.ts';

/** Something is offered that must not be installed: what becomes of it, also where somebody presses the button for it. */
const strict = { additionalProperties: false } as const;
/**
 * How the wait for what becomes of it ended: the page says it (`told`), or has said the same for as long as the product may
 * take (`steady`), or nothing answers, long after that (`silent`); `no`: it was still at work, or too slow to be judged
 */
const Settled = Type.Enum(['told', 'steady', 'silent', 'no']);
export const Refusal = Type.Object(
  {
    release: Release,
    before: Type.String(),
    after: Type.String(),
    /** people were shown it as an update, and somebody asked for it to be installed */
    offered: Type.Boolean(),
    pressed: Type.Boolean(),
    /** afterwards the page says how it ended, which it did not say before; the log has an entry on updates more */
    onPage: Type.Boolean(),
    inLog: Type.Boolean(),
    settled: Settled,
  },
  strict,
);
export type Refusal = Static<typeof Refusal>;

export async function recordRefusal(probe: Probe, it: Steered, release: ReleaseKind): Promise<void> {
  const first = await readPage(probe, it);
  const logged = await entries(probe, it);
  await offering(probe, it, release, async () => {
    let pressed = false;
    const told = (ended: string): boolean => ended !== '' && ended !== first.page.ended;
    // it has looked since, and shows nothing, although it had a while to fetch what it found
    let nothing = 0;
    const looked = ({ checkedAt }: Read['page']): boolean =>
      first.page.checkedAt !== '' && checkedAt > first.page.checkedAt && (nothing += 1) > LOOKS_TO_FETCH;
    const shown = await until(probe, it, ({ page }) => page.offered !== '' || told(page.ended) || looked(page));
    if (shown.page.offered !== '' && it.apply !== undefined) {
      await steer(probe, it, it.apply);
      pressed = true;
    }
    const { last, settled } = await settle(probe, it, {
      // what does not come up may be seen for a moment before it gives way
      isOver: (page) => told(page.ended) || (release !== 'failing' && page.version !== first.page.version),
      mayGiveWay: (page) => release === 'failing' && page.version !== first.page.version,
      usual: probe.patienceSeconds + (pressed ? SWITCHES * (it.mechanism.downtime?.seconds ?? 0) : 0),
    });
    const inLog = (await entries(probe, it)) > logged;
    probe.record(
      'refusal',
      it.id,
      {
        release,
        before: first.page.version,
        after: last.page.version,
        offered: shown.page.offered !== '',
        pressed,
        onPage: told(last.page.ended),
        inLog,
        settled,
      },
      [...first.blobs, ...last.blobs],
    );
  });
}

/** What was found has to be fetched before people are shown it; a small release is within these looks. */
const LOOKS_TO_FETCH = 12;

/** There, and back again. */
const SWITCHES = 2;

/**
 * Looks until the page says how it ended, or shows one version for the usual time. A machine with much other work takes longer
 * for each step, and shows that it goes on: every change of what is seen begins that time anew, up to some times of it.
 */
async function settle(
  probe: Probe,
  it: Steered,
  {
    isOver,
    mayGiveWay,
    usual,
  }: {
    readonly isOver: (page: Read['page']) => boolean;
    /** it may be on its way still, however long it takes here */
    readonly mayGiveWay: (page: Read['page']) => boolean;
    readonly usual: number;
  },
): Promise<{ readonly last: Read; readonly settled: Static<typeof Settled> }> {
  // looks, and no clock: on a busy machine each of them takes longer too
  const usualLooks = Math.ceil((usual * 1000) / LOOK_EVERY_MS);
  let shown: string | undefined;
  let alike = 0;
  for (let looks = 0; ; looks += 1) {
    const last = await readPage(probe, it);
    const { page } = last;
    if (page.read && isOver(page)) return { last, settled: 'told' };
    const shows = page.read ? page.version : undefined;
    [shown, alike] = [shows, shows === shown ? alike + 1 : 0];
    const isLong = looks >= LONGEST * usualLooks;
    if (page.read && alike >= usualLooks && (isLong || !mayGiveWay(page))) return { last, settled: 'steady' };
    if (isLong) return { last, settled: page.read || alike < (LONGEST - 1) * usualLooks ? 'no' : 'silent' };
    await probe.clock.wait(LOOK_EVERY_MS);
  }
}

/** Entries of the security log in which updates are named. */
async function entries(probe: Probe, it: Steered): Promise<number> {
  const log = logFunction(probe.declaration);
  if (log === undefined) return 0;
  const reached = await probe.login.call(log.id, await within(probe, it));
  if (!reached.ok) return 0;
  // that somebody called a function which is named after updates is no news of an update
  const own = [it.status, it.check, it.apply, it.postpone, it.choose].flatMap((each) => (each ? [each.id] : []));
  const body = own.reduce((text, id) => text.replaceAll(id, ''), reached.answer.body);
  return (body.match(/updat|firmware/gi) ?? []).length;
}

interface Rows {
  readonly refusal: readonly Reading<Refusal>[];
}

/** It is not installed, whoever asks for it. */
export function judgeRefused({ id }: Steered, release: ReleaseKind, rows: Rows): Part {
  const mine = of(rows.refusal, id).filter(({ data }) => data.release === release);
  const read = mine.filter(({ data }) => data.before !== '' && data.after !== '');
  const ran = read.filter(({ data }) => data.after !== data.before);
  const [installed] = ran;
  if (installed !== undefined)
    return fail(`${id} installs ${installed.data.after}, which is ${SAID[release]}`, idsOf(ran));
  return read.length > 0
    ? pass(`${id} does not install what is ${SAID[release]}`, idsOf(read))
    : open(`${id}: what becomes of a release that is ${SAID[release]}`, idsOf(mine));
}

/** Whoever administers the product learns of it, on the page or in the log. */
export function judgeTold({ id, mechanism }: Steered, release: ReleaseKind, rows: Rows): Part {
  const mine = of(rows.refusal, id).filter(({ data }) => data.release === release);
  const told = mine.filter(({ data }) => data.onPage || data.inLog);
  if (told.length > 0) return pass('whoever administers it is told', idsOf(told));
  const claims = mechanism.refusalTold?.includes('administrator') === true;
  const what = `that something ${SAID[release]} was offered`;
  return mine.length > 0 && claims
    ? fail(`${id} tells nobody ${what}, although it is declared to`, idsOf(mine))
    : open(`${id}: whether somebody is told ${what}`, idsOf(mine));
}
