import { createHmac, randomBytes } from 'node:crypto';
import { MAC } from '@hearthward/protocol';
import { join } from 'node:path';
import { openSealedFolder } from '../authority/sealed.ts';
import { ServicesFault } from '../faults.ts';
import type { Query } from '../store/open.ts';
import type { Labelled } from './batch.ts';

/**
 * Whether a label password was given out before, though none is kept. A mark is a digest under a key that is sealed in
 * a folder of its own; it says nothing to whoever has the store alone, and with the key as well a password of 80 random
 * bits is as far as ever (docs/decisions/0023-batches-of-labels.md).
 */
export interface LabelMarks {
  /** Marks them all; or marks none and names the first serial whose password was marked before. */
  readonly keep: (query: Query, batch: readonly Pick<Labelled, 'serial' | 'password'>[]) => Promise<string | undefined>;
}

const KEY_FILE = 'label-marks.key';
const KEY_BYTES = 32;
/** 64 bits: after ten million labels a good batch of ten thousand meets a mark of another with 10^-8 */
const MARK_BYTES = 8;
/** variables of one statement, below the least that SQLite and PostgreSQL take */
const AT_ONCE = 400;

/** @throws ServicesFault where there are marks and the key that they were made with is gone */
export async function openLabelMarks(folder: string, query: Query): Promise<LabelMarks> {
  const files = openSealedFolder(folder);
  let key = files.readSealed(KEY_FILE);
  if (!key) {
    const orphan = await query.selectFrom('label_marks').select('mark').limit(1).executeTakeFirst();
    if (orphan)
      throw new ServicesFault(
        'data-damaged',
        `${join(folder, KEY_FILE)} is missing: no earlier label would be recognised`,
      );
    // key label-marks
    key = randomBytes(KEY_BYTES);
    files.writeSealed(KEY_FILE, key);
  }
  const secret = key;
  const markOf = (password: string) =>
    // key label-marks
    createHmac(MAC['hmac-sha256'].digest, secret).update(password).digest().subarray(0, MARK_BYTES).toString('hex');
  return {
    async keep(query, batch) {
      const serialOf = new Map(batch.map(({ serial, password }) => [markOf(password), serial]));
      const marks = [...serialOf.keys()];
      for (let from = 0; from < marks.length; from += AT_ONCE) {
        const some = marks.slice(from, from + AT_ONCE);
        const known = await query.selectFrom('label_marks').select('mark').where('mark', 'in', some).executeTakeFirst();
        if (known) return serialOf.get(known.mark);
      }
      for (let from = 0; from < marks.length; from += AT_ONCE) {
        const some = marks.slice(from, from + AT_ONCE).map((mark) => ({ mark }));
        await query.insertInto('label_marks').values(some).execute();
      }
    },
  };
}
