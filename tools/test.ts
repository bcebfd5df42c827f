/**
 * Runs every test of the house: one process per room, so that one room cannot disturb another, and all files of a
 * room in that process, which is many times faster than a process per file.
 *
 *   node tools/test.ts [ROOM ...] [--name PATTERN]
 *
 * What needs a system program that is absent is skipped by name; in CI a skipped test fails the run.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const { positionals, values } = parseArgs({ allowPositionals: true, options: { name: { type: 'string' } } });
const root = join(import.meta.dirname, '..');
const workspaces = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { workspaces: string[] })
  .workspaces;
const rooms = [...workspaces, 'tools'].filter((room) => positionals.length === 0 || positionals.includes(room));

const scratch = mkdtempSync(join(tmpdir(), 'hearthward-test-'));
const total = { pass: 0, fail: 0, skipped: 0 };
const skipped: string[] = [];
const broken: string[] = [];
for (const room of rooms) {
  const files = globSync('test/**/*.test.ts', { cwd: join(root, room) }).sort();
  if (files.length === 0) continue;
  const tap = join(scratch, `${room.replaceAll('/', '-')}.tap`);
  console.log(`\n${room}: ${files.length} files`);
  const run = spawnSync(
    process.execPath,
    [
      '--test',
      '--test-isolation=none',
      '--test-timeout=120000',
      '--test-reporter=dot',
      '--test-reporter-destination=stdout',
      '--test-reporter=tap',
      `--test-reporter-destination=${tap}`,
      ...(values.name ? [`--test-name-pattern=${values.name}`] : []),
      ...files,
    ],
    { cwd: join(root, room), stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const text = readFileSync(tap, 'utf8');
  // the summary stands last; what a test prints may look like one
  const count = (word: string) => Number([...text.matchAll(new RegExp(`^# ${word} (\\d+)`, 'gm'))].at(-1)?.[1] ?? 0);
  total.pass += count('pass');
  total.fail += count('fail') + count('cancelled');
  total.skipped += count('skipped') + count('todo');
  for (const [, name, why] of text.matchAll(/^\s*ok \d+ - (.*) # (?:SKIP|T[O]DO)(.*)$/gm))
    skipped.push(`${room}: ${name}${why ? ` (${why.trim()})` : ''}`);
  if (run.status !== 0) {
    broken.push(room);
    const failed = [...text.matchAll(/^\s*not ok \d+ - (.*)$/gm)].map((match) => match[1]);
    for (const name of failed) console.log(`  failed: ${room}: ${name}`);
  }
}
rmSync(scratch, { recursive: true, force: true });

for (const name of skipped) console.log(`skipped: ${name}`);
const skipsFail = process.env['CI'] === 'true' && skipped.length > 0;
if (skipsFail) console.log('In CI nothing may be skipped: install what the tests above need.');
if (total.pass === 0) console.log('No test ran.');
console.log(`${total.pass} passed, ${total.fail} failed, ${total.skipped} skipped`);
process.exitCode = broken.length > 0 || skipsFail || total.pass === 0 ? 1 : 0;
