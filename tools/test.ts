/**
 * Runs every test of the house: one process per room, so that one room cannot disturb another, and all files of a
 * room in that process, which is many times faster than a process per file. Two rooms run side by side; what measures
 * time runs when nothing else does. What each run says is printed whole, in the order of the rooms.
 *
 *   node tools/test.ts [ROOM ...] [--name PATTERN]
 *
 * What needs a system program that is absent is skipped by name; in CI a skipped test fails the run.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

/** Files that run when nothing else does, and why. */
const ALONE: Readonly<Record<string, string>> = {
  'device/test/panel/uniformity.test.ts': 'compares how long answers take, by a rank test',
  'testbed/test/siege.test.ts': 'bounds how long an honest visitor waits while thousands of connections stand',
};
/** Rooms side by side; every room opens ports that the system chooses, or on addresses of its own process. */
const LANES = 2;

interface Run {
  readonly title: string;
  readonly room: string;
  readonly files: readonly string[];
}
interface Ended {
  readonly printed: string;
  readonly pass: number;
  readonly fail: number;
  readonly skipped: number;
  /** what was skipped, and why */
  readonly skips: readonly string[];
  readonly good: boolean;
}

const { positionals, values } = parseArgs({ allowPositionals: true, options: { name: { type: 'string' } } });
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

const ended = new Map<Run, Ended>();
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
const sum = (of: (one: Ended) => number): number => every.reduce((all, one) => all + of(one), 0);
for (const name of every.flatMap((one) => one.skips)) console.log(`skipped: ${name}`);
const skipped = sum((one) => one.skipped);
const skipsFail = process.env['CI'] === 'true' && skipped > 0;
if (skipsFail) console.log('In CI nothing may be skipped: install what the tests above need.');
const passed = sum((one) => one.pass);
if (passed === 0) console.log('No test ran.');
console.log(`${passed} passed, ${sum((one) => one.fail)} failed, ${skipped} skipped`);
process.exitCode = every.some((one) => !one.good) || skipsFail || passed === 0 ? 1 : 0;

/** Whole devices, browsers and lines weigh more than what is tried by value. */
function weightOf({ room, files }: Run): number {
  return files.length * (room === 'testbed' ? 10 : room === 'cli' ? 5 : 1);
}

async function carryOut({ room, files }: Run): Promise<Ended> {
  const began = performance.now();
  const tap = join(scratch, `${room.replaceAll('/', '-')}-${files.length}.tap`);
  const child = spawn(
    process.execPath,
    [
      '--test',
      '--test-isolation=none',
      '--test-timeout=300000',
      '--test-reporter=dot',
      '--test-reporter-destination=stdout',
      '--test-reporter=tap',
      `--test-reporter-destination=${tap}`,
      ...(values.name ? [`--test-name-pattern=${values.name}`] : []),
      ...files,
    ],
    { cwd: join(root, room), stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [status] = (await once(child, 'close')) as [number | null];
  const text = readFileSync(tap, 'utf8');
  // the summary stands last; what a test prints may look like one
  const count = (word: string) => Number([...text.matchAll(new RegExp(`^# ${word} (\\d+)`, 'gm'))].at(-1)?.[1] ?? 0);
  const lines = [`, ${((performance.now() - began) / 1000).toFixed(0)} s`, said.trimEnd()];
  if (status !== 0)
    for (const [, name] of text.matchAll(/^\s*not ok \d+ - (.*)$/gm)) lines.push(`  failed: ${room}: ${name}`);
  return {
    printed: lines.join('\n'),
    pass: count('pass'),
    fail: count('fail') + count('cancelled'),
    skipped: count('skipped') + count('todo'),
    skips: [...text.matchAll(/^\s*ok \d+ - (.*) # (?:SKIP|T[O]DO)(.*)$/gm)].map(
      ([, name, why]) => `${room}: ${name}${why ? ` (${why.trim()})` : ''}`,
    ),
    good: status === 0,
  };
}
