import { spawn } from 'node:child_process';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';

/** What the services of a manufacturer hold of one unit, as its people or the manufacturer can have it out. */
export const HeldRow = Type.Object({
  field: Type.String({ maxLength: 128 }),
  at: Type.String({ maxLength: 40 }),
  value: Type.Union([Type.Number(), Type.Boolean(), Type.String({ maxLength: 4096 })]),
});
export type HeldRow = Static<typeof HeldRow>;
export type Held =
  | { readonly ok: true; readonly rows: readonly HeldRow[]; readonly text: string }
  | { readonly ok: false; readonly because: string };

const Printed = Type.Array(HeldRow, { maxItems: 200_000 });
const MOST_PRINTED = 32 * 1024 * 1024;
const WITHIN_MS = 60_000;

/** Started without a shell; what it prints on stdout is read, and kept nowhere: it is of people. */
export function askHeld(program: string, args: readonly string[], cwd: string): Promise<Held> {
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
      else done(rowsIn(Buffer.concat(parts).toString('utf8')));
    });
  });
}

export function rowsIn(text: string): Held {
  try {
    // boundary held-data: whoever has out what a manufacturer holds -> Printed, at most MOST_PRINTED, else the case is open;
    // assessor/test/cases/privacy/held.test.ts
    const rows: unknown = JSON.parse(text);
    if (Value.Check(Printed, rows) && rows.every(({ at }) => Number.isFinite(Date.parse(at))))
      return { ok: true, rows, text };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { ok: false, because: 'what the command of the target file prints is no list of field, time and value' };
}
