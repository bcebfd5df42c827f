import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hubAddress, spareAddress } from '../src/start/addresses.ts';

/** Runs `hearthward` as a person does: a process of its own, words in, print and exit code out. */

const MAIN = join(import.meta.dirname, '../src/main.ts');
export const ROOT = join(import.meta.dirname, '../..');
export const HUB_DECLARATION = join(ROOT, 'examples/hub/declaration.ts');

export interface Ended {
  /** exit code, or the signal that ended it */
  readonly code: number | string;
  readonly out: string;
  readonly error: string;
}
export interface Running {
  readonly process: ChildProcess;
  /** resolves when what it has printed holds the text; rejects when it ends first */
  readonly prints: (text: string) => Promise<void>;
  readonly ended: Promise<Ended>;
}

export const run = (args: readonly string[], environment: NodeJS.ProcessEnv = {}): Running => {
  // A group of its own, so that a test can send what a terminal sends.
  const child = spawn(process.execPath, [MAIN, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, NO_COLOR: '1', ...environment },
  });
  const said = { out: '', error: '' };
  let heard = (): void => undefined;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
    heard();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.error += text;
    heard();
  });
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => resolve({ code: code ?? signal ?? '', ...said }));
  });
  const prints = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = () => (said.out + said.error).includes(text) && resolve();
      heard = look;
      look();
      void ended.then((end) => reject(new Error(`ended with ${end.code} before printing ${text}: ${end.error}`)));
    });
  return { process: child, prints, ended };
};

export const hearthward = (...args: readonly string[]): Promise<Ended> => run(args).ended;

/** A folder for one test, gone with it. */
export const scratch = (test: { after: (done: () => void) => void }): string => {
  const folder = mkdtempSync(join(tmpdir(), 'hearthward-cli-'));
  test.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
};

/** The first of nine ports that nobody has now. */
export const freePorts = async (): Promise<number> => {
  for (let base = 19_200; base < 19_400; base += 9) {
    const free = await Promise.all(
      [0, 1, 2, 3, 4, 5, 6, 7, 8].map((offset) => isFree(base + offset, addressOf(base, offset))),
    );
    if (free.every(Boolean)) return base;
  }
  throw new Error('no nine ports are free from 19200 on');
};

const addressOf = (base: number, offset: number): string =>
  offset === 2 ? hubAddress(base) : offset === 8 ? spareAddress(base) : '127.0.0.1';

const isFree = (port: number, address: string): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, address, () => server.close(() => resolve(true)));
  });

/** Where processes can be looked up; tests that need it are skipped by name elsewhere. */
export const NO_PROC = existsSync('/proc/self/cmdline') ? false : 'needs /proc';

/** Processes whose command line names the folder. */
export const processesOf = (folder: string): { readonly pid: number; readonly command: string }[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .flatMap((entry) => {
      try {
        const command = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return command.includes(folder) ? [{ pid: Number(entry), command }] : [];
      } catch {
        // It ended while the list was read.
        return [];
      }
    });

/** Resolves when no process names the folder any more; the test's own time limit is the limit. */
export const allGone = async (folder: string): Promise<void> => {
  while (processesOf(folder).length > 0) await new Promise((next) => setTimeout(next, 20));
};
