import type { Clock } from '../clock.ts';
import { DAY } from '../clock.ts';
import { audit, type AuditAction } from '../operators/audit.ts';
import type { Erasure } from './erasure/decide.ts';
import type { Query, Store } from '../store/open.ts';

/**
 * Records that something was done rightly are records of people too, and go when nobody can ask any more: erasures and what
 * was confirmed of them, requests, and who looked at what. How much went is on record.
 */

/**
 * Three years: as long as a breach is pursued or a claim is brought in most places (Germany: BGB s.195, OWiG s.31(2)). What a
 * person needs of an erasure later is the signed confirmation that they have, and that verifies without us.
 */
export const RECORDS_KEPT = 3 * 366 * DAY;

/** of the audit trail, those that are about a person's data; what operators did to devices and keys stays */
const OF_PEOPLE: readonly AuditAction[] = [
  'account-opened',
  'account-refused',
  'account-ended',
  'consent-withdrawn',
  'personal-data-listed',
  'personal-data-shown',
  'personal-data-read',
  'personal-data-exported',
  'erasure',
  'erasure-asked',
  'erasure-late',
  'party-answered',
  'request-received',
  'request-identified',
  'request-extended',
  'request-acted',
  'request-closed',
];

// EN 303 645 6-4, 5.11-1, G044 7-d: kept for a purpose, and not for longer than it takes
export async function dropOldRecords(
  store: Store,
  clock: Clock,
): Promise<{ readonly erasures: number; readonly requests: number; readonly looks: number }> {
  return store.transaction(async (tx) => {
    const now = clock.now();
    const before = now - RECORDS_KEPT;
    const dropped = {
      erasures: await dropErasures(tx, before),
      requests: countOf(await tx.deleteFrom('person_requests').where('closed_at', '<', before).executeTakeFirst()),
      looks: countOf(
        await tx
          .deleteFrom('audit')
          .where('at', '<', before)
          .where('action', 'in', [...OF_PEOPLE])
          .executeTakeFirst(),
      ),
    };
    if (dropped.erasures + dropped.requests + dropped.looks > 0)
      await audit(tx, now, { actor: 'services', action: 'records-dropped', subject: 'records', detail: dropped });
    return dropped;
  });
}

const countOf = ({ numDeletedRows }: { readonly numDeletedRows: bigint }): number => Number(numDeletedRows);

/** Those that are over, by when the last place said so. One under way, or of which something is held, stays whatever its age. */
async function dropErasures(query: Query, before: number): Promise<number> {
  const old = await query
    .selectFrom('erasures')
    .select(['id', 'state'])
    .where('due_at', 'is', null)
    .where('asked_at', '<', before)
    .execute();
  const over = old.filter(({ state }) => endedAt(state) < before).map(({ id }) => id);
  for (const id of over) {
    for (const table of ['erasure_subjects', 'party_answers'] as const)
      await query.deleteFrom(table).where('erasure_id', '=', id).execute();
    await query.deleteFrom('erasures').where('id', '=', id).execute();
  }
  return over.length;
}

/** A moment that never comes where a place still waits: then it is not over, whatever the row says. */
function endedAt(state: string): number {
  // no boundary: a row of our own store
  const { phase, places, order } = JSON.parse(state) as Erasure;
  if (phase === 'kept') return order.undoUntil;
  return phase === 'expired' ? Math.max(...places.map(({ at }) => at)) : Infinity;
}
