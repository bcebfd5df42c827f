import { describePlatform, isMemoryProtected } from './decide.ts';
import { readPlatform } from './reading.ts';

/** What the system does for the device, as its owner and its manufacturer are told. */
export interface Protection {
  /** each process has an account of its own, and this one no more rights than it needs */
  readonly apart: boolean;
  readonly memory: boolean;
  /** of the firmware; `none` where it has none, or tells nobody */
  readonly secureBoot: 'on' | 'off' | 'none';
  /** one line for whoever looks after the device */
  readonly line: string;
}

/** Read anew each time; undefined where the system publishes nothing. `apart`: as `boot` found it. */
export const protectionOf = (apart: boolean): Protection | undefined => {
  const platform = readPlatform();
  if (!platform) return undefined;
  return {
    apart: apart && platform.unprivileged,
    memory: isMemoryProtected(platform),
    secureBoot: platform.started.firmware,
    line: describePlatform(platform, apart),
  };
};
