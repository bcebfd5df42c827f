import { createHash } from 'node:crypto';
import { DIGESTS } from '@hearthward/protocol';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Plain, StateStore } from '../../seams.ts';
import type { Disk } from '../slots/disk.ts';
import { folderStore } from '../tuf/store.ts';

/**
 * What the updater remembers, a file for each room. It lies apart from core's store, so that no process which faces the
 * network can write it, and unsealed: it holds no secret and nothing of a person but which updates they put off.
 *
 * A file that is not what was written is as good as absent; the slots then have the last word.
 */
export const openDocuments = (disk: Disk, folder: string): Pick<StateStore, 'read' | 'write'> => {
  const files = folderStore(disk, folder);
  return {
    read: (room) => {
      const bytes = files.read(nameOf(room));
      return bytes && documentIn(bytes);
    },
    write: (room, state) => {
      const text = JSON.stringify(state);
      files.write(nameOf(room), Buffer.from(JSON.stringify({ sha256: digestOf(text), text })));
    },
  };
};

const nameOf = (room: string): string => `${room}.json`;

const Document = Type.Object({ sha256: Type.String(), text: Type.String() }, { additionalProperties: false });

/** undefined where a bit has flipped, or nothing of ours was there */
export const documentIn = (bytes: Uint8Array): Plain | undefined => {
  try {
    // boundary updater-document: the disk -> Document, at most 16 MiB, as its folder is read, else read as absent;
    // device/test/updates/state.test.ts
    const document: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (!Value.Check(Document, document) || digestOf(document.text) !== document.sha256) return undefined;
    // no boundary: its digest holds; the room that asked has its schema
    return JSON.parse(document.text) as Plain;
  } catch {
    return undefined;
  }
};

const digestOf = (text: string): string => createHash(DIGESTS.sha256.digest).update(text).digest('hex');
