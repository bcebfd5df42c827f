import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askClamd } from '../../src/incoming/clamd.ts';

/** clamd on a socket of ours, with the signatures of this folder alone; its socket. `closers` are called last first. */
export const startClamd = async (signatures: string, closers: (() => unknown)[]): Promise<string> => {
  const at = await mkdtemp(join(tmpdir(), 'hearthward-clamd-'));
  closers.push(() => rm(at, { recursive: true, force: true }));
  const socket = join(at, 'clamd.socket');
  const user = process.getuid?.() === 0 ? 'User root\n' : '';
  await writeFile(
    join(at, 'clamd.conf'),
    `LocalSocket ${socket}\nDatabaseDirectory ${signatures}\nForeground yes\nOfficialDatabaseOnly no\n${user}`,
  );
  const daemon = spawn('clamd', ['-c', join(at, 'clamd.conf')], { stdio: 'ignore' });
  closers.push(async () => {
    if (daemon.exitCode !== null || daemon.signalCode !== null) return;
    daemon.kill('SIGTERM');
    await once(daemon, 'exit');
  });
  for (;;) {
    assert.equal(daemon.exitCode, null, 'clamd has ended');
    if ((await askClamd({ kind: 'clamd', socket }, Buffer.from('ready?'))).kind === 'clean') return socket;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
