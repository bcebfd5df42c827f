import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { beginStart, placesOf, systemDisk, verifySlot, type SlotName } from '@hearthward/device/updates';
import { FETCHED, FLOOR, makeDevice, NEWEST, SIGNED, slotsIn, update } from '../../src/updates/crashes/killed.ts';

/**
 * EN 303 645 5.3-2, G045 PL-2-2, for real: the process of an update is killed as it enters each of its system calls that
 * make something durable, and each write finds a full disk. strace counts the calls of the one thread that makes them.
 */
const PROGRAM = join(import.meta.dirname, '../../src/updates/crashes/killed.ts');
const NO_STRACE = traces() ? false : 'needs strace, and leave to trace';
/** One of so many calls is tried, since each takes a process of its own; every one with HEARTHWARD_KILLS=all. */
const EACH = { fsync: 3, rename: 2, write: 6, mkdir: 4, full: 4 } as const;
const strideOf = (calls: keyof typeof EACH): number => (process.env['HEARTHWARD_KILLS'] === 'all' ? 1 : EACH[calls]);

/** Fewer than that, and the calls are no longer the ones that strace looks for. */
const FEWEST = { fsync: 16, rename: 4, write: 12, mkdir: 6 } as const;

let folder: string;

describe('an update whose process is killed', { skip: NO_STRACE }, () => {
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'hearthward-kills-'));
    await makeDevice(join(folder, 'made'));
    // what it compiles is found by all the others
    assert.equal(spawnSync(process.execPath, [PROGRAM, anew()], { env: cached() }).status, 0);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const anew = (): string => {
    const device = join(folder, 'device');
    rmSync(device, { recursive: true, force: true });
    cpSync(join(folder, 'made'), device, { recursive: true });
    return device;
  };
  const cached = () => ({ ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') });
  /** How a run ended into whose calls strace put this fault. */
  const injected = (device: string, calls: string, fault: string, paths: readonly string[] = []) =>
    spawnSync(
      'strace',
      [
        '-f',
        '-qq',
        '-o',
        join(folder, 'trace'),
        '-e',
        `trace=${calls}`,
        '-e',
        `inject=${calls}:${fault}`,
        ...paths.flatMap((path) => ['-P', path]),
        process.execPath,
        PROGRAM,
        device,
      ],
      { encoding: 'utf8', env: cached() },
    );
  /** Looks at the files themselves: what the runtime says of them is what is to be proven. */
  const startsSomethingSigned = (device: string, how: string): void => {
    const began = beginStart(systemDisk, slotsIn(device));
    assert.ok(began.ok, `nothing starts: ${how}`);
    assert.deepEqual(SIGNED.get(began.image.digest), began.image, how);
    assert.ok(began.image.securityVersion >= FLOOR, how);
    const { files } = placesOf(slotsIn(device), began.slot);
    assert.match(readFileSync(join(files, 'hub.js'), 'utf8'), new RegExp(`hub ${began.image.number}`), how);
    assert.ok(verifySlot(systemDisk, slotsIn(device), began.slot, began.image.digest).ok, how);
  };
  const endsConfirmed = async (device: string, how: string): Promise<void> => {
    await update(device);
    const began = beginStart(systemDisk, slotsIn(device));
    assert.ok(began.ok && began.image.digest === NEWEST.digest, how);
  };

  for (const call of ['fsync', 'rename', 'write', 'mkdir'] as const) {
    test(`at ${call}, starts a signed release at or above the floor, and goes on to the newest`, async () => {
      const stride = strideOf(call);
      let kills = 0;
      let at = 1;
      for (; ; at += stride) {
        const device = anew();
        const { signal, status, stderr } = injected(device, call, `signal=KILL:when=${at}`);
        if (signal === null && status === 0) break;
        assert.ok(signal === 'SIGKILL' || status === 137, `${call} ${at}: ${stderr}`);
        kills += 1;
        const how = `killed at ${call} ${at}`;
        startsSomethingSigned(device, how);
        await endsConfirmed(device, how);
        assert.ok(at < 500);
      }
      console.log(`killed at ${kills} of the ${call}s, one of ${stride}, until none was left to be killed at`);
      assert.ok(kills * stride >= FEWEST[call], `${kills}`);
    });
  }

  test('finds the disk full at any write: it is said in words, the release of before starts, and later it goes on', async () => {
    const stride = strideOf('full');
    let full = 0;
    for (let at = 1; ; at += stride) {
      const device = anew();
      const { status, stderr } = injected(device, 'write,mkdir', `error=ENOSPC:when=${at}`, pathsOf(device));
      if (status === 0) break;
      full += 1;
      const how = `full at write ${at}`;
      assert.match(stderr, /ENOSPC/, how);
      startsSomethingSigned(device, how);
      await endsConfirmed(device, how);
      assert.ok(at < 200);
    }
    console.log(`disk full at ${full} writes and new folders, one of ${stride}, until none was left`);
    assert.ok(full * stride >= FEWEST.write);
  });
});

/** Everything that an update of this device may write, so that what Node writes for itself is not counted. */
const pathsOf = (device: string): string[] => {
  const places = (['a', 'b'] as const satisfies readonly SlotName[]).flatMap((name) => {
    const { slot, manifest, facts, files } = placesOf(slotsIn(device), name);
    const within = ['', 'lib', 'hub.js', 'lib/led.js', 'lib/page.js'].map((path) => join(files, path));
    return [slot, manifest, facts, ...within];
  });
  const records = [0, 1].map((index) => join(slotsIn(device), `record-${index}`));
  const contents = FETCHED.flatMap((digest) => {
    const part = join(device, 'contents', digest.slice(0, 2));
    return [part, join(part, `${digest}.new`)];
  });
  return [...places, ...records, join(device, 'contents'), ...contents];
};

function traces(): boolean {
  const tried = spawnSync('strace', ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=none', 'true']);
  return tried.status === 0;
}
