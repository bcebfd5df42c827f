import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { afterEach, describe, test } from 'node:test';
import { runTwins, TWINS } from '../src/index.ts';
import { planOf } from '../src/lanes/plan.ts';

const LANE = new URL('./stand-in-lane.ts', import.meta.url);
const ended = (pid: number): boolean => {
  try {
    return !process.kill(pid, 0);
  } catch {
    return true;
  }
};

test('every case is run against the good product once, and every twin once, those that measure time alone', () => {
  const { alone, together } = planOf(TWINS);
  const cases = new Set(TWINS.map((twin) => twin.case));
  const good = [...alone, ...together].filter((run) => run.of === 'good').map((run) => run.case);
  assert.deepEqual(good.toSorted(), [...cases].toSorted());
  const twins = [...alone, ...together].flatMap((run) => (run.of === 'twin' ? [run.twin] : []));
  assert.deepEqual(twins.toSorted(), TWINS.map((twin) => twin.name).toSorted());
  assert.deepEqual([...new Set(alone.map((run) => run.case))].toSorted(), [
    'authentication-error-uniformity',
    'brute-force',
  ]);
});

describe('lanes side by side', () => {
  afterEach(() => {
    delete process.env['DIES_AT'];
    delete process.env['UNCLEAR_AT'];
  });

  test('whichever ends first, the rows stand in the order of the twins, and no process is left', async () => {
    const rows = await runTwins({ lane: LANE });
    assert.deepEqual(
      rows.map(({ twin, good, caught }) => [twin, good, caught]),
      TWINS.map((twin) => [twin.name, 'PASS', true]),
    );
    const pids = new Set(rows.map(({ because }) => Number(because.replace('said by ', ''))));
    assert.equal(pids.size > 1, availableParallelism() > 1);
    assert.ok([...pids].every(ended));
  });

  test('a lane that dies ends the run with an error: no twin is passed over', async () => {
    process.env['DIES_AT'] = TWINS.at(-1)?.name;
    await assert.rejects(runTwins({ lane: LANE }), /a lane ended by itself: exit code 3/);
  });

  test('what ends without a verdict is looked at once more, alone, and named; a wrong verdict stands', async () => {
    const [undecided, passed] = TWINS.filter((twin) => twin.case !== 'brute-force').map((twin) => twin.name);
    process.env['UNCLEAR_AT'] = `${undecided}=INCONCLUSIVE ${passed}=PASS`;
    const said: string[] = [];
    const rows = await runTwins({ lane: LANE, lanes: 1, onProgress: (text) => said.push(text) });
    const row = (name: string | undefined) => rows.find(({ twin }) => twin === name);
    assert.deepEqual([row(undecided)?.caught, row(undecided)?.again], [true, true]);
    assert.deepEqual([row(passed)?.caught, row(passed)?.again, row(passed)?.told], [false, false, false]);
    assert.deepEqual(
      said.filter((line) => line.includes('once more')),
      ['1 left undecided: once more, while nothing else runs'],
    );
  });
});
