import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { iso } from '../clock.ts';
import { asFault, ServicesFault } from '../faults.ts';
import { type CeremonyRoom, openCeremony, rootIssuer } from './ceremony.ts';
import { type Ceremony, digestOf, type Generation, labelOf, stemOf } from './generations.ts';
import { type Brought, combineShares, makeShares, type RootName, SHARE_COST, type ShareCost } from './shares.ts';

/** A root's key leaves the folder in shares, and comes back for as long as one ceremony takes. */
export interface Holders {
  readonly needed: number;
  /** one for each holder; wiped by who gives them */
  readonly passphrases: readonly Uint8Array[];
  readonly cost?: ShareCost;
}

/** Opens the folder for one ceremony; where shares are brought the root's key is there until `work` is done. */
export async function withShares<T>(
  folder: string,
  clock: Clock,
  brought: readonly Brought[],
  work: (room: CeremonyRoom) => Promise<T>,
): Promise<T> {
  const room = await openCeremony(folder, clock);
  if (brought.length === 0) return work(room);
  const { root, secret } = await combineShares(brought, room.kept.generations.root.map(nameOf));
  try {
    return await work({ ...room, rootKey: { number: Number(root.label.slice('root.'.length)), pkcs8: secret } });
  } finally {
    secret.fill(0);
  }
}

/**
 * Splits the key of the newest root whose key is here, or of the one that was brought: writes the shares into a new folder,
 * reads them again, and removes the key only when each of them has taken part in giving it.
 * @throws ServicesFault `already-there` where the folder is not empty, `root-offline` where no key is here
 */
export async function splitRoot(
  room: CeremonyRoom,
  { needed, passphrases, cost = SHARE_COST }: Holders,
  out: string,
  ceremony: Ceremony,
): Promise<{ readonly root: string; readonly files: readonly string[] }> {
  const { files, uses, clock } = room.parts;
  const root = rootToSplit(room);
  const keyFile = `${stemOf('root', root.number)}.key`;
  mustBeEmpty(out);
  const pkcs8 = room.rootKey ? Uint8Array.from(room.rootKey.pkcs8) : files.readSealed(keyFile);
  if (!pkcs8) throw new ServicesFault('root-offline', `the key of ${labelOf(root)} is offline`);
  try {
    // a key that is not the root's would only be noticed at the next ceremony, when the true one is gone
    await rootIssuer({ ...room, rootKey: { number: root.number, pkcs8 } }, { ...root, key: undefined });
    const texts = await makeShares(pkcs8, nameOf(root), { needed, passphrases }, cost);
    const signed = { what: 'nothing', subject: labelOf(root), serial: '', digest: '' } as const;
    const why = `split, ${needed} of ${texts.length} needed: ${ceremony.why}`;
    uses.append({ at: iso(clock.now()), key: labelOf(root), who: ceremony.who, why, signed });
    const written = texts.map((text, index) => {
      const file = join(out, `${labelOf(root)}-share-${index + 1}-of-${texts.length}.txt`);
      writeNew(file, text);
      return file;
    });
    await mustGive(pkcs8, root, written, { needed, passphrases });
    files.remove(keyFile);
    return { root: labelOf(root), files: written };
  } finally {
    pkcs8.fill(0);
  }
}

const nameOf = (root: Generation): RootName => ({ label: labelOf(root), fingerprint: digestOf(root.certificate) });

function rootToSplit({ kept, rootKey }: CeremonyRoom): Generation {
  const root = kept.generations.root.find(({ key, number }) => (rootKey ? rootKey.number === number : key));
  if (!root) throw new ServicesFault('root-offline', 'no key of a root is here');
  return root;
}

/** Every share takes part at least once, with as few others as are needed. */
async function mustGive(
  pkcs8: Uint8Array,
  root: Generation,
  written: readonly string[],
  { needed, passphrases }: Holders,
): Promise<void> {
  const shares = written.map((name, index) => ({
    name,
    text: readFileSync(name, 'utf8'),
    passphrase: passphrases[index] ?? new Uint8Array(),
  }));
  for (let start = 0; start < shares.length; start += needed) {
    const from = Math.min(start, shares.length - needed);
    const { secret } = await combineShares(shares.slice(from, from + needed), [nameOf(root)]);
    const same = Buffer.from(secret).equals(pkcs8);
    secret.fill(0);
    if (!same) throw new ServicesFault('share-refused', `the shares do not give the key of ${labelOf(root)} again`);
  }
}

function mustBeEmpty(out: string): void {
  try {
    mkdirSync(out, { recursive: true, mode: 0o700 });
    if (readdirSync(out).length > 0) throw new ServicesFault('already-there', `${out} is not empty`);
  } catch (error) {
    throw asFault(error, out);
  }
}

/** For this user alone from its first byte. */
function writeNew(file: string, text: string): void {
  try {
    const handle = openSync(file, 'wx', 0o600);
    try {
      writeSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    throw asFault(error, file);
  }
}
