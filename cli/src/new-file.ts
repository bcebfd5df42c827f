import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs';

/**
 * A new file, of its mode from its first byte, on the disk when this returns; one that is there already is left as it is.
 * @throws `EEXIST`, which whoever typed the command is told as bad input
 */
export const writeNew = (file: string, content: string | Uint8Array, mode: 0o600 | 0o644): void => {
  const open = openSync(file, 'wx', mode);
  try {
    writeFileSync(open, content);
    fsyncSync(open);
  } finally {
    closeSync(open);
  }
};
