import { join } from 'node:path';
import { PORT_PLACES } from '../../board/linux/ports.ts';
import type { GuardSettings } from '../../secrets/guards/guard.ts';
import { contextFolders } from '../../secrets/guards/tpm2.ts';
import { quarantineFolderOf } from '../../quarantine/record.ts';
import { packagesAround } from '../../platform/modules.ts';
import { PLATFORM_FILES } from '../../platform/reading.ts';
import { BUNDLE_FILE, PRODUCT_FILE } from '../../manufacture/bundle.ts';
import { keyFolderOf } from '../../secrets/keystore.ts';
import { BUDGETS } from './budgets.ts';
import { OWN_PACKAGE } from './places.ts';
import type { ProcessName } from './supervise.ts';

/**
 * Least privilege for the children, as far as Node's permission model goes. It is a seat belt, not a wall:
 * `node:sqlite` passes around it, and a flaw in Node would too. The wall is the operating system's.
 */
// EN 303 645 5.6-7, G044 6.6.7, G045 AU-1-6: each process may do what its duty needs
export const signerFlags = (dataDir: string, guard: GuardSettings): readonly string[] => [
  '--permission',
  ...reading(...packagesAround(OWN_PACKAGE), keyFolderOf(dataDir), join(dataDir, 'bundle.json'), '/etc/machine-id'),
  ...writing(keyFolderOf(dataDir)),
  ...guardFlags(dataDir, guard),
  ...SIGNED_CODE,
  NO_CODE_FROM_TEXT,
  ...heapOf('signer'),
  ...QUIET,
];

/** Node warns of this one at each start; the warning would stand before every fault. */
const TOOLS = ['--allow-child-process', '--disable-warning=PERM0002'] as const;

/** A hardware element is spoken to by tools, each a process of its own; the software guard needs none. */
const guardFlags = (dataDir: string, guard: GuardSettings): readonly string[] => {
  switch (guard.kind) {
    case 'software':
      return [];
    case 'tpm2': {
      const contexts = `${contextFolders(keyFolderOf(dataDir))}*`;
      return [...TOOLS, ...reading(contexts), ...writing(contexts)];
    }
    case 'pkcs11':
      return [...TOOLS, ...reading(guard.pinFile)];
  }
};

/** The network, its own state and what it runs; no other process's files, no children, no add-ons, no debugger. */
export const coreFlags = (dataDir: string, productModule: string, signatures?: string): readonly string[] => [
  '--permission',
  '--allow-net',
  ...reading(
    ...packagesAround(OWN_PACKAGE),
    ...packagesAround(productModule),
    join(dataDir, 'state'),
    join(dataDir, BUNDLE_FILE),
    join(dataDir, PRODUCT_FILE),
    // Read, and not written: what faces the network may be what was altered. Whatever is in it, since it may not be there
    // yet, and Node takes a folder that is none for a file.
    join(quarantineFolderOf(dataDir), '*'),
    // the updater writes them, and they may not be there yet either
    ...(signatures === undefined ? [] : [join(signatures, '*')]),
    ...(process.platform === 'linux' ? ['/proc/self/', ...PORT_PLACES, ...Object.values(PLATFORM_FILES)] : []),
  ),
  ...writing(join(dataDir, 'state')),
  ...SIGNED_CODE,
  ...heapOf('core'),
  ...QUIET,
];

/** Nothing but what it runs: no network, no file to write, none of the data folder to read. */
export const controlFlags = (productModule: string): readonly string[] => [
  '--permission',
  ...reading(...packagesAround(OWN_PACKAGE), ...packagesAround(productModule)),
  ...SIGNED_CODE,
  NO_CODE_FROM_TEXT,
  ...heapOf('control'),
  ...QUIET,
];

/**
 * No permission model: with it Node refuses fsync, and a slot that may not be synced is none. What keeps the updater
 * in its place is that nobody can speak to it but core, in messages that a schema reads.
 */
export const updaterFlags = (): readonly string[] => [
  ...SIGNED_CODE,
  NO_CODE_FROM_TEXT,
  ...heapOf('updater'),
  ...QUIET,
];

/** What a signature reaches is JavaScript: no library of machine code is loaded, whoever put it there (decision 0041). */
// G045 PL-1-4, PL-3-4, G044 7-f: code that nobody signed is not run
export const SIGNED_CODE = ['--no-addons'] as const;
/** No text becomes code. Not for core: the schemas and serialisers of its web server are functions that it writes when it starts. */
const NO_CODE_FROM_TEXT = '--disallow-code-generation-from-strings';

/** The engine collects rarely where it thinks that memory is plenty; a device is small. */
const heapOf = (name: ProcessName): readonly string[] => [
  `--max-old-space-size=${BUDGETS[name].heap}`,
  '--max-semi-space-size=8',
];

/** The permission model's parts that Node calls experimental say so at each start. No signal opens a debugger. */
const QUIET = ['--disable-warning=ExperimentalWarning', '--disable-sigusr1'] as const;

/** What is passed on to the children; everything else in the environment stays behind. */
export const cleanEnvironment = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...Object.fromEntries(
    ['TZ', 'LANG', 'SystemRoot'].flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  ),
  // glibc keeps an arena per thread and gives little of it back: each hashed password would leave its 19 MiB in one
  MALLOC_ARENA_MAX: '2',
});

const reading = (...paths: readonly string[]): readonly string[] => paths.map((path) => `--allow-fs-read=${path}`);
const writing = (...paths: readonly string[]): readonly string[] => paths.map((path) => `--allow-fs-write=${path}`);
