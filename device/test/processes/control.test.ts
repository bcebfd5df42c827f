import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import type { MadeRelease } from '@hearthward/testbed/updates';
import { LABEL_PASSWORD } from '../stand-in/factory.ts';
import { NEW_PASSWORD, setUp, type Person } from '../stand-in/person.ts';
import {
  applyRelease,
  childrenOf,
  endLoader,
  madeInSlots,
  releaseOf,
  SLOT_BYTES,
  startedInSlots,
} from '../stand-in/slotted.ts';

/** The control loop of a product on trial of everything that happens around it: switches, faults, power cuts. */

const from = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

interface Told {
  readonly version: string;
  readonly pid: number;
  readonly tick: number;
  readonly holds: number | null;
}
interface Status {
  /** the first reading that this start of core heard */
  readonly first: Told;
  readonly latest: Told;
}

/** The hub with a loop that tells which image and process it is of, and what it holds. */
const image = (version: string, { healthy = true, ticks = true } = {}): string => `
  import { runDevice } from ${from('../../src/index.ts')};
  import { hubOf } from ${from('../stand-in/updated-hub.ts')};
  const { hub } = await import(${JSON.stringify(import.meta.resolve('@hearthward/example-hub/hub'))});
  const product = (device) => {
    let first;
    const told = () => {
      const latest = device.control.latest();
      return latest && { ...latest.reading, tick: latest.tick };
    };
    const seen = setInterval(() => (first ??= told()), 5);
    seen.unref();
    const functions = hub({ ...device, control: undefined });
    return {
      ...functions,
      functions: {
        ...functions.functions,
        status: () => ({ ok: true, value: { first: first ?? null, latest: told() ?? null } }),
        'set-target': ({ target }) => {
          device.control.send(target);
          return { ok: true };
        },
      },
      healthy: () => ${healthy},
    };
  };
  // without drivers the self-test fails, and a product in its safe state is told nothing
  product.board = hub.board;
  product.control = {
    everyMillis: 50,
    begin: (command) => {
      let holds = command ?? null;
      return {
        tick: () => {
          if (!${ticks}) throw new Error('this loop does not work');
          return { version: '${version}', pid: process.pid, holds };
        },
        command: (next) => (holds = next ?? null),
      };
    },
  };
  await runDevice({
    declaration: hubOf('${version}'),
    product,
    moduleUrl: import.meta.url,
    slots: { slotBytes: ${SLOT_BYTES}, trialMillis: 200 },
  });
`;
const release = (version: string, number: number, given?: Parameters<typeof image>[1]): MadeRelease =>
  releaseOf(image(version, given), version, number);

const closeAll = async (closers: (() => unknown)[]): Promise<void> => {
  for (const close of closers.splice(0).reverse()) await close();
};
const soon = () => new Promise((resolve) => setTimeout(resolve, 50));
/** The first status that is as wished; the device may be away meanwhile. */
const status = async (who: Person, wished: (now: Status) => boolean = () => true): Promise<Status> => {
  for (; ; await soon()) {
    const answer = await who.get('/api/status').catch(() => undefined);
    const now = answer?.status === 200 ? (JSON.parse(answer.body) as Partial<Status>) : {};
    if (now.first && now.latest && wished(now as Status)) return now as Status;
  }
};
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};
const gone = async (pid: number): Promise<void> => {
  while (isAlive(pid)) await soon();
};

/** Set up, told to hold 23, with the status after it. */
const holding = async (closers: (() => unknown)[]) => {
  const device = await madeInSlots(release('1.0.0', 1), closers);
  const { who, dataDir } = device;
  const run = startedInSlots(dataDir, closers);
  await run.next('begun');
  await run.next('ready');
  await setUp(who, LABEL_PASSWORD);
  await who.submit('/login', '/login', { user: 'owner', password: NEW_PASSWORD });
  await who.submit('/', '/functions/set-target', { target: '23' });
  return { ...device, ...run, before: (await status(who, ({ latest }) => latest.holds === 23)).latest };
};

const options = { skip: process.platform !== 'linux' && 'it looks at processes', timeout: 400_000 };

