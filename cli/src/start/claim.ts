import { DatabaseSync } from 'node:sqlite';
import { badInput } from '../exit.ts';

/** https://sqlite.org/rescode.html: primary codes are the low byte. */
const BUSY = 5;
const READ_ONLY = 8;
const CANNOT_OPEN = 14;

/**
 * A lock on a folder that ends with this process: the operating system holds it, so no stale file is ever in the way.
 *
 * @throws Refusal where another process has it
 */
export const claim = (file: string, folder: string): { readonly release: () => void } => {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { timeout: 0 });
    // Nothing is ever written: the open transaction is the lock.
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    throw refusalFor(error, folder);
  }
  const held = database;
  return {
    release: () => {
      if (held.isOpen) held.close();
    },
  };
};

const refusalFor = (error: unknown, folder: string): unknown => {
  const code = (error as { errcode?: unknown }).errcode;
  switch (typeof code === 'number' ? code & 0xff : undefined) {
    case BUSY:
      return badInput(
        `${folder} is used by another start that runs: end that one with Ctrl-C, or name another folder with --data`,
        { cause: error },
      );
    case READ_ONLY:
    case CANNOT_OPEN:
      return badInput(`${folder} cannot be written: give this user access to it, or name another with --data`, {
        cause: error,
      });
    default:
      return error;
  }
};
