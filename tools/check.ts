/** Everything that can be said of the tree without running it: format, lint, types, dead code, generated files. */
import { spawnSync } from 'node:child_process';
import { ROOT } from './tree.ts';

const checks: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['format', 'oxfmt', '--check'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings'],
  ['types', 'tsc', '--noEmit'],
  ['dead code', 'knip'],
  ['secrets', 'node', 'tools/secrets.ts'],
  ['generated files', 'node', 'tools/generate.ts', '--check'],
];

for (const [name, command, ...args] of checks) {
  const run = spawnSync(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  const good = run.status === 0;
  console.log(`${good ? 'ok  ' : 'FAIL'} ${name}`);
  if (!good) {
    console.log([run.stdout, run.stderr].join('').trim().split('\n').slice(0, 60).join('\n'));
    process.exitCode = 1;
  }
}
