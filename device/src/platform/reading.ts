import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { ifThere } from '../driver/absent.ts';
import { platformOf, type Platform } from './decide.ts';

/** Files besides `/proc/self` that core has to read for this. */
export const PLATFORM_FILES = {
  processor: '/proc/cpuinfo',
  randomise: '/proc/sys/kernel/randomize_va_space',
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
  });
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
