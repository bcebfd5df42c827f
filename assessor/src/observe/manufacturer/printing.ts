import { spawn } from 'node:child_process';

/** What a program of the target file printed on stdout. */
export type Printed = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly because: string };

const MOST_PRINTED = 32 * 1024 * 1024;
const WITHIN_MS = 60_000;

/** Started without a shell; what it prints is of people, and whoever reads it keeps nothing of it. */
export function printedBy(program: string, args: readonly string[], cwd: string): Promise<Printed> {
  return new Promise((done) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'ignore'], shell: false, timeout: WITHIN_MS });
    const parts: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (part: Buffer) => {
      size += part.length;
      if (size <= MOST_PRINTED) parts.push(part);
      else child.kill();
    });
    child.once('error', (error) => {
      const code = 'code' in error ? String(error.code) : 'unknown';
      done({ ok: false, because: `the command of the target file could not be started (${code})` });
    });
    child.once('close', (code, signal) => {
      if (size > MOST_PRINTED) done({ ok: false, because: 'the command of the target file printed too much' });
      else if (code !== 0) done({ ok: false, because: `the command of the target file ended with ${signal ?? code}` });
      else done({ ok: true, text: Buffer.concat(parts).toString('utf8') });
    });
  });
}
