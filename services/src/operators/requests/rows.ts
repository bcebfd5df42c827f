import type { Query } from '../../store/open.ts';
import { dueAt, type Law, type PersonRequest, type RequestKind } from './decide.ts';

/** Requests in the store: a document each, and beside it what they are found and sorted by. */

export interface RequestFilter {
  readonly state?: 'open' | 'overdue' | 'closed';
  readonly kind?: RequestKind;
  readonly law?: Law;
}

const rowOf = (request: PersonRequest) => ({
  id: request.id,
  kind: request.kind,
  law: request.law,
  received_at: request.receivedAt,
  due_at: dueAt(request),
  closed_at: request.closed?.at ?? null,
  state: JSON.stringify(request),
});
// no boundary: a row of our own store
const requestIn = ({ state }: { readonly state: string }): PersonRequest => JSON.parse(state) as PersonRequest;

export async function insertRequest(query: Query, request: PersonRequest): Promise<void> {
  await query.insertInto('person_requests').values(rowOf(request)).execute();
}

export async function keepRequest(query: Query, request: PersonRequest): Promise<void> {
  const { id, ...row } = rowOf(request);
  await query.updateTable('person_requests').set(row).where('id', '=', id).execute();
}

export async function requestOf(query: Query, id: string): Promise<PersonRequest | undefined> {
  const row = await query.selectFrom('person_requests').select('state').where('id', '=', id).executeTakeFirst();
  return row && requestIn(row);
}

/** What is open before what is closed, the first that is due first. */
export async function requestsOf(
  query: Query,
  filter: RequestFilter,
  now: number,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<readonly PersonRequest[]> {
  const rows = await matching(query, filter, now)
    .select('state')
    .orderBy((eb) => eb.case().when('closed_at', 'is', null).then(0).else(1).end())
    .orderBy('due_at')
    .orderBy('id')
    .offset(offset)
    .limit(limit)
    .execute();
  return rows.map(requestIn);
}

export async function countRequests(query: Query, filter: RequestFilter, now: number): Promise<number> {
  const row = await matching(query, filter, now)
    .select(({ fn }) => fn.countAll<number | string>().as('n'))
    .executeTakeFirst();
  return Number(row?.n ?? 0);
}

export async function requestsReceived(query: Query, from: number, until: number): Promise<readonly PersonRequest[]> {
  const rows = await query
    .selectFrom('person_requests')
    .select('state')
    .where('received_at', '>=', from)
    .where('received_at', '<', until)
    .execute();
  return rows.map(requestIn);
}

function matching(query: Query, { state, kind, law }: RequestFilter, now: number) {
  let wanted = query.selectFrom('person_requests');
  if (kind) wanted = wanted.where('kind', '=', kind);
  if (law) wanted = wanted.where('law', '=', law);
  if (state === 'closed') wanted = wanted.where('closed_at', 'is not', null);
  if (state === 'open' || state === 'overdue') wanted = wanted.where('closed_at', 'is', null);
  if (state === 'overdue') wanted = wanted.where('due_at', '<=', now);
  return wanted;
}
