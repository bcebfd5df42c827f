import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { ifThere } from '../driver/absent.ts';
import { platformOf, type Platform, type PlatformFiles } from './decide.ts';

/** Files besides `/proc/self` that core has to read for this. */
export const PLATFORM_FILES = {
  processor: '/proc/cpuinfo',
  randomise: '/proc/sys/kernel/randomize_va_space',
  /** under the GUID of the firmware's global variables (UEFI 2.10, 3.3) */
  secureBoot: '/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c',
  blocks: '/sys/block/',
  lockdown: '/sys/kernel/security/lockdown',
} as const;

/** As it is for this process now; undefined where the system publishes nothing of the kind. */
export const readPlatform = (): Platform | undefined => {
  if (process.platform !== 'linux') return undefined;
  return platformOf({
    architecture: process.arch,
    processor: beginningOf(PLATFORM_FILES.processor),
    randomise: beginningOf(PLATFORM_FILES.randomise),
    maps: textOf('/proc/self/maps'),
    pages: beginningOf('/proc/self/smaps'),
    status: textOf('/proc/self/status'),
    secureBoot: shownIn(PLATFORM_FILES.secureBoot),
    mounts: textOf('/proc/self/mounts'),
    mapped: mapped(),
    lockdown: shownIn(PLATFORM_FILES.lockdown),
  });
};

const MOST_MAPPED = 32;
const mapped = (): PlatformFiles['mapped'] =>
  Array.from({ length: MOST_MAPPED }, (_, number) => {
    const folder = `${PLATFORM_FILES.blocks}dm-${number}/dm`;
    return { name: shownIn(`${folder}/name`), uuid: shownIn(`${folder}/uuid`) };
  });

/** A system that shows it to nobody has as much of it to show as one without it. */
const shownIn = (path: string): string => {
  try {
    return textOf(path);
  } catch (cause) {
    if (['EACCES', 'EPERM', 'ENOTDIR'].includes(String((cause as NodeJS.ErrnoException).code))) return '';
    throw cause;
  }
};

/** The first processor and the first mapping say it; the kernel writes both for all of them, which takes a while. */
const BEGINNING_BYTES = 8_192;

const beginningOf = (path: string): string =>
  // a kernel without the file protects nothing by it
  ifThere(() => {
    const file = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(BEGINNING_BYTES);
      return bytes.toString('latin1', 0, readSync(file, bytes));
    } finally {
      closeSync(file);
    }
  });
const textOf = (path: string): string => ifThere(() => readFileSync(path, 'latin1'));
