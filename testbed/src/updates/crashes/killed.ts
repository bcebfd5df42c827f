import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { byPath, type ImageManifest } from '@hearthward/protocol';
import {
  beginStart,
  installFirstImage,
  openContents,
  ownSlots,
  sourceOf,
  systemDisk,
  verifyCandidate,
  type Beginning,
  type Candidate,
} from '@hearthward/device/updates';

/**
 * A real update of a real slot on a real file system, as a process that something kills: from wherever it is found, it
 * goes on to the confirmed release, one start after the other.
 */
const contentsOf = (number: number): Readonly<Record<string, string>> => ({
  'hub.js': `console.log('hub ${number}')`,
  'lib/led.js': 'export const led = 1;',
  'lib/page.js': `export const page = ${number};`,
});
const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const SLOT_BYTES = 1_000_000;

const releaseOf = (number: number, securityVersion: number) => {
  const files = Object.entries(contentsOf(number))
    .map(([path, text]) => ({ path, sha256: sha256(text), length: text.length }))
    .sort(byPath);
  const image: ImageManifest = { v: 1, product: 'hub', number, entry: 'hub.js', files };
  const manifest = Buffer.from(JSON.stringify(image));
  const candidate: Candidate = {
    image: { digest: sha256(manifest), number, securityVersion },
    version: `${number}.0.0`,
    kind: 'security',
    downtimeSeconds: 1,
    path: '',
    length: manifest.length,
  };
  return { image, manifest, candidate, texts: new Map(Object.values(contentsOf(number)).map((t) => [sha256(t), t])) };
};
const ONE = releaseOf(1, 3);
const TWO = releaseOf(2, 4);
/** By digest, what may run. */
export const SIGNED = new Map([ONE, TWO].map(({ candidate }) => [candidate.image.digest, candidate.image]));
export const FLOOR = 3;
export const NEWEST = TWO.candidate.image;
/** Of everything that the update fetches. */
export const FETCHED = [NEWEST.digest, ...TWO.texts.keys()];

export const slotsIn = (folder: string): string => join(folder, 'slots');

export const makeDevice = async (folder: string): Promise<void> => {
  mkdirSync(slotsIn(folder), { recursive: true });
  const source = {
    image: ONE.candidate.image,
    product: 'hub',
    manifest: ONE.manifest,
    open: (digest: string) => [Buffer.from(ONE.texts.get(digest) ?? '')],
  };
  const made = await installFirstImage(systemDisk, slotsIn(folder), source, SLOT_BYTES);
  if (!made.ok) throw new Error(made.because);
};

/** What a start begins with. */
const begin = (folder: string): Beginning => {
  const beginning = beginStart(systemDisk, slotsIn(folder));
  if (!beginning.ok) throw new Error(beginning.because);
  return beginning;
};

/** Fetch, verify, stage, arm; a start; confirm. Each part is done only where it has not been. */
export const update = async (folder: string): Promise<void> => {
  const { digest } = TWO.candidate.image;
  const disk = systemDisk;
  for (let starts = 0; starts < 3; starts += 1) {
    const running = begin(folder);
    const backend = ownSlots({ disk, folder: slotsIn(folder), running: running.slot, slotBytes: SLOT_BYTES });
    const status = await backend.status();
    if (running.image.digest === digest) {
      if (status.onTrial) await backend.confirm(digest);
      return;
    }
    const contents = openContents(join(folder, 'contents'));
    contents.keepOnly(TWO.image, [digest]);
    contents.put(digest, TWO.manifest);
    for (const [each, text] of TWO.texts) if (!contents.has(each, text.length)) contents.put(each, Buffer.from(text));
    const fetched = { contents, product: 'hub', slotBytes: SLOT_BYTES };
    // what a cut left torn is gone now, and comes again with the next start
    if (!verifyCandidate(fetched, TWO.candidate).ok) continue;
    const staged = await backend.stage(sourceOf(fetched, TWO.candidate));
    if (!staged.ok) throw new Error(`${staged.code}: ${staged.because}`);
    await backend.arm(digest);
  }
  throw new Error('the update does not come to its end');
};

const [, program = '', folder] = process.argv;
if (import.meta.url === pathToFileURL(program).href && folder !== undefined) {
  // the one line that a person would read
  if (!existsSync(folder)) throw new Error(`no device in ${folder}`);
  await update(folder).catch((thrown: unknown) => {
    process.stderr.write(`${String(thrown)}\n`);
    process.exitCode = 1;
  });
}
