import { Type, type Static } from 'typebox';

/**
 * What besides its software makes the device what it is, as decisions: what the factory left in files. Digests are sealed in the store at the first start, which is in the factory; whatever differs later was
 * changed by somebody who could write the disk and not seal.
 */
export const Seals = Type.Record(Type.String({ maxLength: 64 }), Type.String({ pattern: '^[0-9a-f]{64}$' }));
export type Seals = Static<typeof Seals>;

export type Found = Readonly<Record<string, string>>;

/** What of it is not as it was sealed, and what is to be sealed now: new parts, none that differ. */
// EN 303 645 5.7-1, G044 6.7.1, G045 PL-1-4: configuration that nobody who may has changed is as it was
export const compareSeals = (
  sealed: Seals | undefined,
  found: Found,
): { readonly altered: readonly string[]; readonly seal: Seals | undefined } => {
  const known = sealed ?? {};
  const altered = Object.keys({ ...known, ...found }).filter(
    (part) => known[part] !== undefined && known[part] !== found[part],
  );
  const fresh = Object.entries(found).filter(([part]) => known[part] === undefined);
  return { altered, seal: fresh.length === 0 ? undefined : { ...known, ...Object.fromEntries(fresh) } };
};
