import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  makeRelease,
  offerOf,
  productLine,
  publishOffers,
  publishRelease,
  type MadeRelease,
} from '@hearthward/testbed/updates';
import { pinFirstImage } from '../../src/manufacture/manufacture.ts';
import { openKeystore } from '../../src/secrets/keystore.ts';
import { installFirstImage, systemDisk } from '../../src/updates/updates.ts';
import { manufactured, temporaryFolder } from './factory.ts';
import { NEW_PASSWORD, person, type Person } from './person.ts';
import { startServices } from './services.ts';

/** A device that is installed in slots, with all of its processes, its panel and a real connection to a repository. */

const LOADER = fileURLToPath(new URL('../../src/processes/loader.ts', import.meta.url));
export const SLOT_BYTES = 10_000_000;

/** A release whose image is one module. */
export const releaseOf = (code: string, version: string, number: number): MadeRelease =>
  makeRelease(
    { 'main.js': Buffer.from(code) },
    {
      product: 'hub',
      number,
      version,
      models: ['HH-100'],
      risksRemoved: [{ id: 'CVE-2026-1', severity: 'high', risk: { en: 'A stranger could have switched the lamp.' } }],
    },
  );

/** Such a device with its first release in slot a; `closers` end what it needs. */
export const madeInSlots = async (one: MadeRelease, closers: (() => unknown)[]) => {
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
  const slots = join(folder.path, 'slots');
  mkdirSync(slots);
  const { digest } = one;
  const source = {
    image: { digest, number: 1, securityVersion: 1 },
    product: 'hub',
    manifest: one.manifest,
    open: () => [one.tree['main.js'] ?? Buffer.alloc(0)],
  };
  pinFirstImage(folder.path, source.image);
  assert.equal((await installFirstImage(systemDisk, slots, source, SLOT_BYTES)).ok, true);
  const keystore = openKeystore(folder.path);
  const { certificate } = keystore.keys().panel;
  keystore.close();
  return { dataDir: folder.path, repository, services, who: person(port, certificate) };
};

export const freePort = async (): Promise<number> => {
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
/** What the loader says, in order; it is ended with the test. */
export const startedInSlots = (dataDir: string, closers: (() => unknown)[]) => {
  const loader = spawn(process.execPath, [LOADER, '--data', dataDir], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const said: Said[] = [];
  const exited = once(loader, 'exit');
  loader.on('message', (message: Said) => said.push(message));
  closers.push(() => endLoader(loader));
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
export const endLoader = async (loader: ChildProcess): Promise<void> => {
  if (loader.exitCode !== null || loader.signalCode !== null) return;
  loader.kill('SIGTERM');
  await once(loader, 'exit');
};

/** The page of updates once it shows this. */
export const untilShown = async (who: Person, shows: RegExp): Promise<string> => {
  for (;;) {
    const { body } = await who.get('/updates');
    if (shows.test(body)) return body;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};

/** Offers a release, waits until it is whole, and presses the button; what was read before it. */
export const applyRelease = async (
  repository: ReturnType<typeof productLine>,
  who: Person,
  made: MadeRelease,
): Promise<string> => {
  publishOffers(repository, 'hub', [offerOf(publishRelease(repository, made))]);
  await who.submit('/updates', '/updates/check', {});
  // whole and checked: nothing but the switch is left
  const read = await untilShown(who, new RegExp(`Version ${made.release.version} [^]*the device has only to switch`));
  const applied = await who.submit('/updates', '/updates/apply', { current: NEW_PASSWORD });
  assert.equal(applied.status, 303);
  return read;
};

export const childrenOf = async (pid: number): Promise<readonly number[]> =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').filter(Boolean).map(Number);
