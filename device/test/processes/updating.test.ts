import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  makeRelease,
  offerOf,
  productLine,
  publishOffers,
  publishRelease,
  type MadeRelease,
} from '@hearthward/testbed/updates';
import { openKeystore } from '../../src/secrets/keystore.ts';
import { installFirstImage, systemDisk } from '../../src/updates/updates.ts';
import { LABEL_PASSWORD, manufactured, temporaryFolder } from '../stand-in/factory.ts';
import { NEW_PASSWORD, person, setUp, type Person } from '../stand-in/person.ts';
import { startServices, type Services } from '../stand-in/services.ts';

/** A device that is installed in slots, with all of its processes, its panel and a real connection to a repository. */

const LOADER = fileURLToPath(new URL('../../src/processes/loader.ts', import.meta.url));
const SLOT_BYTES = 10_000_000;
const closers: (() => unknown)[] = [];

const hubIn = (folder: string): string => JSON.stringify(new URL(folder, import.meta.url).href);
/** The module of an image: the hub of this checkout under a version of its own. */
const image = (version: string, healthy = true) => ({
  'main.js': Buffer.from(`
    import { runDevice } from ${hubIn('../../src/index.ts')};
    import { hubOf } from ${hubIn('../stand-in/updated-hub.ts')};
    const { hub } = await import(${JSON.stringify(import.meta.resolve('@hearthward/example-hub/hub'))});
    await runDevice({
      declaration: hubOf('${version}'),
      product: (device) => ({ ...hub(device), healthy: () => ${healthy} }),
      moduleUrl: import.meta.url,
      slots: { slotBytes: ${SLOT_BYTES}, trialMillis: 200 },
    });
  `),
});
const ABOUT = (version: string, number: number): Parameters<typeof makeRelease>[1] => ({
  product: 'hub',
  number,
  version,
  models: ['HH-100'],
  risksRemoved: [{ id: 'CVE-2026-1', severity: 'high', risk: { en: 'A stranger could have switched the lamp.' } }],
});
const release = (version: string, number: number, healthy?: boolean): MadeRelease =>
  makeRelease(image(version, healthy), ABOUT(version, number));

