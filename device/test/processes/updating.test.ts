import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { afterEach, describe, test } from 'node:test';
import type { MadeRelease } from '@hearthward/testbed/updates';
import { LABEL_PASSWORD } from '../stand-in/factory.ts';
import { NEW_PASSWORD, setUp } from '../stand-in/person.ts';
import type { Services } from '../stand-in/services.ts';
import {
  applyRelease,
  childrenOf,
  endLoader,
  madeInSlots,
  releaseOf,
  SLOT_BYTES,
  startedInSlots,
  untilShown,
} from '../stand-in/slotted.ts';

const closers: (() => unknown)[] = [];

const hubIn = (folder: string): string => JSON.stringify(new URL(folder, import.meta.url).href);
/** The module of an image: the hub of this checkout under a version of its own. */
const image = (version: string, healthy = true) => `
    import { ownUsers, runDevice } from ${hubIn('../../src/index.ts')};
    import { hubOf } from ${hubIn('../stand-in/updated-hub.ts')};
    const { hub } = await import(${JSON.stringify(import.meta.resolve('@hearthward/example-hub/hub'))});
    await runDevice({
      declaration: hubOf('${version}'),
      product: (device) => ({ ...hub(device), healthy: () => ${healthy} }),
      moduleUrl: import.meta.url,
      slots: { slotBytes: ${SLOT_BYTES}, trialMillis: 200 },
      users: ownUsers(),
    });
  `;
const release = (version: string, number: number, healthy?: boolean): MadeRelease =>
  releaseOf(image(version, healthy), version, number);

describe('a device in slots', () => {
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  const made = () => madeInSlots(release('1.0.0', 1), closers);
  const started = (dataDir: string) => startedInSlots(dataDir, closers);
  /** Resolves when the manufacturer has heard of each. */
  const reported = async (services: Services, kinds: readonly string[]): Promise<void> => {
    const heard = () => services.messages.map(({ body }) => (body as { kind?: string }).kind);
    while (!kinds.every((kind) => heard().includes(kind))) await new Promise((resolve) => setTimeout(resolve, 100));
  };
  /** pid of each process of a device, by what it is */
  const rolesOf = async (boot: number): Promise<ReadonlyMap<string, number>> => {
    const all = (await childrenOf(boot)).map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const role = /--role\0(core|updater)/.exec(command)?.[1] ?? (command.includes('signer.ts') ? 'signer' : 'new');
      return [role, pid] as const;
    });
    return new Map((await Promise.all(all)).filter(([role]) => role !== 'new'));
  };
  const options = { skip: process.platform !== 'linux' && 'it looks at processes', timeout: 400_000 };

  test(
    'one press brings the release that was read about; what is sick gives way to what was before',
    options,
    async () => {
      const { dataDir, repository, services, who } = await made();
      const { next, loader } = started(dataDir);
      assert.equal((await next('begun')).slot, 'a');
      await next('ready');
      await setUp(who, LABEL_PASSWORD);
      await who.submit('/login', '/login', { user: 'owner', password: NEW_PASSWORD });
      const apply = (next: MadeRelease): Promise<string> => applyRelease(repository, who, next);

      assert.match(await apply(release('2.0.0', 2)), /A stranger could have switched the lamp/);
      assert.equal((await next('begun')).slot, 'b');
      await next('ready');
      // the session of before goes on, and what was told before the switch is told after it
      await untilShown(who, /Version 2\.0\.0 was installed/);

      await apply(release('3.0.0', 3, false));
      assert.equal((await next('begun')).slot, 'a');
      assert.equal((await next('begun')).slot, 'b', 'what was sick has given way');
      await next('ready');
      await untilShown(who, /Version 3\.0\.0 did not work here/);
      await reported(services, ['update-installed', 'update-rolled-back']);

      await endLoader(loader);
      assert.equal(loader.exitCode, 0);
    },
  );

  test('an image that ends by itself uses up its tries, and the one before starts', options, async () => {
    const { dataDir, repository, who } = await made();
    const { next } = started(dataDir);
    await next('ready');
    await setUp(who, LABEL_PASSWORD);
    await who.submit('/login', '/login', { user: 'owner', password: NEW_PASSWORD });
    await applyRelease(repository, who, releaseOf('process.exit(1);', '2.0.0', 2));
    const slots: unknown[] = [];
    do slots.push((await next('begun')).slot);
    while (slots.at(-1) === 'b');
    assert.deepEqual(slots, ['b', 'b', 'b', 'a']);
    await next('ready');
    await untilShown(who, /Version 2\.0\.0 did not work here/);
  });

  test('core that is killed does not end the updater, nor the updater the device', options, async () => {
    const { dataDir, who } = await made();
    const { next, loader } = started(dataDir);
    await next('ready');
    await setUp(who, LABEL_PASSWORD);
    await who.submit('/login', '/login', { user: 'owner', password: NEW_PASSWORD });
    const [boot = 0] = await childrenOf(loader.pid ?? 0);
    const before = await rolesOf(boot);
    assert.deepEqual([...before.keys()].sort(), ['core', 'signer', 'updater']);
    process.kill(before.get('updater') ?? 0, 'SIGKILL');
    while ((await rolesOf(boot)).get('updater') === before.get('updater') || !(await rolesOf(boot)).has('updater'))
      await new Promise((resolve) => setTimeout(resolve, 50));
    await untilShown(who, /What happens by itself/);
    assert.equal((await rolesOf(boot)).get('core'), before.get('core'));
  });
});
