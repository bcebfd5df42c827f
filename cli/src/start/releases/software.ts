import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { badInput } from '../../exit.ts';
import type { Kept } from '../data-folder.ts';
import type { Words } from './words.ts';

/** The hub's image and its releases, made by the commands that everybody has, each in a process of its own beside what runs. */
const HUB_PACKAGE = dirname(fileURLToPath(import.meta.resolve('@hearthward/example-hub')));
const MAIN = fileURLToPath(new URL('../../main.ts', import.meta.url));

/** What is fetched of known exploited vulnerabilities: nothing, since nothing but the package registry is reached here. */
const NOTHING_EXPLOITED = { catalogVersion: 'none', dateReleased: '2026-01-01', vulnerabilities: [] };

/** What is shipped, as a slot has it: the manifest, and the image in `files`. */
export const softwareOf = ({ releases }: Kept): string => join(releases, 'software');
const imagePath = (data: Kept): string => join(softwareOf(data), 'files');

/**
 * Made again where anything that it is made from has changed. What was made once on this machine is kept for other data
 * folders, as their releases are.
 */
export const imageOf = async (data: Kept, signal: AbortSignal): Promise<string> => {
  const { imageInputs } = await import('@hearthward/services/desk');
  const image = imagePath(data);
  const noted = join(data.releases, 'image.inputs');
  const inputs = imageInputs({ product: HUB_PACKAGE });
  if (existsSync(image) && existsSync(noted) && readFileSync(noted, 'utf8') === inputs) return image;
  rmSync(noted, { force: true });
  rmSync(softwareOf(data), { recursive: true, force: true });
  const made = inputs === undefined ? undefined : join(IMAGES, keyOf(inputs, process.version));
  if (made !== undefined && existsSync(made)) {
    mkdirSync(softwareOf(data), { recursive: true });
    copyWhole(made, image);
  } else {
    await hearthward(['release', 'image', HUB_PACKAGE, '--out', image], signal);
    if (made !== undefined) keepOne(image, made);
  }
  // without inputs the command has said why there is no image
  writeFileSync(noted, inputs ?? '');
  return image;
};

/** Whether the software of this checkout is still what the image was made from. */
export const isCurrent = async (data: Kept): Promise<boolean> => {
  const { imageInputs } = await import('@hearthward/services/desk');
  const noted = join(data.releases, 'image.inputs');
  return existsSync(noted) && readFileSync(noted, 'utf8') === imageInputs({ product: HUB_PACKAGE });
};

/**
 * The folder of a release; made where it is not there, and whole or absent. What is packed once on this machine is kept for
 * other data folders: whoever signs or installs it holds every byte to its digests again.
 */
export const releaseOf = async (data: Kept, image: string, words: Words, signal: AbortSignal): Promise<string> => {
  const out = join(data.releases, words.version);
  if (existsSync(out)) return out;
  const inputs = readFileSync(join(data.releases, 'image.inputs'), 'utf8');
  const packed = join(PACKED, keyOf(inputs, words, process.version));
  if (existsSync(packed)) {
    copyWhole(packed, out);
    return out;
  }
  const [about, exploited] = [join(data.releases, `${words.version}.json`), join(data.releases, 'exploited.json')];
  writeFileSync(about, `${JSON.stringify(words, null, 2)}\n`);
  writeFileSync(exploited, `${JSON.stringify(NOTHING_EXPLOITED, null, 2)}\n`);
  await hearthward(['release', 'build', image, '--words', about, '--exploited', exploited, '--out', out], signal);
  keepOne(out, packed);
  return out;
};
const CACHE = fileURLToPath(new URL('../../../../node_modules/.cache', import.meta.url));
const PACKED = join(CACHE, 'hearthward-releases');
const IMAGES = join(CACHE, 'hearthward-images');
const keyOf = (...madeFrom: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(madeFrom)).digest('hex');

/** One of its kind is kept; an installation that cannot be written to keeps none. */
const keepOne = (made: string, kept: string): void => {
  try {
    rmSync(dirname(kept), { recursive: true, force: true });
    mkdirSync(dirname(kept), { recursive: true });
    copyWhole(made, kept);
  } catch (error) {
    if (!['EACCES', 'EROFS', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
};

const copyWhole = (from: string, to: string): void => {
  const beside = join(dirname(to), `.${basename(to)}-${process.pid}`);
  rmSync(beside, { recursive: true, force: true });
  cpSync(from, beside, { recursive: true });
  renameSync(beside, to);
};

/** Ends as soon as it is started. Another each time, so that something has to be fetched. */
export const smallImage = ({ releases }: Kept): string => {
  const folder = join(releases, 'small');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'hub.js'), `throw new Error('made ${new Date().toISOString()}');\n`);
  return folder;
};

/** The image of before, whose declaration has the version of the new release: all that is new is this one file. */
export const laterImage = (data: Kept, { version }: Words): string => {
  const folder = join(data.releases, 'later');
  rmSync(folder, { recursive: true, force: true });
  cpSync(imagePath(data), folder, { recursive: true });
  const file = join(folder, 'declaration.js');
  const before = readFileSync(file, 'utf8');
  const after = before.replace(/(softwareVersion: (['"]))[^'"]*\2/, `$1${version}$2`);
  if (after === before) throw badInput(`${file} names no software version: name another folder with --data`);
  writeFileSync(file, after);
  return folder;
};

/** The same in this process, where no one is waited for meanwhile. */
export const buildNow = async (
  data: Kept,
  image: string,
  words: Words,
  from: readonly string[] = [],
): Promise<string> => {
  const services = await import('@hearthward/services/desk');
  const out = join(data.releases, words.version);
  rmSync(out, { recursive: true, force: true });
  const read = services.readWords(JSON.stringify(words));
  const made = read.ok
    ? await services.buildRelease({
        image,
        words: read.words,
        from: from.map((version) => join(data.releases, version)),
        catalogue: { exploited: new Map(), released: 'none', records: [] },
        decisions: [],
        out,
      })
    : read;
  if (!made.ok) throw badInput(`${words.version} could not be built: ${made.lines.join('; ')}`);
  return out;
};

/** What an interruption left half made. */
export const clearHalfMade = ({ releases }: Kept): void => {
  for (const name of readdirSync(releases)) if (name.startsWith('.')) rmSync(join(releases, name), { recursive: true });
};

const GROUPS = process.platform !== 'win32';

/** One command to its end; its own last line is why it failed. Has ended when this does. */
const hearthward = (words: readonly string[], signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(process.execPath, [MAIN, ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
      // Ctrl-C reaches the parent alone, which ends it
      detached: GROUPS,
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4000)));
    // with the compiler that it may have started
    const stop = () =>
      GROUPS && child.pid !== undefined ? process.kill(-child.pid, 'SIGKILL') : child.kill('SIGKILL');
    signal.addEventListener('abort', stop, { once: true });
    child.once('error', reject);
    child.once('close', (code) => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) return reject(signal.reason as Error);
      if (code === 0) return resolve();
      const last = said.trimEnd().split('\n').at(-1) ?? `it ended with ${code}`;
      return reject(badInput(last.replace(/^hearthward: /, '')));
    });
  });
