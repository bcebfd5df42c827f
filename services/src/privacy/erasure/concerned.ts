import type { Declaration } from '@hearthward/product';
import type { Subject } from '@hearthward/protocol';
import { HOUR } from '../../clock.ts';
import type { Query } from '../../store/open.ts';
import type { AskedBy, ErasureOrder, SubjectOrigin, Vault } from '../seams.ts';
import type { Concerned, ConcernedParty } from './rows.ts';

/** Whom an order concerns: looked up while the links are there, since they go with the keys. */

type Origins = ReadonlyMap<Subject, SubjectOrigin>;

/**
 * Where each pseudonym of an order comes from; undefined where one is unknown, ended, or not the asker's: which of them, nobody
 * is told.
 */
// EN 303 645 5.11-1, G045 DS-1-5: nobody erases what is another's, nor learns by asking whether there is somebody
export function originsFor(
  vault: Pick<Vault, 'originOf' | 'subjectsOf'>,
  { subjects, askedBy }: Pick<ErasureOrder, 'subjects' | 'askedBy'>,
): Origins | undefined {
  const found = new Map<Subject, SubjectOrigin>();
  for (const subject of subjects) {
    const origin = vault.originOf(subject);
    if (origin && mayErase(askedBy, origin)) found.set(subject, origin);
  }
  return found.size > 0 && found.size === new Set(subjects).size ? found : undefined;
}

function mayErase(by: AskedBy, { deviceId, account }: SubjectOrigin): boolean {
  switch (by.who) {
    case 'device':
      return by.deviceId === deviceId;
    case 'account':
      return account?.account === by.account;
    case 'operator':
      // whom an operator has identified, by the request that is on record
      return true;
  }
}

export async function concernedBy(
  query: Query,
  declarations: readonly Declaration[],
  origins: Origins,
  askedBy: AskedBy,
): Promise<Concerned & { readonly undoHours: number }> {
  const ids = [...new Set([...origins.values()].map(({ deviceId }) => deviceId))].sort();
  const rows = await query
    .selectFrom('devices')
    .select(['device_id', 'product_id'])
    .where('device_id', 'in', ids)
    .execute();
  const productOf = new Map(rows.map(({ device_id: id, product_id: product }) => [id, product]));
  const products = declarations.filter(({ product }) => [...productOf.values()].includes(product.id));
  const on = (deviceId: string) => [...origins].filter(([, origin]) => origin.deviceId === deviceId);
  const accounts = new Set([...origins.values()].map(({ account }) => account?.account));
  const [account] = accounts;
  const followed = askedBy.who === 'account' ? askedBy.account : accounts.size === 1 ? account : undefined;
  return {
    manufacturer: [...new Set(products.map(({ manufacturer }) => manufacturer.name))].join(', '),
    product: products.map(({ product }) => product.name.en).join(', '),
    devices: ids.map((deviceId) => ({
      deviceId,
      subjects: on(deviceId).map(([subject]) => subject),
      epoch: Math.max(...on(deviceId).map(([, { epoch }]) => epoch)),
    })),
    parties: asOne(
      products.flatMap((declaration) =>
        partiesOf(
          declaration,
          [...origins].filter(([, { deviceId }]) => productOf.get(deviceId) === declaration.product.id),
        ),
      ),
    ),
    ...(followed === undefined ? {} : { account: followed }),
    undoHours: Math.max(0, ...products.map(undoHoursOf)),
  };
}

// EN 303 645 5.11-2, TS 103 645 4.11-1, G044 6.11.2: whoever has some of it is asked, processors and apps too
function partiesOf(
  { dataParties = [] }: Declaration,
  origins: readonly (readonly [Subject, SubjectOrigin])[],
): readonly ConcernedParty[] {
  return dataParties.flatMap(({ id, items, erases }) => {
    const has = origins.filter(([, origin]) => mayHave(origin, items));
    if (has.length === 0) return [];
    const { how, withinDays } = erases;
    return [{ id, how, withinDays, subjects: has.map(([subject]) => subject), items: [...items] }];
  });
}

/** What a device sends without saying whose it is may be of any item. */
const mayHave = ({ items }: SubjectOrigin, any: readonly string[]): boolean =>
  items.length === 0 || items.some((item) => any.includes(item));

/** A party of two products is asked once. */
const asOne = (parties: readonly ConcernedParty[]): readonly ConcernedParty[] =>
  [...new Set(parties.map(({ id }) => id))].map((id) => {
    const same = parties.filter((each) => each.id === id);
    return {
      id,
      how: same.some(({ how }) => how === 'by-request') ? 'by-request' : 'on-call',
      // the shortest that was promised
      withinDays: Math.min(...same.map(({ withinDays = Infinity }) => withinDays)),
      subjects: [...new Set(same.flatMap(({ subjects }) => subjects))],
      items: [...new Set(same.flatMap(({ items }) => items))],
    };
  });

const undoHoursOf = ({ deletionFunctions }: Declaration): number =>
  Math.max(0, ...deletionFunctions.filter(({ scope }) => scope === 'own-data').map(({ undoHours = 0 }) => undoHours));

/** Not after what is declared, whatever the asker's clock says; a moment that is none leaves no time. */
export const undoUntil = (wanted: number, now: number, undoHours: number): number =>
  Number.isFinite(wanted) ? Math.max(now, Math.min(wanted, now + undoHours * HOUR)) : now;
