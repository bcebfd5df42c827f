import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { PANEL_LIMITS } from '../../src/panel/http/limits.ts';
import { BUDGETS, WHOLE_MEMORY } from '../../src/processes/boot/budgets.ts';
import { withinLimits } from '../../src/processes/boot/limits.ts';

const skip = process.platform !== 'linux' && 'limits are those of Linux';
const run = (command: readonly string[], budget = BUDGETS.signer) => {
  const [program, args] = withinLimits(command, '077', budget);
  return spawnSync(program, args, { encoding: 'utf8' });
};

test('a process starts within its budget, and cannot leave it', { skip }, () => {
  const { stdout } = run(['/bin/sh', '-c', 'ulimit -Sn; ulimit -Hn; ulimit -Sd; ulimit -Hd; umask']);
  const kib = String(BUDGETS.signer.data * 1024);
  assert.deepEqual(stdout.trim().split('\n').slice(0, 4), ['64', '64', kib, kib]);
  assert.match(stdout, /0?077$/m);
});

test('a limit that is lower already stays', { skip }, () => {
  const [program, args] = withinLimits(['/bin/sh', '-c', 'ulimit -Hn'], '077', BUDGETS.signer);
  const lower = ['setpriv', '--reuid=65534', '--clear-groups', program, ...args];
  const asNobody = process.getuid?.() === 0 ? lower : [program, ...args];
  const { stdout } = spawnSync('/bin/sh', ['-c', 'ulimit -n 40; exec "$0" "$@"', ...asNobody], { encoding: 'utf8' });
  assert.equal(stdout.trim(), '40');
});

test('memory beside the engine’s heap ends the process, not the device', { skip }, () => {
  const keeps = (mib: number): string =>
    `const kept = []; for (let n = 0; n < ${mib}; n++) kept.push(Buffer.alloc(2 ** 20, 1)); console.log(kept.length)`;
  assert.equal(run([process.execPath, '-e', keeps(32)]).stdout.trim(), '32', 'the positive control');
  const { stdout, status, signal } = run([process.execPath, '-e', keeps(BUDGETS.signer.data)]);
  assert.equal(stdout, '');
  assert.ok(status !== 0 || signal !== null);
});

test('open files end at the budget', { skip }, () => {
  const opens = `const { openSync } = require('node:fs'); let open = 0; try { for (;;) { openSync('/dev/null'); open++; } } catch (fault) { console.log(fault.code, open); }`;
  const [code, open] = run([process.execPath, '-e', opens]).stdout.trim().split(' ');
  assert.equal(code, 'EMFILE');
  assert.ok(Number(open) < BUDGETS.signer.descriptors);
});

test('budgets fit into each other', () => {
  const { boot, ...children } = BUDGETS;
  for (const [name, { heap, data, descriptors }] of Object.entries(children)) {
    assert.ok(heap < data, name);
    assert.ok(data <= boot.data && descriptors <= boot.descriptors, `${name} starts with no more than boot has`);
  }
  assert.ok(PANEL_LIMITS.strangers < PANEL_LIMITS.connections);
  assert.ok(PANEL_LIMITS.connections * 2 < BUDGETS.core.descriptors);
  assert.ok(Object.values(children).reduce((sum, { heap }) => sum + heap, 0) < WHOLE_MEMORY);
});
