import type { Declaration } from '@hearthward/product';
import type { PersonalData } from '../privacy/kept/kept.ts';
import type { Vault } from '../privacy/seams.ts';
import type { Query } from '../store/open.ts';

/** Reads of telemetry. Values of boolean fields are 0 and 1. */
export interface Series {
  readonly field: string;
  readonly unit?: string;
  readonly points: readonly (readonly [at: number, value: number])[];
}
export interface Latest {
  readonly field: string;
  readonly at: number;
  readonly value: number | string;
}

/** The last value of each field. */
export async function latestOf(query: Query, deviceId: string): Promise<readonly Latest[]> {
  const rows = await query
    .selectFrom('telemetry as t')
    .select(['t.field', 't.at', 't.number', 't.text'])
    .where('t.device_id', '=', deviceId)
    .where('t.at', '=', (eb) =>
      eb
        .selectFrom('telemetry as later')
        .select(({ fn }) => fn.max('later.at').as('at'))
        .whereRef('later.device_id', '=', 't.device_id')
        .whereRef('later.field', '=', 't.field'),
    )
    .orderBy('t.field')
    .orderBy('t.seq', 'desc')
    .execute();
  const newest = new Map<string, Latest>();
  for (const { field, at, number, text } of rows)
    if (!newest.has(field)) newest.set(field, { field, at, value: number ?? text ?? '' });
  return [...newest.values()];
}

/** The newest `most` points of each numeric field that is declared and nobody's, since `since`, oldest first. */
export async function seriesOf(
  query: Query,
  deviceId: string,
  declaration: Declaration,
  since: number,
  most: number,
): Promise<readonly Series[]> {
  const numeric = declaration.telemetryData.filter(
    ({ type, personalData }) => type !== 'choice' && personalData === false,
  );
  const all: Series[] = [];
  for (const { id, unit } of numeric) {
    const rows = await query
      .selectFrom('telemetry')
      .select(['at', 'number'])
      .where('device_id', '=', deviceId)
      .where('field', '=', id)
      .where('at', '>=', since)
      .orderBy('at', 'desc')
      .limit(most)
      .execute();
    const points = rows.reverse().flatMap(({ at, number }) => (number === null ? [] : [[at, number] as const]));
    if (points.length > 0) all.push({ field: id, ...(unit === undefined ? {} : { unit }), points });
  }
  return all;
}

/** The same of fields that belong to people, through the vault: nothing of who is blocked or erased. Who calls it says who reads, and why. */
export async function personalSeriesOf(
  { data, vault }: { readonly data: Pick<PersonalData, 'of'>; readonly vault: Pick<Vault, 'subjectsFrom'> },
  deviceId: string,
  declaration: Declaration,
  since: number,
  most: number,
): Promise<readonly Series[]> {
  const fields = declaration.telemetryData.filter(
    ({ type, personalData }) => type !== 'choice' && personalData !== false,
  );
  const items = [...new Set(fields.map(({ personalData }) => String(personalData)))];
  const points = new Map(fields.map(({ id }) => [id, [] as (readonly [at: number, value: number])[]]));
  const wanted = { productId: declaration.product.id, items, since };
  for await (const row of data.of(vault.subjectsFrom(deviceId), wanted))
    for (const [field, value] of Object.entries(row.fields))
      if (typeof value !== 'string') points.get(field)?.push([row.at, Number(value)]);
  return fields.flatMap(({ id, unit }) => {
    const found = (points.get(id) ?? []).sort(([one], [other]) => one - other).slice(-most);
    return found.length === 0 ? [] : [{ field: id, ...(unit === undefined ? {} : { unit }), points: found }];
  });
}
