import { chmodSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { asFault, ServicesFault } from '../faults.ts';
import type { FromServices, ToServices } from './process.ts';

/**
 * The door for commands of who runs the services: a socket in their data folder, which only their own user can open, and no
 * port. One line of JSON comes in, one goes out.
 */
export const controlSocketOf = (dataDir: string): string => join(dataDir, 'control.sock');

const LONGEST_LINE = 16_384;
const PATIENCE_MS = 10_000;

/** Room for a path in `sockaddr_un` of Linux, less its end (unix(7)). */
const LONGEST_PATH = 107;
export const canBeControlled = (dataDir: string): boolean =>
  Buffer.byteLength(controlSocketOf(dataDir)) <= LONGEST_PATH;

/** `answer` reads hostile input; what it resolves to is sent back. Resolves when the door is open. */
// EN 303 645 5.6-1, G045 PL-3-1: nothing that a network reaches leads here
export function openControl(dataDir: string, answer: (hostile: unknown) => Promise<unknown>): Promise<() => void> {
  const path = controlSocketOf(dataDir);
  // the folder is ours alone by now: a socket in it is one that a crash left behind
  rmSync(path, { force: true });
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.once('close', () => open.delete(socket));
    let text = '';
    const hear = (chunk: Buffer): void => {
      text += chunk.toString('utf8');
      if (text.length > LONGEST_LINE) {
        socket.destroy();
        return;
      }
      const end = text.indexOf('\n');
      if (end < 0) return;
      socket.off('data', hear);
      // a copy of a large store takes longer than anybody takes for a line
      socket.setTimeout(0);
      answer(parsed(text.slice(0, end))).then(
        (told) => socket.end(`${JSON.stringify(told)}\n`),
        () => socket.destroy(),
      );
    };
    socket.on('data', hear);
  });
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(asFault(error, path)));
    const before = process.umask(0o177);
    server.listen(path, () => {
      chmodSync(path, 0o600);
      resolve(() => {
        for (const socket of open) socket.destroy();
        server.close();
      });
    });
    process.umask(before);
  });
}

/**
 * Asks the services that run on this data folder.
 * @throws ServicesFault `not-running` where none do
 */
export function askServices(dataDir: string, message: ToServices): Promise<FromServices> {
  return new Promise((resolve, reject) => {
    const gone = (error?: Error) => reject(new ServicesFault('not-running', `no services answer in ${dataDir}`, error));
    const socket = connect(controlSocketOf(dataDir), () => socket.write(`${JSON.stringify(message)}\n`));
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    socket.once('error', gone);
    socket.once('close', () => {
      const told = parsed(text);
      if (typeof told === 'object' && told !== null && 'type' in told) resolve(told as FromServices);
      else gone();
    });
  });
}

const parsed = (line: string): unknown => {
  try {
    // boundary services-commands: this user, over a socket of the data folder -> ToServices, at most LONGEST_LINE, else the socket is closed;
    // services/test/process.test.ts
    return JSON.parse(line);
  } catch {
    // no message of ours, and answered as such
    return undefined;
  }
};
