import { join } from 'node:path';
import { Value } from 'typebox/value';
import type { Millis } from '../seams.ts';
import { documentIn, openDocuments } from '../updates/running/documents.ts';
import type { Disk } from '../updates/slots/disk.ts';
import { readSmall } from '../updates/slots/verify.ts';
import { decideQuarantine, FREE, Quarantine } from './decide.ts';

/**
 * The record of the quarantine. It is written by whoever starts the device (the loader, else `boot`), since what faces the
 * network may be what was altered; core reads it, and may not write it. A record that is no record holds the device: a
 * damaged one never opens it.
 */
export const quarantineFolderOf = (dataDir: string): string => join(dataDir, 'quarantine');
const ROOM = 'held';
const FILE = `${ROOM}.json`;
const MOST_BYTES = 16 * 1024;

export const readQuarantine = (disk: Disk, dataDir: string, now: Millis): Quarantine => {
  const path = join(quarantineFolderOf(dataDir), FILE);
  if (!disk.look(path)) return FREE;
  const bytes = readSmall(disk, path, MOST_BYTES);
  const stored = bytes && documentIn(bytes);
  if (Value.Check(Quarantine, stored)) return stored;
  return decideQuarantine(FREE, { kind: 'violated', cause: 'integrity', detail: 'quarantine-record' }, now).state;
};

/** Durable when it returns. */
export const writeQuarantine = (disk: Disk, dataDir: string, state: Quarantine): void =>
  openDocuments(disk, quarantineFolderOf(dataDir)).write(ROOM, state);

/** Beside the record, and not in the store itself: whether there ever was one. */
const BEGUN = 'store';

/** Whatever the file holds: that it is there says it. */
export const hasBegun = (disk: Disk, dataDir: string): boolean => disk.look(begunIn(dataDir)) !== undefined;

export const markBegun = (disk: Disk, dataDir: string): void => {
  if (!hasBegun(disk, dataDir)) openDocuments(disk, quarantineFolderOf(dataDir)).write(BEGUN, { v: 1 });
};
/** of a device that is made anew */
export const begunIn = (dataDir: string): string => join(quarantineFolderOf(dataDir), `${BEGUN}.json`);
