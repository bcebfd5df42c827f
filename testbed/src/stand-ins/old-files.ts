import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Target } from '@hearthward/assessor';

const LOOK_EVERY_MILLIS = 50;
const COPIES = 'old';

/**
 * Keeps, in a unit's own storage, every log of writes of a database as it was before it was emptied: what a product leaves that
 * puts its old files aside when it erases.
 */
export const keepingOldFiles = async (
  target: Target,
): Promise<{ readonly target: Target; readonly stop: () => Promise<void> }> => {
  const [dataDir] = target.artefacts?.runningStorage ?? [];
  if (dataDir === undefined) throw new TypeError('the unit has no storage that is read while it runs');
  const copies = join(dataDir, COPIES);
  mkdirSync(copies, { recursive: true });
  const logs = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('-wal'));
  const before = new Map<string, { readonly at: number; readonly bytes: Buffer }>();
  let kept = 0;
  const look = (): void => {
    for (const log of logs) {
      const file = join(dataDir, log);
      const known = before.get(log);
      const { size, mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 };
      // emptied, and perhaps begun anew since
      if (known !== undefined && size < known.bytes.length)
        writeFileSync(join(copies, `${basename(log)}.${(kept += 1)}`), known.bytes);
      if (mtimeMs !== known?.at)
        before.set(log, { at: mtimeMs, bytes: size > 0 ? readFileSync(file) : Buffer.alloc(0) });
    }
  };
  look();
  const timer = setInterval(look, LOOK_EVERY_MILLIS);
  return { target, stop: async () => clearInterval(timer) };
};
