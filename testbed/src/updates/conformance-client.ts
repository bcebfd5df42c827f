import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  folderStore,
  measure,
  metadataOver,
  openMetadata,
  systemDisk,
  type HttpGet,
  type Target,
} from '@hearthward/device/updates';

/**
 * The device's TUF client as an executable that speaks the protocol of the TUF project's conformance suite
 * (github.com/theupdateframework/tuf-conformance, CLIENT-CLI.md): `init`, `refresh` and `download`, exit code 0 where all of
 * it was done, else 1 with the reason on stderr.
 *
 * Beside the metadata, whose files are called as the suite wants them, its folder holds the first root and the floors.
 * The time is the system's alone: this speaks for no release that could be older.
 */

const FIRST_ROOT = 'first-root';

class Refused extends Error {}

/** `args`: as the suite gives them. */
export const runConformance = async (
  args: readonly string[],
): Promise<{ readonly code: 0 | 1; readonly stderr: string }> => {
  try {
    await run(args);
    return { code: 0, stderr: '' };
  } catch (thrown) {
    const { message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown));
    return { code: 1, stderr: `${thrown instanceof Refused ? message : stack}\n` };
  }
};

const run = async (args: readonly string[]): Promise<void> => {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      'metadata-dir': { type: 'string' },
      'metadata-url': { type: 'string' },
      'target-name': { type: 'string', multiple: true },
      'target-base-url': { type: 'string' },
      'target-dir': { type: 'string' },
    },
  });
  const [command, root, ...more] = positionals;
  const given = (name: Exclude<keyof typeof values, 'target-name'>): string => {
    const value = values[name];
    if (value === undefined) throw new Refused(`${command} needs --${name}`);
    return value;
  };
  if (more.length > 0 || (root !== undefined) !== (command === 'init')) throw new Refused('no such command');
  const folder = given('metadata-dir');
  if (command === 'init') init(folder, readFileSync(root ?? ''));
  else if (command === 'refresh') await refresh(folder, given('metadata-url'));
  else if (command === 'download') {
    const state = await refresh(folder, given('metadata-url'));
    for (const name of values['target-name'] ?? []) {
      const found = await state.target(name);
      if (!found.ok) throw new Refused(`${found.role}: ${found.code}: ${found.because}`);
      await download(found.target, httpGet(given('target-base-url')), given('target-dir'));
    }
  } else throw new Refused('no such command');
};

const init = (folder: string, root: Uint8Array): void => {
  const store = folderStore(systemDisk, folder);
  store.write(FIRST_ROOT, root);
  store.write('root.json', root);
};

const refresh = async (folder: string, url: string) => {
  const store = folderStore(systemDisk, folder);
  const factoryRoot = store.read(FIRST_ROOT);
  if (!factoryRoot) throw new Refused('init comes first');
  const metadata = openMetadata({
    store,
    factoryRoot,
    fetch: metadataOver(httpGet(url)),
    clock: { now: () => Date.now() },
    notBefore: 0,
  });
  const state = await metadata.refresh();
  if (!state.ok) throw new Refused(`${state.role}: ${state.code}: ${state.because}`);
  return state;
};

/** Held against what was signed while it comes; what a former download has left is not fetched again where it still holds. */
const download = async (target: Target, get: HttpGet, folder: string): Promise<void> => {
  const place = join(folder, encodeURIComponent(target.path));
  if (systemDisk.look(place)?.kind === 'file') {
    const measured = measure(target);
    let fits = true;
    for (const piece of systemDisk.read(place)) fits &&= measured.add(piece);
    if (fits && measured.holds()) return;
  }
  const coming = join(folder, `.${encodeURIComponent(target.path)}.new`);
  systemDisk.remove(coming);
  const writing = systemDisk.create(coming, { executable: false });
  const answer = await get(target.address, { 'accept-encoding': 'identity' }, AbortSignal.timeout(60_000));
  try {
    if (answer.status !== 200) throw new Refused(`${target.path}: status ${answer.status}`);
    const measured = measure(target);
    for await (const piece of answer.body) {
      if (!measured.add(piece)) throw new Refused(`${target.path}: more than ${target.length} bytes`);
      writing.append(piece);
    }
    if (!measured.holds()) throw new Refused(`${target.path}: other bytes than those signed`);
    writing.sync();
    systemDisk.rename(coming, place);
    systemDisk.syncFolder(folder);
  } finally {
    writing.close();
    answer.close();
    systemDisk.remove(coming);
  }
};

const NOTHING: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
};

const httpGet =
  (base: string): HttpGet =>
  async (path, headers, signal) => {
    const done = new AbortController();
    const url = `${base.replace(/\/$/, '')}/${path}`;
    const answer = await fetch(url, {
      headers: { ...headers },
      redirect: 'manual',
      signal: AbortSignal.any([signal, done.signal]),
    });
    return {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: answer.body ?? NOTHING,
      close: () => done.abort(),
    };
  };
