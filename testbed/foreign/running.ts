import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A product that was started for one assessment, and what of it must be as before when that is over. */
export interface Running {
  readonly process: ChildProcess;
  readonly url: string;
  readonly port: number;
  /** all that a change by the assessor would alter */
  readonly state: () => Promise<string>;
  /** takes back what an accepted change left, and says what that was: one entry for each change */
  readonly tidy: () => Promise<readonly string[]>;
}
/** `because`: the program, or the registry that it comes from, is absent here. */
export type Started =
  | { readonly ok: true; readonly running: Running }
  | { readonly ok: false; readonly because: string };

const START_MS = 60_000;
const END_MS = 5_000;

export const spawnLogged = (program: string, args: readonly string[], dir: string): ChildProcess => {
  const log = openSync(join(dir, 'log'), 'a');
  const child = spawn(program, args, { cwd: dir, stdio: ['ignore', log, log] });
  closeSync(log);
  // It never outlives the test, however that ends.
  const atExit = () => void child.kill('SIGKILL');
  process.once('exit', atExit);
  child.once('exit', () => process.off('exit', atExit));
  return child;
};

/** Asks until it answers; a program that ended, or time that is up, is a fault with the end of its log. */
export async function answering(child: ChildProcess, ask: () => Promise<unknown>, dir: string): Promise<void> {
  const until = Date.now() + START_MS;
  let said: unknown;
  while (Date.now() < until && child.exitCode === null) {
    try {
      await ask();
      return;
    } catch (error) {
      said = error;
      await pause(250);
    }
  }
  await end(child);
  throw new Error(`it did not start: ${readFileSync(join(dir, 'log'), 'utf8').slice(-500)}`, { cause: said });
}

export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await ended;
  clearTimeout(late);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
