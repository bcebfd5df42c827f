import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Declaration } from '@hearthward/product';
import { installFirstImage, systemDisk } from '@hearthward/device/updates';
import type { Bench } from '../updates/bench.ts';
import { makeRelease } from '../updates/product-line.ts';

/**
 * A unit as it runs in a home: the first stage, and all processes under it, from an image in a slot. Beside what a test
 * bed's unit in one process shows, a running system has something to show of it.
 */
export interface RealUnit {
  /** where its panel is */
  readonly port: number;
  readonly dataDir: string;
  /** number of the first stage */
  readonly first: number;
  readonly stop: () => Promise<void>;
}

/** How it is started, where that differs from a good one. */
export interface Starting {
  /** of its image: an expression in place of `ownUsers()` */
  readonly users?: string;
  /** a program that starts it, and its arguments */
  readonly through?: readonly string[];
  /** what somebody does to it once it runs */
  readonly afterwards?: (unit: RealUnit) => void;
}

const LOADER = fileURLToPath(import.meta.resolve('@hearthward/device/loader'));
const SLOT_BYTES = 1_000_000;
const READY_WITHIN_MILLIS = 120_000;

/** @param kept data folder of a unit that does not run; it is copied */
export const startRealUnit = async (
  kept: string,
  declaration: Declaration,
  panel: string,
  bench: Bench,
  starting: Starting = {},
): Promise<RealUnit> => {
  // its processes have accounts of their own, and have to get there
  const folder = mkdtempSync(join(tmpdir(), 'hearthward-real-'));
  chmodSync(folder, 0o711);
  const dataDir = join(folder, 'unit');
  const end = async (): Promise<void> => rmSync(folder, { recursive: true, force: true });
  try {
    cpSync(kept, dataDir, { recursive: true });
    await putImage(join(dataDir, 'slots'), declaration, bench, imageOf(declaration, starting.users ?? 'ownUsers()'));
    const { first, port, stop } = await started(dataDir, panel, starting.through ?? []);
    const unit = {
      first,
      port,
      dataDir,
      stop: async () => {
        await stop();
        await end();
      },
    };
    starting.afterwards?.(unit);
    return unit;
  } catch (thrown) {
    await end();
    throw thrown;
  }
};

const imageOf = (declaration: Declaration, users: string): string => `
import { ownUsers, runDevice } from ${JSON.stringify(import.meta.resolve('@hearthward/device'))};
import { idleProduct } from ${JSON.stringify(new URL('product.ts', import.meta.url).href)};
const declaration = ${JSON.stringify(declaration)};
const product = idleProduct(declaration);
await runDevice({
  declaration, product, moduleUrl: import.meta.url, slots: { slotBytes: ${SLOT_BYTES} }, users: ${users},
});
`;

const putImage = async (slots: string, { product }: Declaration, bench: Bench, code: string): Promise<void> => {
  const made = makeRelease(
    { 'hub.js': Buffer.from(code) },
    { product: product.id, number: 1, version: product.softwareVersion, models: [product.model.designation] },
  );
  const { digest, release, manifest, tree } = made;
  const signed = await bench.signaturesOf(made);
  rmSync(slots, { recursive: true });
  mkdirSync(slots);
  const image = { digest, number: release.number, securityVersion: release.securityVersion };
  const open = () => [tree['hub.js'] ?? Buffer.alloc(0)];
  const source = { image, product: release.product, manifest, signed, open };
  const put = await installFirstImage(systemDisk, slots, source, SLOT_BYTES);
  if (!put.ok) throw new Error(`the image of the unit was not installed: ${put.because}`);
};

const started = async (
  dataDir: string,
  panel: string,
  through: readonly string[],
): Promise<Pick<RealUnit, 'first' | 'port' | 'stop'>> => {
  const [program, ...args] = [...through, process.execPath, LOADER, '--data', dataDir];
  const loader = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  const ended = once(loader, 'exit');
  let said = '';
  loader.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
  const stop = async (): Promise<void> => {
    loader.kill('SIGTERM');
    if (loader.exitCode === null && loader.signalCode === null) await ended;
  };
  const port = await new Promise<number>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the unit did not come up: ${said}`)), READY_WITHIN_MILLIS);
    loader.on('message', (message: { type?: string; listen?: Record<string, { port: number }> }) => {
      const place = message.type === 'ready' ? message.listen?.[panel] : undefined;
      if (!place) return;
      clearTimeout(late);
      resolve(place.port);
    });
    void ended.then(() => {
      clearTimeout(late);
      reject(new Error(`the unit ended: ${said}`));
    });
  }).catch(async (thrown: unknown) => {
    await stop();
    throw thrown;
  });
  return { first: loader.pid ?? 0, port, stop };
};
