import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Twin, TwinRow } from '../twin.ts';
import { TWINS } from '../twins/index.ts';
import { startLane, type Lane, type Said } from './lane.ts';
import { planOf, type Run } from './plan.ts';

/** Runs each case that has a twin against the good product, and each twin against its case. */
export interface RunTwinsOptions {
  /** module that calls `serveLane` with the product; each lane is a process of it */
  readonly lane: URL;
  /** a topic or a case; all where absent */
  readonly only?: string;
  /** as many as the machine has cores, and four at most, where absent */
  readonly lanes?: number;
  readonly onProgress?: (text: string) => void;
}

/** More than these find too little memory on the machines that CI has. */
const MOST_LANES = 4;

/** The rows in the order of the twins, whichever lane came to an end first. */
export const runTwins = async ({
  lane: module,
  only,
  lanes: wanted = Math.min(availableParallelism(), MOST_LANES),
  onProgress = () => undefined,
}: RunTwinsOptions): Promise<readonly TwinRow[]> => {
  const twins = TWINS.filter((twin) => only === undefined || twin.topic === only || twin.case === only);
  const plan = planOf(twins);
  const runs = [...plan.alone, ...plan.together];
  const count = Math.min(wanted, runs.length);
  const dir = mkdtempSync(join(tmpdir(), 'hearthward-twins-'));
  const lanes: Lane[] = [];
  const heard = new Map<string, Said | undefined>();
  const again = new Set<string>();
  const work = async (lane: Lane, waiting: Run[]): Promise<void> => {
    for (let run = waiting.shift(); run; run = waiting.shift()) {
      const began = performance.now();
      let said: Said | undefined;
      try {
        said = await lane.judge(run);
      } catch (error) {
        // the other lanes come to an end as well
        waiting.length = 0;
        throw error;
      }
      heard.set(nameOf(run), said);
      const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(4);
      onProgress(`${String(heard.size).padStart(3)}/${runs.length}  ${seconds} s  ${lineOf(run, said)}`);
    }
  };
  try {
    onProgress(`making ${count} lines, each with services, a factory, one unit set up`);
    const starting = Array.from({ length: count }, (_, at) => startLane(module, join(dir, `lane-${at}`)));
    for (const one of await Promise.allSettled(starting)) if (one.status === 'fulfilled') lanes.push(one.value);
    // the fault of the one that did not start
    await Promise.all(starting);
    for (const lane of lanes.slice(0, 1)) await work(lane, [...plan.alone]);
    const together = [...plan.together];
    const ends = await Promise.allSettled(lanes.map((lane) => work(lane, together)));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    const undecided = runs.filter((run) => isUndecided(twins, run, heard.get(nameOf(run))));
    if (undecided.length > 0) onProgress(`${undecided.length} left undecided: once more, while nothing else runs`);
    for (const run of undecided) again.add(nameOf(run));
    for (const lane of lanes.slice(0, 1)) await work(lane, undecided);
  } finally {
    await Promise.all(lanes.map((lane) => lane.stop()));
    rmSync(dir, { recursive: true, force: true });
  }
  return twins.map((twin): TwinRow => {
    const seen = heard.get(nameOf({ of: 'twin', case: twin.case, twin: twin.name }));
    const good = heard.get(nameOf({ of: 'good', case: twin.case }))?.verdict ?? 'INCONCLUSIVE';
    const caught = seen?.verdict === 'FAIL';
    return {
      case: twin.case,
      topic: twin.topic,
      good,
      twin: twin.name,
      caught,
      told: caught && good === (twin.goodIs ?? 'PASS'),
      again:
        again.has(nameOf({ of: 'twin', case: twin.case, twin: twin.name })) ||
        again.has(nameOf({ of: 'good', case: twin.case })),
      because: seen?.because ?? NOTHING,
    };
  });
};

/**
 * Whether a run ended without a verdict that should have one: beside others, on a busy machine, an observation can come too
 * late to be made. A verdict stands, the wrong one above all.
 */
const isUndecided = (twins: readonly Twin[], run: Run, said: Said | undefined): boolean => {
  const verdict = said?.verdict ?? 'INCONCLUSIVE';
  if (verdict !== 'INCONCLUSIVE' && verdict !== 'ERROR') return false;
  return run.of === 'twin' || !twins.some((twin) => twin.case === run.case && twin.goodIs === verdict);
};

const NOTHING = 'the case found nothing';
const nameOf = (run: Run): string => (run.of === 'good' ? `good ${run.case}` : `twin ${run.twin}`);

/** A twin that is caught, and a good product that passes, need no more words. */
const lineOf = (run: Run, said: Said | undefined): string => {
  const verdict = said?.verdict ?? 'nothing';
  const because = said?.because ?? NOTHING;
  if (run.of === 'good') return `good ${run.case}: ${verdict}${verdict === 'PASS' ? '' : `: ${because}`}`;
  return `${run.twin}: ${verdict === 'FAIL' ? 'caught' : `NOT CAUGHT (${verdict}: ${because})`}`;
};
