import type { Subject } from '@hearthward/protocol';
import type { Selectable } from 'kysely';
import type { Query } from '../../store/open.ts';
import type { ErasureTable } from '../../store/tables.ts';
import { DAY } from '../../clock.ts';
import { dueAt, type Erasure, type OtherPlace, type Said } from './decide.ts';

/** Erasures as they are kept. What became of links and keys is no longer known later, so what a place needs is kept here. */
export interface KeptErasure {
  readonly state: Erasure;
  readonly concerns: Concerned;
}
/** Whom an order concerns beside the people themselves. */
export interface Concerned {
  readonly manufacturer: string;
  /** names of the products */
  readonly product: string;
  /** each is told of its own people alone */
  readonly devices: readonly {
    readonly deviceId: string;
    readonly subjects: readonly Subject[];
    /** the last of its enrolments that they come from; absent in orders of an earlier version */
    readonly epoch?: number;
  }[];
  readonly parties: readonly ConcernedParty[];
  /** public part of the code of whoever may follow it when the links are gone */
  readonly account?: string;
}
export interface ConcernedParty {
  readonly id: string;
  readonly how: 'on-call' | 'by-request';
  /** as declared; absent in orders of an earlier version */
  readonly withinDays?: number;
  readonly subjects: readonly Subject[];
  readonly items: readonly string[];
}

export async function insertErasure(query: Query, { state, concerns }: KeptErasure): Promise<void> {
  const { id, subjects, askedAt } = state.order;
  await query
    .insertInto('erasures')
    .values({
      id,
      asked_at: askedAt,
      due_at: dueIn(state),
      account: concerns.account ?? null,
      concerns: JSON.stringify(concerns),
      state: JSON.stringify(state),
    })
    .execute();
  await query
    .insertInto('erasure_subjects')
    .values(subjects.map((subject) => ({ subject, erasure_id: id })))
    .execute();
}

export async function keepErasure(query: Query, state: Erasure): Promise<void> {
  await query
    .updateTable('erasures')
    .set({ state: JSON.stringify(state), due_at: dueIn(state) })
    .where('id', '=', state.order.id)
    .execute();
}

/** A moment that never comes, where every place that is left waits for another. */
const dueIn = (state: Erasure): number | null => {
  const at = dueAt(state);
  return at === undefined || !Number.isFinite(at) ? null : at;
};

export async function erasureOf(query: Query, id: string): Promise<KeptErasure | undefined> {
  const row = await query.selectFrom('erasures').selectAll().where('id', '=', id).executeTakeFirst();
  return row && keptIn(row);
}

export async function erasuresDue(query: Query, now: number): Promise<readonly string[]> {
  const rows = await query.selectFrom('erasures').select('id').where('due_at', '<=', now).orderBy('due_at').execute();
  return rows.map(({ id }) => id);
}

/** Oldest first. */
export async function erasuresNaming(query: Query, subjects: readonly Subject[]): Promise<readonly KeptErasure[]> {
  if (subjects.length === 0) return [];
  const rows = await query
    .selectFrom('erasures')
    .selectAll()
    .where('id', 'in', (eb) => eb.selectFrom('erasure_subjects').select('erasure_id').where('subject', 'in', subjects))
    .orderBy('asked_at')
    .execute();
  return rows.map(keptIn);
}

export async function erasuresOf(query: Query, account: string): Promise<readonly KeptErasure[]> {
  const rows = await query
    .selectFrom('erasures')
    .selectAll()
    .where('account', '=', account)
    .orderBy('asked_at')
    .execute();
  return rows.map(keptIn);
}

/** Newest first; `open`: those that are not over. */
export async function allErasures(query: Query, open: boolean, most: number): Promise<readonly KeptErasure[]> {
  const all = query.selectFrom('erasures').selectAll();
  const rows = await (open ? all.where('due_at', 'is not', null) : all)
    .orderBy('asked_at', 'desc')
    .limit(most)
    .execute();
  return rows.map(keptIn);
}

/** What a law keeps, of these people, at `now`. */
export const holdsOn = (query: Query, subjects: readonly Subject[], now: number) =>
  query
    .selectFrom('erasure_holds')
    .selectAll()
    .where('subject', 'in', subjects)
    .where('until', '>', now)
    .orderBy('until', 'desc')
    .execute();

export async function answerOf(query: Query, id: string, party: string): Promise<Said | undefined> {
  const row = await query
    .selectFrom('party_answers')
    .select('answer')
    .where('erasure_id', '=', id)
    .where('party', '=', party)
    .executeTakeFirst();
  // no boundary: rows of our own store
  return row && (JSON.parse(row.answer) as Said);
}

export async function keepAnswer(query: Query, id: string, party: string, said: Said): Promise<void> {
  const answer = JSON.stringify(said);
  await query
    .insertInto('party_answers')
    .values({ erasure_id: id, party, answer })
    .onConflict((conflict) => conflict.columns(['erasure_id', 'party']).doUpdateSet({ answer }))
    .execute();
}

/** Of devices and parties that an order concerns, beside what is always asked. */
export const placesIn = ({ devices, parties }: Concerned): readonly OtherPlace[] => [
  ...devices.map(({ deviceId }) => ({ place: `device:${deviceId}` })),
  ...parties.map(({ id, withinDays }) => ({
    place: `party:${id}`,
    ...(withinDays === undefined ? {} : { within: withinDays * DAY }),
  })),
];

const keptIn = (row: Selectable<ErasureTable>): KeptErasure => ({
  // no boundary: rows of our own store
  state: JSON.parse(row.state) as Erasure,
  // no boundary: as above
  concerns: JSON.parse(row.concerns) as Concerned,
});
