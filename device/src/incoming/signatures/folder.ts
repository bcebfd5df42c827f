import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DIGESTS, type SignatureFormat } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import { openDocuments } from '../../updates/running/documents.ts';
import { systemDisk, type Disk } from '../../updates/slots/disk.ts';
import { folderStore } from '../../updates/tuf/store.ts';
import { NO_SIGNATURES, SignatureState } from './decide.ts';

/**
 * Where the set lies: `state/` says what was taken, `database/` has the file alone, since ClamAV reads whatever lies in its
 * DatabaseDirectory. The process that updates the device writes, everybody else only reads.
 */
export interface SignatureFolder {
  readonly state: () => SignatureState;
  readonly keep: (state: SignatureState) => void;
  readonly place: (bytes: Uint8Array) => void;
  /** SHA-256 of the file that lies there; read anew where it has changed */
  readonly digest: () => string | undefined;
}

export const openSignatureFolder = (
  folder: string,
  format: SignatureFormat,
  disk: Disk = systemDisk,
): SignatureFolder => {
  if (!disk.look(folder)) disk.makeFolder(folder);
  const documents = openDocuments(disk, join(folder, 'state'));
  const database = folderStore(disk, databaseIn(folder));
  return {
    ...reading(folder, format, (room) => documents.read(room), database.read),
    keep: (state) => documents.write(ROOM, state),
    place: (bytes) => database.write(nameOf(format), bytes),
  };
};

/** For who may only read: nothing is made where there is nothing. */
export const readSignatureFolder = (
  folder: string,
  format: SignatureFormat,
): Pick<SignatureFolder, 'state' | 'digest'> => {
  const isThere = (path: string): boolean => systemDisk.look(path) !== undefined;
  const state = join(folder, 'state');
  const database = databaseIn(folder);
  return reading(
    folder,
    format,
    (room) => (isThere(state) ? openDocuments(systemDisk, state).read(room) : undefined),
    (name) => (isThere(database) ? folderStore(systemDisk, database).read(name) : undefined),
  );
};

const reading = (
  folder: string,
  format: SignatureFormat,
  document: (room: string) => unknown,
  file: (name: string) => Uint8Array | undefined,
) => {
  let known: { readonly as: string; readonly digest: string | undefined } | undefined;
  return {
    state: (): SignatureState => {
      const stored = document(ROOM);
      return Value.Check(SignatureState, stored) ? stored : NO_SIGNATURES;
    },
    digest: (): string | undefined => {
      const entry = statSync(join(databaseIn(folder), nameOf(format)), { bigint: true, throwIfNoEntry: false });
      const as = entry ? `${entry.ino}/${entry.size}/${entry.mtimeNs}/${entry.ctimeNs}` : '';
      if (known?.as === as) return known.digest;
      const bytes = entry && file(nameOf(format));
      known = { as, digest: bytes && createHash(DIGESTS.sha256.digest).update(bytes).digest('hex') };
      return known.digest;
    },
  };
};

const ROOM = 'signatures';
const databaseIn = (folder: string): string => join(folder, 'database');
const nameOf = (format: SignatureFormat): string => `set.${format}`;
