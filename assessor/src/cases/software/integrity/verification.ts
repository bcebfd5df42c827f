import type { Declaration } from '@hearthward/product';
import type { Case, Judgement, Probe, Seen } from '../../../model.ts';
import { fail, idsOf, of, open, pass, readEvidence, weigh, type Part } from '../../access/evidence.ts';
import {
  ALTERING_KINDS,
  besidesStart,
  periodOf,
  placesOf,
  readUntil,
  readyToAlter,
  shownOf,
  whileAltered,
  WHOLE,
  type Said,
  type Tried,
} from './altering.ts';

type Rows = ReturnType<typeof readEvidence<typeof ALTERING_KINDS>>['rows'];

export const integrityVerification: Case = {
  id: 'integrity-verification',
  topic: 'integrity-verification',
  title:
    'Has a laboratory change one byte of the software and of the configuration, and looks whether the product finds it when it is asked to and when it is switched on.',
  ready: readyToAlter,
  effect: 'disturbing',
  putsBack: true,
  observe,
  judge,
};

async function observe(probe: Probe): Promise<void> {
  const shown = shownOf(probe.declaration);
  if (shown === undefined) return;
  // one that does not say that it is whole cannot be seen to find anything
  const whole = await readUntil(probe, shown, WHOLE, 'whole', { wanted: ['whole'], seconds: probe.patienceSeconds });
  if (whole !== 'whole') return;
  for (const place of placesOf(probe.target)) {
    // what is not found once has been seen enough of
    if (!(await whileAltered(probe, shown, place, besidesStart(probe.declaration)))) return;
    if (probe.target.handling?.powerCycle === undefined) continue;
    if (!(await whileAltered(probe, shown, place, 'started'))) return;
  }
}

const AT: Readonly<Record<Tried, string>> = {
  asked: 'when it is asked to look',
  waited: 'within its declared period',
  started: 'when it is switched on',
};

// G045 PL-1-4: code and configuration are verified at each start, and from time to time or by hand
function judge(seen: Seen): Judgement {
  const { rows, parts } = readEvidence(seen, ALTERING_KINDS);
  const [whole] = of(rows.result, WHOLE);
  if (whole === undefined) return weigh(parts, 'what the product says of its software was not read');
  if (whole.data.said !== 'whole')
    return weigh([...parts, open('a unit that says that it is whole, before anything is changed', [whole.id])], '');
  const running = besidesStart(seen.declaration);
  const found = (['software', 'configuration'] as const).flatMap((what) => {
    const names = new Set(rows.handled.filter(({ data }) => data.what === what).map(({ subject }) => subject));
    if (names.size === 0) return [open(`whether changed ${what} is found`)];
    return [...names].flatMap((name) => [
      ...([running, 'started'] as const).map((when) => judgeOne(rows, seen.declaration, what, name, when)),
      judgeMended(rows, name),
    ]);
  });
  return weigh([...parts, ...found], 'nothing was changed');
}

function judgeOne(
  rows: Rows,
  declaration: Declaration,
  what: 'software' | 'configuration',
  name: string,
  when: Tried,
): Part {
  const handled = of(rows.handled, name).filter(({ data }) => data.because === '');
  const result = of(rows.result, name).find(({ data }) => data.when === when);
  const evidence = idsOf([...handled, ...(result ? [result] : [])]);
  if (result === undefined) return open(`whether changed ${what} (${name}) is found ${AT[when]}`, evidence);
  const { said, seconds } = result.data;
  if (said === 'altered' || (when === 'started' && said === 'unread'))
    return pass('one changed byte of its software or its configuration is found at the start and besides', evidence);
  if (said === 'unread') return open(`what the product says of changed ${what} (${name}) ${AT[when]}`, evidence);
  if (when === 'waited' && seconds < periodOf(declaration))
    return open(`whether changed ${what} (${name}) is found ${AT[when]}, which is longer than was waited`, evidence);
  return fail(`its ${what} (${name}) was changed, and ${AT[when]} ${SAYS[said]}`, evidence);
}

const SAYS: Readonly<Record<Exclude<Said, 'altered' | 'unread'>, string>> = {
  whole: 'it says that it is as it should be',
  nothing: 'it says nothing of it',
  both: 'it says at once that it was changed and that it was not',
};

/** Without this a unit that says "changed" of everything would pass, and one that no longer starts at all. */
function judgeMended(rows: Rows, name: string): Part {
  const mine = of(rows.result, name);
  const mended = mine.filter(({ data }) => data.when === 'mended');
  // once for each time that it was changed
  return mended.length > 0 &&
    mended.length >= mine.length - mended.length &&
    mended.every(({ data }) => data.said === 'whole')
    ? pass('put back, it says that it is whole', idsOf(mended))
    : open(`that the unit is whole again once ${name} was put back`, idsOf(mended));
}
