import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installFirstImage, systemDisk } from '@hearthward/device/updates';
import { planBlocks, writePack } from '../../services/src/updates/release/pack.ts';
import { inManifest, readTree } from '../../services/src/updates/release/tree.ts';
import { digestOf } from '../../device/src/updates/slots/verify.ts';
import type { Measured } from '../measured.ts';
import type { Work } from './updating.ts';

/**
 * How much memory an update of a large image takes beyond what the process has when it begins: fetched by range, unpacked,
 * verified, staged, armed. The promise is less than 128 MiB, which is the yardstick. Linux alone says what the peak was.
 */
export const memory = async (): Promise<readonly Measured[]> => {
  if (process.platform !== 'linux') return [];
  const dir = mkdtempSync(join(tmpdir(), 'hearthward-memory-'));
  const image = join(dir, 'image');
  // half of it compresses, half does not; one file is as large as all the others
  mkdirSync(image);
  for (let at = 0; at < 3000; at++) {
    const text = Buffer.from(`export const number = ${at};\n`.repeat(400));
    // no key: bytes to measure with
    writeFileSync(join(image, `${at}.js`), at % 2 === 0 ? text : randomBytes(text.length));
  }
  // no key: bytes to measure with
  writeFileSync(join(image, 'large.bin'), randomBytes(LARGE_BYTES));
  const tree = readTree(image);
  if (!tree.ok) throw new Error(tree.lines[0]);
  const manifest = join(dir, 'image.json');
  writeFileSync(
    manifest,
    JSON.stringify({ v: 1, product: 'hub', number: 2, entry: '0.js', files: tree.files.map(inManifest) }),
  );
  const pack = join(dir, 'full.pack');
  const { length } = await writePack(planBlocks(tree.files), pack);
  await first(dir);
  const server = createServer((request, response) => {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    const [start, end] = [Number(from), Number(to)];
    response.writeHead(206, { 'content-range': `bytes ${start}-${end}/${length}`, 'content-length': end - start + 1 });
    createReadStream(pack, { start, end }).pipe(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const child = fork(new URL('updating.ts', import.meta.url), {
    // as `boot` starts the updater
    execArgv: ['--max-old-space-size=128', '--max-semi-space-size=8'],
    env: { MALLOC_ARENA_MAX: '2' },
  });
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const work: Work = { dir, url, manifest, pack: { path: 'full.pack', length }, slotBytes: 1024 ** 3 };
    child.send(work);
    const [{ begun, peak, files }] = (await once(child, 'message')) as [{ begun: number; peak: number; files: number }];
    return [
      {
        what: `memory of an update of ${files} files and ${Math.round(tree.bytes / 1024 / 1024)} MiB, above the ${Math.round(begun / 1024)} MiB at its beginning,`,
        value: (peak - begun) / 1024,
        unit: 'MiB',
        yardstick: `promised; the pack has ${Math.round(statSync(pack).size / 1024 / 1024)} MiB`,
        yardstickValue: 128,
      },
    ];
  } finally {
    child.kill();
    server.close();
    server.closeAllConnections();
    rmSync(dir, { recursive: true, force: true });
  }
};
const LARGE_BYTES = 64 * 1024 * 1024;

/** A device has something before its first update. */
const first = async (dir: string): Promise<void> => {
  mkdirSync(join(dir, 'slots'));
  const bytes = readFileSync(join(dir, 'image', '0.js'));
  const { digest: sha256 } = digestOf([bytes]);
  const manifest = Buffer.from(
    JSON.stringify({
      v: 1,
      product: 'hub',
      number: 1,
      entry: '0.js',
      files: [{ path: '0.js', sha256, length: bytes.length }],
    }),
  );
  const image = { digest: digestOf([manifest]).digest, number: 1, securityVersion: 1 };
  const installed = await installFirstImage(
    systemDisk,
    join(dir, 'slots'),
    { image, product: 'hub', manifest, open: () => [bytes] },
    1024 ** 3,
  );
  if (!installed.ok) throw new Error(installed.because);
};
