import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import type { RoleKey, State } from '@hearthward/services/desk';
import { badInput } from '../exit.ts';
import { jsonOption } from '../options.ts';

/** What the commands of a release share: the data folder, keys that people brought, and lists of options. */
export interface InData {
  readonly data: string;
  readonly json?: boolean;
}
export interface Recorded extends InData {
  readonly who: string;
  readonly why: string;
}

export const inData = (name: string): Command =>
  new Command(name).requiredOption('--data <folder>', 'data folder of the services').addOption(jsonOption());

export const recorded = (name: string): Command =>
  inData(name)
    .requiredOption('--who <people>', 'who does it, for the log of uses')
    .requiredOption('--why <reason>', 'why, for the log of uses');

export const repeated = (flags: string, description: string): Option =>
  new Option(flags, `${description}; once for each`)
    .argParser((value: string, before: readonly string[]) => [...before, value])
    .default([] as readonly string[], 'none');

export const updatesIn = async (data: string): Promise<string> =>
  join(data, (await import('@hearthward/services/desk')).UPDATES_FOLDER);

/** What is published; a copy of `updates/repository/metadata` is enough. */
export const publishedIn = async (data: string): Promise<State> => {
  const { openStatic, readState } = await import('@hearthward/services/desk');
  const state = readState(openStatic(await updatesIn(data)));
  if (!state)
    throw badInput(`${data} has no update repository: name the data folder, or \`hearthward release keys begin\``);
  return state;
};

/** The room of a repository that is there: a command that only looks must not make one. */
export const roomIn = async (data: string) => {
  const services = await import('@hearthward/services/desk');
  const folder = await updatesIn(data);
  if (!services.hasRepository(folder)) await publishedIn(data);
  return services.openUpdateRoom(folder, services.systemClock);
};

export const publicKeysIn = async (files: readonly string[]): Promise<readonly RoleKey[]> => {
  const { readRoleKey } = await import('@hearthward/services/desk');
  return files.map((file) => readRoleKey(readSmall(file), file));
};

const MOST_BYTES = 64 << 10;
export const readSmall = (file: string): string => {
  const found = statSync(file);
  if (!found.isFile() || found.size > MOST_BYTES) throw badInput(`${file} is no key and no passphrase: name one`);
  return readFileSync(file, 'utf8');
};