describe('a device in slots', () => {
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  const made = async () => {
    const folder = await temporaryFolder();
    closers.push(folder.remove);
    const repository = productLine('hub', Date.now());
    const services = await startServices({
      site: (path) => {
        const [, kind, address = ''] = /^\/updates\/(metadata|targets)\/(.*)$/.exec(path) ?? [];
        return kind === 'metadata' ? repository.file(address) : repository.artifact(address);
      },
    });
    closers.push(services.close);
    const port = await freePort();
    await manufactured(folder.path, {
      listen: { panel: { address: '127.0.0.1', port } },
      authority: services.authority,
      services: services.urls,
      root: repository.last('root', 1),
    });
    const one = release('1.0.0', 1);
    const slots = join(folder.path, 'slots');
    mkdirSync(slots);
    const { digest } = one;
    const source = {
      image: { digest, number: 1, securityVersion: 1 },
      product: 'hub',
      manifest: one.manifest,
      open: () => [one.tree['main.js'] ?? Buffer.alloc(0)],
    };
    assert.equal((await installFirstImage(systemDisk, slots, source, SLOT_BYTES)).ok, true);
    const keystore = openKeystore(folder.path);
    const { certificate } = keystore.keys().panel;
    keystore.close();
    return { dataDir: folder.path, repository, services, who: person(port, certificate) };
  };

  const freePort = async (): Promise<number> => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    return port;
  };

  interface Said {
    readonly type: string;
    readonly slot?: string;
  }
  const started = (dataDir: string) => {
    const loader = spawn(process.execPath, [LOADER, '--data', dataDir], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const said: Said[] = [];
    const exited = once(loader, 'exit');
    loader.on('message', (message: Said) => said.push(message));
    closers.push(() => ended(loader));
    /** the next that was not asked for before */
    let seen = 0;
    const next = async (type: string): Promise<Said> => {
      for (;;) {
        const found = said.findIndex((each, at) => at >= seen && each.type === type);
        if (found >= 0) {
          seen = found + 1;
          return said[found]!;
        }
        await Promise.race([once(loader, 'message'), exited]);
        assert.equal(loader.exitCode, null, 'the loader has ended');
      }
    };
    return { loader, next };
  };
  const ended = async (loader: ChildProcess): Promise<void> => {
    if (loader.exitCode !== null || loader.signalCode !== null) return;
    loader.kill('SIGTERM');
    await once(loader, 'exit');
  };
  const until = async (who: Person, shows: RegExp): Promise<string> => {
    for (;;) {
      const { body } = await who.get('/updates');
      if (shows.test(body)) return body;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  /** Resolves when the manufacturer has heard of each. */
  const reported = async (services: Services, kinds: readonly string[]): Promise<void> => {
    const heard = () => services.messages.map(({ body }) => (body as { kind?: string }).kind);
    while (!kinds.every((kind) => heard().includes(kind))) await new Promise((resolve) => setTimeout(resolve, 100));
  };
  const childrenOf = async (pid: number): Promise<readonly number[]> =>
    (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').filter(Boolean).map(Number);
  /** pid of each process of a device, by what it is */
  const rolesOf = async (boot: number): Promise<ReadonlyMap<string, number>> => {
    const all = (await childrenOf(boot)).map(async (pid) => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const role = /--role\0(core|updater)/.exec(command)?.[1] ?? (command.includes('signer.ts') ? 'signer' : 'new');
      return [role, pid] as const;
    });
    return new Map((await Promise.all(all)).filter(([role]) => role !== 'new'));
  };
  const options = { skip: process.platform !== 'linux' && 'it looks at processes', timeout: 180_000 };

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
      const apply = async (made: MadeRelease): Promise<string> => {
        publishOffers(repository, 'hub', [offerOf(publishRelease(repository, made))]);
        await who.submit('/updates', '/updates/check', {});
        // whole and checked: nothing but the switch is left
        const read = await until(who, new RegExp(`Version ${made.release.version} [^]*the device has only to switch`));
        const applied = await who.submit('/updates', '/updates/apply', { current: NEW_PASSWORD });
        assert.equal(applied.status, 303);
        return read;
      };

      assert.match(await apply(release('2.0.0', 2)), /A stranger could have switched the lamp/);
      assert.equal((await next('begun')).slot, 'b');
      await next('ready');
      // the session of before goes on, and what was told before the switch is told after it
      await until(who, /Version 2\.0\.0 was installed/);

      await apply(release('3.0.0', 3, false));
      assert.equal((await next('begun')).slot, 'a');
      assert.equal((await next('begun')).slot, 'b', 'what was sick has given way');
      await next('ready');
      await until(who, /Version 3\.0\.0 did not work here/);
      await reported(services, ['update-installed', 'update-rolled-back']);

      await ended(loader);
      assert.equal(loader.exitCode, 0);
    },
  );

  test('an image that ends by itself uses up its tries, and the one before starts', options, async () => {
    const { dataDir, repository, who } = await made();
    const { next } = started(dataDir);
    await next('ready');
    await setUp(who, LABEL_PASSWORD);
    await who.submit('/login', '/login', { user: 'owner', password: NEW_PASSWORD });
    const broken = makeRelease({ 'main.js': Buffer.from('process.exit(1);') }, ABOUT('2.0.0', 2));
    publishOffers(repository, 'hub', [offerOf(publishRelease(repository, broken))]);
    await who.submit('/updates', '/updates/check', {});
    await until(who, /the device has only to switch/);
    await who.submit('/updates', '/updates/apply', { current: NEW_PASSWORD });
    const slots: unknown[] = [];
    do slots.push((await next('begun')).slot);
    while (slots.at(-1) === 'b');
    assert.deepEqual(slots, ['b', 'b', 'b', 'a']);
    await next('ready');
    await until(who, /Version 2\.0\.0 did not work here/);
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
    await until(who, /What happens by itself/);
    assert.equal((await rolesOf(boot)).get('core'), before.get('core'));
  });
});
