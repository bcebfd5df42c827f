import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CeremonyRoom } from '@hearthward/services';
import { badInput, wrongUsage } from '../exit.ts';

/** What a ceremony brings to the authority's folder: shares and passphrases, from files and never from the command line. */

/** The authority's folder in a data folder. A command that only looks must not make one. */
export const folderIn = async (data: string): Promise<string> => {
  const { hasAuthority } = await import('@hearthward/services');
  const folder = join(data, 'authority');
  if (!hasAuthority(folder))
    throw badInput(`${data} has no authority: name the data folder of the services, or \`hearthward authority begin\``);
  return folder;
};

export const inCeremony = async <T>(
  data: string,
  shares: readonly string[],
  passphraseFiles: readonly string[],
  work: (room: CeremonyRoom) => Promise<T>,
): Promise<T> => {
  if (shares.length !== passphraseFiles.length)
    throw wrongUsage(`${shares.length} --share and ${passphraseFiles.length} --passphrase-file: give one for each`);
  const folder = await folderIn(data);
  const { systemClock, withShares } = await import('@hearthward/services');
  return passphrasesIn(passphraseFiles, (passphrases) => {
    const brought = shares.map((name, index) => ({
      name,
      text: readSmall(name).toString('utf8'),
      passphrase: passphrases[index] ?? new Uint8Array(),
    }));
    return withMendable(() => withShares(folder, systemClock, brought, work));
  });
};

/** The passphrases in these files, without the end of the line, for as long as `work` takes. */
export const passphrasesIn = async <T>(
  files: readonly string[],
  work: (passphrases: readonly Uint8Array[]) => Promise<T>,
): Promise<T> => {
  const read: Buffer[] = [];
  try {
    for (const file of files) read.push(readSmall(file));
    return await work(read.map((bytes) => bytes.subarray(0, lengthOfLine(bytes))));
  } finally {
    for (const bytes of read) bytes.fill(0);
  }
};

/** What a person can mend is bad input. */
export const withMendable = async <T>(work: () => T | Promise<T>): Promise<T> => {
  const { ServicesFault } = await import('@hearthward/services/faults');
  try {
    return await work();
  } catch (error) {
    if (error instanceof ServicesFault) throw badInput(error.message, { cause: error });
    throw error;
  }
};

const lengthOfLine = (bytes: Buffer): number => {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] === 0x0a || bytes[end - 1] === 0x0d)) end--;
  return end;
};

const MOST_BYTES = 16 << 10;
const readSmall = (file: string): Buffer => {
  const found = statSync(file);
  if (!found.isFile() || found.size > MOST_BYTES) throw badInput(`${file} is no share and no passphrase: name one`);
  return readFileSync(file);
};
