import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { RecordEvent } from '../channel/channel.ts';
import { FAULT_CODES, type FaultCode } from '../driver/faults.ts';
import { BUNDLE_FILE, PRODUCT_FILE } from '../manufacture/bundle.ts';
import type { StateStore } from '../seams.ts';
import { documentIn, openDocuments } from '../updates/running/documents.ts';
import type { Disk } from '../updates/slots/disk.ts';
import { readSmall } from '../updates/slots/verify.ts';
import { quarantineFolderOf } from './record.ts';

/**
 * Starts that came to nothing, kept by whoever starts the device: where the store cannot be opened there is no log, so it
 * is written into it by the next start that comes up.
 */
const ROOM = 'refused';
const MOST_BYTES = 4_096;
const Refused = Type.Object(
  { count: Type.Integer({ minimum: 1 }), last: Type.Enum([...FAULT_CODES]) },
  { additionalProperties: false },
);
type Refused = Static<typeof Refused>;

/** Durable when it returns; in a folder that is no device's nothing is left. A disk that takes nothing is told of already. */
export const rememberRefused = (disk: Disk, dataDir: string, last: FaultCode): void => {
  if (!existsSync(join(dataDir, PRODUCT_FILE)) && !existsSync(join(dataDir, BUNDLE_FILE))) return;
  try {
    const documents = openDocuments(disk, quarantineFolderOf(dataDir));
    documents.write(ROOM, { count: (refusedIn(disk, dataDir)?.count ?? 0) + 1, last });
  } catch (thrown) {
    process.stderr.write(
      `That it did not start is not kept: ${thrown instanceof Error ? thrown.message : 'unknown'}\n`,
    );
  }
};

const refusedIn = (disk: Disk, dataDir: string): Refused | undefined => {
  // core reads this, and may make no folder
  const bytes = readSmall(disk, join(quarantineFolderOf(dataDir), `${ROOM}.json`), MOST_BYTES);
  const stored = bytes && documentIn(bytes);
  return Value.Check(Refused, stored) ? stored : undefined;
};

/** The room's name in the store. */
const TOLD = 'refused-starts';
const Told = Type.Object({ count: Type.Integer() }, { additionalProperties: false });

// G045 PL-4-1: what kept the device from starting is in its log, once it is there to be written
export const tellOfRefused = (
  disk: Disk,
  dataDir: string,
  { store, record }: { readonly store: StateStore; readonly record: RecordEvent },
): void => {
  const refused = refusedIn(disk, dataDir);
  const stored = store.read(TOLD);
  const told = Value.Check(Told, stored) ? stored.count : 0;
  if (refused === undefined || refused.count === told) return;
  record('start-refused', { because: refused.last, times: Math.max(1, refused.count - told) });
  store.write(TOLD, { count: refused.count });
};
