import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { isAbsolute, dirname } from 'node:path';
import type { Declaration } from '@hearthward/product';
import type { SealedRecord } from '@hearthward/protocol';
import { type Static, Type } from 'typebox';
import type { Clock } from '../clock.ts';
import { iso } from '../clock.ts';
import { LONGEST_REASON } from '../management/commands.ts';
import { audit } from '../operators/audit.ts';
import type { Store } from '../store/open.ts';
import { syncFolder } from '../sync-folder.ts';
import type { PersonalData } from './kept/kept.ts';
import type { Consents } from './seams.ts';

/**
 * Hands a declared party what devices have sealed to it: a line of JSON for each parcel, in the order in which its sender
 * counted. Nothing of who is blocked or erased, nor of an item on consent that is not given now; nothing is opened.
 */
export const PassSealed = Type.Object({
  type: Type.Literal('pass-sealed'),
  id: Type.Optional(Type.Integer()),
  party: Type.String({ pattern: '^[a-z0-9-]{1,64}$' }),
  out: Type.String({ maxLength: 4096 }),
  /** of what was sealed since, by the devices' clocks */
  since: Type.Optional(Type.String({ maxLength: 30 })),
  who: Type.String({ minLength: 1, maxLength: 200 }),
  why: Type.String({ maxLength: LONGEST_REASON }),
});
export type PassSealed = Static<typeof PassSealed>;
export type PassedOn =
  | { readonly type: 'passed-on'; readonly records: number; readonly subjects: number }
  | { readonly type: 'refused'; readonly code: PassRefusal; readonly because: string };
export type PassRefusal = 'party-unknown' | 'reason-missing' | 'date-refused' | 'path-refused' | 'too-many';

/** parcels in one file, which are sorted in memory: about 200 MB of them */
export const PASSED_MOST = 100_000;
const LEAST_REASON = 10;

export const openPassing =
  (parts: {
    readonly store: Store;
    readonly clock: Clock;
    readonly data: Pick<PersonalData, 'everybody'>;
    readonly consents: Pick<Consents, 'given'>;
    readonly declarations: readonly Declaration[];
  }) =>
  async ({ party, out, since: from, who, why }: PassSealed, most = PASSED_MOST): Promise<PassedOn> => {
    const { store, clock, data, consents, declarations } = parts;
    const reason = why.trim();
    if (reason.length < LEAST_REASON) return refuse('reason-missing', 'a reason of at least ten letters is needed');
    const since = from === undefined ? 0 : Date.parse(from);
    if (!Number.isFinite(since)) return refuse('date-refused', `${from} is no moment`);
    if (!isAbsolute(out)) return refuse('path-refused', `${out} is not an absolute path`);
    const sealed = declarations.flatMap(({ product, personalData, dataParties = [] }) =>
      dataParties.some(({ id }) => id === party)
        ? personalData.filter(({ sealedTo }) => sealedTo === party).map((item) => ({ productId: product.id, item }))
        : [],
    );
    if (sealed.length === 0) return refuse('party-unknown', `nothing is declared as sealed to a party ${party}`);
    // EN 303 645 6-1, G045 DS-4-1, PL-4-1: to whom what was handed, by whom and why is on record before it is
    const items = [...new Set(sealed.map(({ item }) => item.id))].sort().join(' ');
    const detail = { reason, items, since: iso(since) };
    await audit(store.db, clock.now(), { actor: who, action: 'personal-data-passed-on', subject: party, detail });
    const found: SealedRecord[] = [];
    for (const { productId, item } of sealed)
      for await (const row of data.everybody({ productId, item: item.id, since })) {
        if (row.sealed?.to !== party) continue;
        // EN 303 645 6-3, G044 7-c: what was withdrawn goes no further, though it was kept while it was given
        if (item.legalBasis === 'consent' && !consents.given(row.subject, item.id)) continue;
        found.push({ v: 1, product: productId, item: item.id, subject: row.subject, parcel: row.sealed });
        if (found.length > most)
          return refuse('too-many', `there are more than ${most}: ask for those since a later day`);
      }
    found.sort(
      (one, other) =>
        one.subject.localeCompare(other.subject) || one.item.localeCompare(other.item) || one.parcel.n - other.parcel.n,
    );
    writeLines(out, found);
    return { type: 'passed-on', records: found.length, subjects: new Set(found.map(({ subject }) => subject)).size };
  };

/** A new file that its owner alone reads, whole on the disk when it returns. @throws as the file system does */
function writeLines(file: string, records: readonly SealedRecord[]): void {
  const handle = openSync(file, 'wx', 0o600);
  try {
    for (const record of records) writeSync(handle, `${JSON.stringify(record)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  syncFolder(dirname(file));
}

const refuse = (code: PassRefusal, because: string): PassedOn => ({ type: 'refused', code, because });
