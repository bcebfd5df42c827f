/**
 * Runs every test of the house: one process per room, so that one room cannot disturb another, and all files of a
 * room in that process, which is many times faster than a process per file. Two rooms run side by side; what measures
 * time runs when nothing else does. What each run says is printed whole, in the order of the rooms.
 *
 *   node tools/test.ts [ROOM ...] [--name PATTERN] [--slowest N]
 *
 * At the end stand the N files (10 where absent) that took longest, each with its longest test.
 * What needs a system program that is absent is skipped by name; in CI a skipped test fails the run.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Ended, TestRecord } from './test-records.ts';

/** Files that run when nothing else does, and why. */
const ALONE: Readonly<Record<string, string>> = {
  'device/test/panel/uniformity.test.ts': 'compares how long answers take, by a rank test',
  'testbed/test/siege.test.ts': 'bounds how long an honest visitor waits while thousands of connections stand',
};
/** Rooms side by side; every room opens ports that the system chooses, or on addresses of its own process. */
const LANES = 2;
/** What one process has compiled, of hundreds that the tests start, is there for the others: known by its content. */
const COMPILED = join(import.meta.dirname, '../node_modules/.cache/compiled');

interface Run {
  readonly title: string;
  readonly room: string;
  readonly files: readonly string[];
}
interface Outcome {
  readonly printed: string;
  readonly pass: number;
  readonly fail: number;
  /** what was skipped or is still to be written, and why */
  readonly skips: readonly string[];
  readonly good: boolean;
  readonly ended: readonly Ended[];
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { name: { type: 'string' }, slowest: { type: 'string', default: '10' } },
});
const root = join(import.meta.dirname, '..');
const workspaces = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { workspaces: string[] })
  .workspaces;
const rooms = [...workspaces, 'tools'].filter((room) => positionals.length === 0 || positionals.includes(room));
const scratch = mkdtempSync(join(tmpdir(), 'hearthward-test-'));

const runs = rooms.flatMap((room): Run[] => {
  const files = globSync('test/**/*.test.ts', { cwd: join(root, room) }).sort();
  const [together = [], alone = []] = [false, true].map((wanted) =>
    files.filter((file) => `${room}/${file}` in ALONE === wanted),
  );
  return [
    ...(together.length > 0 ? [{ title: `${room}: ${together.length} files`, room, files: together }] : []),
    ...alone.map((file) => ({ title: `${room}/${file}, alone: it ${ALONE[`${room}/${file}`]}`, room, files: [file] })),
  ];
});
const isAlone = ({ room, files }: Run): boolean => `${room}/${files[0]}` in ALONE;

const ended = new Map<Run, Outcome>();
let printed = 0;
const work = async (run: Run): Promise<void> => {
  ended.set(run, await carryOut(run));
  for (let next = runs[printed]; next && ended.has(next); next = runs[++printed])
    console.log(`\n${next.title}${ended.get(next)?.printed}`);
};
// the rooms with the most files are the longest: they begin first, so that no lane waits for a late one
const waiting = runs.filter((run) => !isAlone(run)).sort((a, b) => weightOf(b) - weightOf(a));
await Promise.all(
  Array.from({ length: LANES }, async () => {
    for (let run = waiting.shift(); run; run = waiting.shift()) await work(run);
  }),
);
for (const run of runs.filter(isAlone)) await work(run);
rmSync(scratch, { recursive: true, force: true });

const every = [...ended.values()];
const sum = (of: (one: Outcome) => number): number => every.reduce((all, one) => all + of(one), 0);
for (const name of every.flatMap((one) => one.skips)) console.log(`skipped: ${name}`);
const skipped = sum((one) => one.skips.length);
const skipsFail = process.env['CI'] === 'true' && skipped > 0;
for (const line of slowest(every.flatMap((one) => one.ended)).slice(0, Number(values.slowest))) console.log(line);
if (skipsFail) console.log('In CI nothing may be skipped: install what the tests above need.');
const passed = sum((one) => one.pass);
if (passed === 0) console.log('No test ran.');
console.log(`${passed} passed, ${sum((one) => one.fail)} failed, ${skipped} skipped`);
process.exitCode = every.some((one) => !one.good) || skipsFail || passed === 0 ? 1 : 0;

/** Whole devices, browsers and lines weigh more than what is tried by value. */
function weightOf({ room, files }: Run): number {
  return files.length * (room === 'testbed' ? 10 : room === 'cli' ? 5 : 1);
}

/** One line for each file, the one that took longest first. */
function slowest(every: readonly Ended[]): readonly string[] {
  const files = [
    ...Map.groupBy(
      every.filter((one) => one.depth === 0),
      (one) => one.file,
    ),
  ].map(([file, tests]) => {
    const longest = tests.reduce((most, one) => (one.seconds > most.seconds ? one : most));
    return { file, longest, seconds: tests.reduce((all, one) => all + one.seconds, 0) };
  });
  return files
    .sort((a, b) => b.seconds - a.seconds)
    .map(
      ({ file, longest, seconds }) =>
        `${seconds.toFixed(1).padStart(6)} s  ${file} (${longest.seconds.toFixed(1)} s: ${longest.name})`,
    );
}

async function carryOut({ room, files }: Run): Promise<Outcome> {
  const began = performance.now();
  const records = join(scratch, `${room.replaceAll('/', '-')}-${files.length}.jsonl`);
  const child = spawn(
    process.execPath,
    [
      '--test',
      '--test-isolation=none',
      '--test-timeout=300000',
      '--test-reporter=dot',
      '--test-reporter-destination=stdout',
      `--test-reporter=${join(import.meta.dirname, 'test-records.ts')}`,
      `--test-reporter-destination=${records}`,
      ...(values.name ? [`--test-name-pattern=${values.name}`] : []),
      ...files,
    ],
    { cwd: join(root, room), stdio: ['ignore', 'pipe', 'pipe'], env: { NODE_COMPILE_CACHE: COMPILED, ...process.env } },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [status] = (await once(child, 'close')) as [number | null];
  const told = readFileSync(records, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as TestRecord);
  const counts = told.find((one) => one.kind === 'counts');
  const ended = told.filter((one) => one.kind === 'ended').map((one) => ({ ...one, file: `${room}/${one.file}` }));
  const skips = ended.flatMap(({ name, skipped }) =>
    skipped === undefined ? [] : [`${room}: ${name}${skipped === '' ? '' : ` (${skipped})`}`],
  );
  const lines = [`, ${((performance.now() - began) / 1000).toFixed(0)} s`, said.trimEnd()];
  for (const { good, name } of ended) if (!good) lines.push(`  failed: ${room}: ${name}`);
  return {
    printed: lines.join('\n'),
    pass: counts?.passed ?? 0,
    fail: counts?.failed ?? 0,
    skips,
    good: status === 0,
    ended,
  };
}
