/** What `memory.ts` measures, as a process of its own: everything that the updater does with a release, from its bytes to the staged slot. */
import { readFileSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import { join } from 'node:path';
import { openContents, ownSlots, systemDisk, type HttpGet } from '@hearthward/device/updates';
import { readImage } from '@hearthward/protocol';
import { downloadImage } from '../../device/src/updates/download/download.ts';
import { digestOf } from '../../device/src/updates/slots/verify.ts';

export interface Work {
  readonly dir: string;
  readonly url: string;
  readonly manifest: string;
  readonly pack: { readonly path: string; readonly length: number };
  readonly slotBytes: number;
}

process.once('message', ({ dir, url, manifest, pack, slotBytes }: Work) => {
  const begun = resident();
  void work().then((files) => process.send?.({ begun, peak: peak(), files }));

  async function work(): Promise<number> {
    const bytes = readFileSync(manifest);
    const read = readImage(bytes, slotBytes);
    if (!read.ok) throw new Error(read.because);
    const { image } = read;
    const contents = openContents(join(dir, 'fetched'));
    const done = await downloadImage({ image, pack, get: over(url), contents, signal: new AbortController().signal });
    if (!done.ok) throw new Error(`${done.code}: ${done.because}`);
    const slots = ownSlots({ disk: systemDisk, folder: join(dir, 'slots'), running: 'a', slotBytes });
    const { digest } = digestOf([bytes]);
    const staged = await slots.stage({
      image: { digest, number: image.number, securityVersion: 1 },
      product: image.product,
      manifest: bytes,
      open: (sha256) => contents.open(sha256) ?? [],
    });
    if (!staged.ok) throw new Error(staged.because);
    await slots.arm(digest);
    return image.files.length;
  }
});

const over =
  (url: string): HttpGet =>
  (path, headers, signal) =>
    new Promise((resolve, reject) => {
      httpGet(`${url}/${path}`, { headers, signal }, (answer) =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers as Readonly<Record<string, string>>,
          body: answer,
          close: () => void answer.destroy(),
        }),
      ).once('error', reject);
    });

/** kB, as the kernel says them (proc(5)). */
const status = (name: string): number =>
  Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
const resident = (): number => status('VmRSS');
const peak = (): number => status('VmHWM');
