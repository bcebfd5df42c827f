import { DeviceFault } from '../../driver/faults.ts';
import type { SlotName } from '../slots/records.ts';

/**
 * What installs whole images of an operating system into two places, and chooses which one the boot loader starts. It
 * verifies its bundles by a signature of its own; which release a bundle is, and whether it may be installed, is known
 * to `system-slots.ts` alone.
 */
export interface SystemInstaller {
  readonly look: () => Promise<Seen>;
  /**
   * Writes a bundle into the place that is not `booted`, under a label, and starts nothing. `because` is one line of
   * the installer's own words. Fault: slots-unusable where the installer does not answer, or not any more.
   */
  readonly install: (bundle: string, label: string, booted: SlotName) => Promise<InstallerAnswer>;
  /** the boot loader starts this one next; `counted`: on trial, with all the tries that it gives */
  readonly start: (slot: SlotName, counted: boolean) => Promise<void>;
  /** what was booted stays, and its tries are no longer counted */
  readonly keep: (booted: SlotName) => Promise<void>;
  /** the boot loader starts this one no more, and the other one next */
  readonly abandon: (slot: SlotName) => Promise<void>;
}

export type InstallerAnswer =
  | { readonly ok: true }
  /** `bundle`: it would say so again; `place`: it may do at another time */
  | { readonly ok: false; readonly fault: 'bundle' | 'place'; readonly because: string };

export interface Seen {
  readonly booted: SlotName;
  /** what the boot loader starts next */
  readonly next: SlotName;
  /** under which label each place was last written, where the installer keeps it */
  readonly labels: Partial<Readonly<Record<SlotName, string>>>;
}

/** What an image is called towards the installer: a UUID of version 8 (RFC 9562, 5.8) out of its digest. */
export const labelOf = (digest: string): string => {
  const hex = `${digest.slice(0, 12)}8${digest.slice(13, 16)}8${digest.slice(17, 32)}`;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
};

export const installerFault = (because: string, cure: string, cause?: unknown): DeviceFault =>
  new DeviceFault('slots-unusable', because, cure, cause);

const LONGEST = 200;
/** An installer's words as one line that may stand in a log: it was handed bytes from outside. */
export const oneLine = (said: unknown): string => {
  const text = typeof said === 'string' ? said : 'it does not say why';
  return (
    text
      .replace(/[^\x20-\x7e]+/g, ' ')
      .trim()
      .slice(0, LONGEST) || 'it does not say why'
  );
};
