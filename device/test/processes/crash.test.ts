import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { manufactured, temporaryFolder } from '../stand-in/factory.ts';
import { HUB, started } from '../stand-in/product.ts';

/** A crash leaves nothing of a process's memory on the disk. */

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const closers: (() => unknown)[] = [];

describe('a crash', () => {
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    await folder.remove();
  });
  const onlyLinux = { skip: process.platform !== 'linux' && 'it looks into /proc', timeout: 400_000 };

  const UNLIMITED = 'ulimit -c unlimited';
  const coreLimitOf = (pid: number): string =>
    /^Max core file size +(\S+) +(\S+)/m
      .exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))
      ?.slice(1)
      .join(' ') ?? '';
  /** Core files that lie in the folder: by their first bytes (ELF, type 4), whatever their name. */
  const coresIn = (path: string): readonly string[] =>
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => {
        const head = readFileSync(file).subarray(0, 18);
        return head.subarray(0, 4).equals(Buffer.from('\x7fELF')) && head[16] === 4;
      });
  const ended = async (pid: number): Promise<void> => {
    const isThere = (): boolean => {
      try {
        return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      } catch (thrown) {
        assert.ok(thrown instanceof Error);
        return false;
      }
    };
    while (isThere()) await new Promise((resolve) => setTimeout(resolve, 10));
  };

  test('core and signer leave no core file when they crash, and boot starts both again', onlyLinux, async () => {
    const dataDir = join(folder.path, 'device');
    const cwd = join(folder.path, 'cwd');
    mkdirSync(cwd);
    await manufactured(dataDir);
    // Where the kernel writes files: the search finds a core file of a program without our limit.
    if (!readFileSync('/proc/sys/kernel/core_pattern', 'utf8').startsWith('|')) {
      const control = join(folder.path, 'control');
      mkdirSync(control);
      const sleeper = spawn('/bin/sh', ['-c', `${UNLIMITED}; exec sleep 60`], { cwd: control, stdio: 'ignore' });
      while (!readFileSync(`/proc/${sleeper.pid}/cmdline`, 'utf8').startsWith('sleep')) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      sleeper.kill('SIGSEGV');
      await once(sleeper, 'exit');
      assert.equal(coresIn(control).length, 1);
    }
    const device = await started(HUB, dataDir, { cwd, shell: UNLIMITED });
    closers.push(device.stop);
    for (const [name, signal] of [
      ['core', 'SIGSEGV'],
      ['signer', 'SIGABRT'],
    ] as const) {
      const pids = device.children();
      for (const pid of [device.boot.pid ?? 0, pids.core, pids.signer]) assert.equal(coreLimitOf(pid), '1 1');
      const ready = once(device.boot, 'message');
      process.kill(pids[name], signal);
      assert.equal(((await ready) as [{ type: string }])[0].type, 'ready');
      await ended(pids[name]);
      assert.deepEqual(
        coresIn(folder.path).filter((file) => !file.includes('/control/')),
        [],
        name,
      );
    }
    assert.deepEqual(readdirSync(cwd), [], 'nor a report of Node’s');
  });

  test('no signal opens a debugger in core or signer', onlyLinux, async () => {
    const dataDir = join(folder.path, 'device');
    await manufactured(dataDir);
    const device = await started(HUB, dataDir);
    closers.push(device.stop);
    const { core, signer } = device.children();
    /** signal 10 is bit 9 */
    const listens = (pid: number): boolean => {
      const caught = /^SigCgt:\s+([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
      return ((BigInt(`0x${caught}`) >> 9n) & 1n) === 1n;
    };
    assert.deepEqual([listens(process.pid), listens(core), listens(signer)], [true, false, false]);
  });
});