describe('the control loop of a device in slots', { ...options, timeout: 900_000 }, () => {
  const closers: (() => unknown)[] = [];
  after(() => closeAll(closers));
  /** one device for all of them: each finds it as the one before has left it */
  let device: Awaited<ReturnType<typeof holding>>;
  before(async () => {
    device = await holding(closers);
  }, options);

  test('does not notice that core dies, and has neither files nor network', options, async () => {
    const { who, loader, before } = device;
    const [boot = 0] = await childrenOf(loader.pid ?? 0);
    for (const pid of await childrenOf(boot)) {
      if ((await readFile(`/proc/${pid}/cmdline`, 'utf8')).includes('--role\0core')) process.kill(pid, 'SIGKILL');
    }
    const { latest } = await status(who, (now) => now.first.tick > before.tick);
    assert.equal(latest.pid, before.pid);
    const command = (await readFile(`/proc/${before.pid}/cmdline`, 'utf8')).split('\0');
    assert.ok(command.includes('--permission'));
    assert.deepEqual(
      command.filter((flag) => /^--allow-(?!fs-read=)/.test(flag)),
      [],
    );
    assert.deepEqual(
      command.filter((flag) => flag.startsWith('--allow-fs-read=') && /\/(keys|state|slots\/records?)/.test(flag)),
      [],
    );
  });

  test('of the image before was never ended when the new one is given up', options, async () => {
    const { who, repository, next, before } = device;
    await applyRelease(repository, who, release('2.0.0', 2, { healthy: false }));
    assert.equal((await next('begun')).slot, 'b');
    assert.equal((await next('begun')).slot, 'a');
    const { first } = await status(who);
    assert.deepEqual([first.version, first.pid, first.holds], ['1.0.0', before.pid, 23]);
    assert.ok(first.tick > before.tick);
  });

  test('goes on through a switch, and hands over once the new image is confirmed', options, async () => {
    const { who, repository, next, before } = device;
    await applyRelease(repository, who, release('3.0.0', 3));
    assert.equal((await next('begun')).slot, 'b');
    const after = await status(who, ({ latest }) => latest.version === '3.0.0');
    const { first } = after;
    assert.deepEqual(
      [first.version, first.pid, first.holds],
      ['1.0.0', before.pid, 23],
      'on trial the one before holds',
    );
    assert.ok(first.tick > before.tick, 'and has never begun again');
    assert.notEqual(after.latest.pid, before.pid);
    assert.equal(after.latest.holds, 23, 'the new one holds what was commanded last');
    await gone(before.pid);
  });

  test('is begun again with the last command when it dies', options, async () => {
    const { who } = device;
    const { latest } = await status(who);
    process.kill(latest.pid, 'SIGKILL');
    const again = await status(who, (now) => now.latest.pid !== latest.pid);
    assert.equal(again.latest.holds, 23);
  });

  test('after a power cut nothing of it lies anywhere, and what it controls is told again', options, async () => {
    const { who, loader, dataDir } = device;
    const { latest } = await status(who);
    loader.kill('SIGKILL');
    await gone(loader.pid ?? 0);
    await gone(latest.pid);
    assert.equal(existsSync(join(dataDir, 'control')), false);
    device = { ...device, ...startedInSlots(dataDir, closers) };
    await device.next('begun');
    await device.next('ready');
    await who.submit('/login', '/login', { user: 'owner', password: NEW_PASSWORD });
    const { first } = await status(who);
    assert.equal(first.holds, null, 'this product says nothing by itself');
    assert.equal(existsSync(join(dataDir, 'control')), false);
    await who.submit('/', '/functions/set-target', { target: '23' });
    await status(who, (now) => now.latest.holds === 23);
  });

  test('goes on for as long as the one that shall follow does not tick', options, async () => {
    const { who, repository, next } = device;
    const { latest: holds } = await status(who);
    await applyRelease(repository, who, release('4.0.0', 4, { ticks: false }));
    assert.equal((await next('begun')).slot, 'a');
    await next('ready');
    while (!/Version 4\.0\.0 was installed/.test((await who.get('/updates')).body)) await soon();
    await who.submit('/', '/functions/set-target', { target: '19' });
    const { latest } = await status(who, (now) => now.latest.holds === 19);
    assert.deepEqual([latest.version, latest.pid], ['3.0.0', holds.pid]);
    await endLoader(device.loader);
    await gone(holds.pid);
  });
});
