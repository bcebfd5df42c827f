import { Type, type Static } from 'typebox';
import type { Declaration } from '@hearthward/product';
import type { Probe } from '../../model.ts';
import { lacking } from '../lacking.ts';
import type { HeldRow } from '../../observe/manufacturer/held.ts';
import { fail, idsOf, of, open, pass, type Part, type readEvidence } from '../access/evidence.ts';

/**
 * What is declared as sealed to a party, as the services that carry it have it: they hold it, and can read nothing of it.
 * Figures alone are recorded, since what could be read is somebody's.
 */
export const Sealed = Type.Object(
  {
    /** values that are held as the party alone can read them, with the party that is declared */
    sealed: Type.Integer({ minimum: 0 }),
    /** of these, how many are text that anybody reads all the same, or too short to be sealed at all */
    plain: Type.Integer({ minimum: 0 }),
    /** values of its fields that are held readable */
    readable: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
);
type Facts = Static<typeof Sealed>;
type Item = Declaration['personalData'][number];
type Rows = ReturnType<typeof readEvidence<{ sealed: typeof Sealed }>>['rows'];

export const isSealed = ({ sealedTo }: Item): boolean => sealedTo !== undefined;

export async function observeSealed(probe: Probe, items: readonly Item[]): Promise<void> {
  if (items.length === 0) return;
  if (probe.target.held === undefined) {
    const because = lacking(probe.target, '/held', 'how one gets what the services hold of the unit');
    for (const { id } of items) probe.record('blocked', id, { because });
    return;
  }
  let held = await probe.manufacturer.held();
  const isThere = (): boolean =>
    held.ok &&
    items.every((item) => {
      const { sealed, readable } = factsOfSealed(probe.declaration, item, held.ok ? held.rows : []);
      return sealed + readable > 0;
    });
  for (let waited = 0; waited < probe.patienceSeconds && !isThere(); waited += 1) {
    await probe.clock.wait(1000);
    held = await probe.manufacturer.held();
  }
  for (const item of items)
    if (!held.ok) probe.record('blocked', item.id, { because: held.because });
    else probe.record('sealed', item.id, { ...factsOfSealed(probe.declaration, item, held.rows) });
}

export function factsOfSealed({ telemetryData }: Declaration, item: Item, rows: readonly HeldRow[]): Facts {
  const fields = new Set(telemetryData.filter(({ personalData }) => personalData === item.id).map(({ id }) => id));
  const own = rows.filter(({ field, sealedTo }) => field === item.id && sealedTo === item.sealedTo);
  return {
    sealed: own.length,
    plain: own.filter(({ value }) => !looksSealed(value)).length,
    readable: rows.filter(({ field, sealedTo }) => fields.has(field) && sealedTo === undefined).length,
  };
}

/** An encapsulated key or a tag alone are longer; about 95 of 256 random bytes are signs that people read. */
const SHORTEST = 32;
const MOST_READABLE = 0.7;
function looksSealed(value: HeldRow['value']): boolean {
  if (typeof value !== 'string') return false;
  const bytes = Buffer.from(value, 'base64url');
  const readable = bytes.filter((byte) => byte >= 0x20 && byte < 0x7f).length;
  return bytes.length >= SHORTEST && readable / bytes.length < MOST_READABLE;
}

// EN 303 645 5.8-2, TS 103 645 4.8-1, G044 6.8.2: what is declared as sealed to somebody is read by nobody on the way.
export function judgeSealed(item: Item, rows: Rows): Part {
  const seen = of(rows.sealed, item.id);
  const evidence = idsOf(seen);
  const name = item.name.en;
  const sum = (of_: (facts: Facts) => number): number => seen.reduce((all, { data }) => all + of_(data), 0);
  const readable = sum((facts) => facts.readable);
  if (readable > 0)
    return fail(
      `${name} is declared as sealed to ${item.sealedTo}, and the services hold ${readable} values readable`,
      evidence,
    );
  const plain = sum((facts) => facts.plain);
  if (plain > 0) return fail(`${name} is said to be sealed, and ${plain} values can be read all the same`, evidence);
  if (sum((facts) => facts.sealed) === 0)
    return open(`nothing of ${name} was held, so how it is sealed was not seen`, evidence);
  return pass(`${name} is held as ${item.sealedTo} alone can read it`, evidence);
}
