import { chmodSync, lchownSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DeviceFault } from '../../driver/faults.ts';
import { BUNDLE_FILE, PRODUCT_FILE } from '../../manufacture/bundle.ts';
import { quarantineFolderOf } from '../../quarantine/record.ts';
import { keyFolderOf } from '../../secrets/keystore.ts';
import { slotsFolderOf, updatesFolderOf } from '../../updates/running/folders.ts';
import { otherSlot, type SlotName } from '../../updates/slots/records.ts';
import { stateFolderOf } from '../folder.ts';
import type { Account, Users } from './users.ts';

/**
 * Puts right what each account may do in the data folder, before any of them runs: whatever root wrote there since
 * (the factory, a recovery, the loader) is whose it has to be again.
 *
 *   keys/ signer · state/ core · updates/ updater                     closed to everybody else
 *   bundle.json, product.json, quarantine/ root, read by the device’s group         not by the control loop
 *   slots/ root, where the updater may put things and take away its own
 *     the slot that runs: root, read by all                           nobody can change the code that runs
 *     the other slot and both records: updater
 *
 * Faults: data-unreadable, where the file system keeps no owners.
 */
// EN 303 645 5.6-7, TS 103 645 4.6-5, G044 6.6.7: each account reaches its own files, and none changes the code that runs
export const settleOwners = (dataDir: string, users: Users, running: SlotName | undefined): void => {
  const root: Account = { uid: 0, gid: 0 };
  own(dataDir, root, 0o711);
  for (const left of [BUNDLE_FILE, PRODUCT_FILE]) own(join(dataDir, left), { uid: 0, gid: users.group }, 0o640);
  const quarantine = quarantineFolderOf(dataDir);
  mkdirSync(quarantine, { recursive: true });
  own(quarantine, { uid: 0, gid: users.group }, 0o750);
  const rooms: (readonly [string, Account])[] = [
    [keyFolderOf(dataDir), users.signer],
    [stateFolderOf(dataDir), users.core],
  ];
  if (running) {
    rooms.push([updatesFolderOf(dataDir), users.updater]);
    settleSlots(slotsFolderOf(dataDir), users.updater, running);
  }
  for (const [folder, account] of rooms) {
    mkdirSync(folder, { recursive: true, mode: PRIVATE.folder });
    ownTree(folder, account, PRIVATE);
    mustBeOwned(folder, account);
  }
};

interface Modes {
  readonly folder: number;
  readonly file: number;
}
const PRIVATE: Modes = { folder: 0o700, file: 0o600 };
const PUBLIC: Modes = { folder: 0o755, file: 0o644 };
/** What an account may put into this folder nobody but it and root may take out again. */
const STICKY = 0o1775;
const EXECUTABLE = 0o111;
const PERMISSIONS = 0o7777;

const settleSlots = (folder: string, updater: Account, running: SlotName): void => {
  own(folder, { uid: 0, gid: updater.gid }, STICKY);
  const theirs = [otherSlot(running), 'record-0', 'record-1'];
  for (const name of readdirSync(folder))
    ownTree(join(folder, name), theirs.includes(name) ? updater : { uid: 0, gid: 0 }, PUBLIC);
};

/** A link is nobody’s way elsewhere, and a file with a second name may be somebody else’s: neither is given to anybody. */
const ownTree = (path: string, account: Account, modes: Modes): void => {
  const found = lstatSync(path);
  if (found.isDirectory()) {
    own(path, account, modes.folder);
    for (const name of readdirSync(path)) ownTree(join(path, name), account, modes);
  } else if (found.isFile() && found.nlink === 1) {
    own(path, account, modes.file | (modes === PUBLIC ? found.mode & EXECUTABLE : 0));
  }
};

/** Only what differs is written: a start wears no flash. */
const own = (path: string, { uid, gid }: Account, mode: number): void => {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found || found.isSymbolicLink()) return;
  if (found.uid !== uid || found.gid !== gid) lchownSync(path, uid, gid);
  if ((found.mode & PERMISSIONS) !== mode) chmodSync(path, mode);
};

const mustBeOwned = (folder: string, { uid }: Account): void => {
  const found = lstatSync(folder);
  if (found.isDirectory() && found.uid === uid && (found.mode & PERMISSIONS) === PRIVATE.folder) return;
  throw new DeviceFault(
    'data-unreadable',
    `${folder} cannot be kept for one account alone`,
    'Put the data folder on a file system that keeps owners and permissions, and no link in its place.',
  );
};
