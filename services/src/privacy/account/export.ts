import type { ConsentRecord } from '../seams.ts';
import { iso } from '../../clock.ts';
import { csvRow } from '../../front/csv.ts';
import { type Kept, type LinkedDevice, type LinkedItem, sealedToName, type Value, valuesOf } from './holdings.ts';

/**
 * All that is kept of a person as one file, made while it is sent: no more of it is in memory than one value. Nothing in it
 * that the product does not declare, and no code.
 */
export interface Exported {
  readonly kept: Kept;
  readonly devices: readonly LinkedDevice[];
  /** of all their pseudonyms, oldest first */
  readonly consents: readonly ConsentRecord[];
  readonly now: number;
}

export const EXPORT_SCHEMA = 'hearthward/personal-data/1';

/** JSON: what each thing is and is for, what was decided of it, and every value. */
export async function* jsonExport({ kept, devices, consents, now }: Exported): AsyncGenerator<string> {
  yield `{"schema":${JSON.stringify(EXPORT_SCHEMA)},"madeAt":${JSON.stringify(iso(now))},"devices":[`;
  for (const [d, device] of devices.entries()) {
    const { deviceId, serial, declaration } = device;
    const head = JSON.stringify({ deviceId, serial, product: declaration.product.name, pseudonyms: device.subjects });
    yield `${d > 0 ? ',' : ''}${head.slice(0, -1)},"items":[`;
    for (const [i, item] of device.items.entries()) {
      yield `${i > 0 ? ',' : ''}${itemHead(device, item, consents).slice(0, -1)},"values":[`;
      let n = 0;
      for await (const { at, values, sealed } of valuesOf(kept, device, item, now)) {
        const fields = Object.fromEntries(values.map(([{ id }, value]) => [id, value]));
        // what nobody here can read is theirs all the same, with whom to ask
        yield `${n > 0 ? ',' : ''}\n${JSON.stringify({ at: iso(at), ...(sealed ? { sealed } : { fields }) })}`;
        n += 1;
      }
      yield ']}';
    }
    yield ']}';
  }
  yield ']}\n';
}

function itemHead(
  { declaration }: Pick<LinkedDevice, 'declaration'>,
  { item, fields, subjects }: LinkedItem,
  consents: readonly ConsentRecord[],
): string {
  const { id, name, category, sensitive, purpose, legalBasis, processedBy, recipients, storedAt, retentionDays } = item;
  const decided = consents.filter((record) => record.item === id && subjects.includes(record.subject));
  return JSON.stringify({
    id,
    name,
    category,
    sensitive,
    purpose,
    legalBasis,
    processedBy,
    recipients,
    storedAt,
    retentionDays,
    sealedTo: sealedToName(declaration, item),
    fields: fields.map((field) => ({ id: field.id, name: field.name, type: field.type, unit: field.unit })),
    decisions: decided.map(({ given, by, how, notice, language, n, at }) => ({
      given,
      by,
      how,
      notice,
      language,
      n,
      at: iso(at),
    })),
  });
}

/** A table: one row for each value. */
export async function* csvExport({ kept, devices, now }: Exported): AsyncGenerator<string> {
  yield csvRow(['device', 'serial number', 'item', 'field', 'at', 'value', 'unit']);
  for (const device of devices)
    for (const item of device.items)
      for await (const { at, values, sealed } of valuesOf(kept, device, item, now)) {
        if (sealed) {
          const words = `sealed to ${sealedToName(device.declaration, item.item)}: ${sealed.sealed}`;
          yield csvRow([device.deviceId, device.serial, item.item.id, '', iso(at), words, '']);
        }
        for (const [field, value] of values)
          yield csvRow([
            device.deviceId,
            device.serial,
            item.item.id,
            field.id,
            iso(at),
            cell(value),
            field.unit ?? '',
          ]);
      }
}

const cell = (value: Value): string | number => (typeof value === 'boolean' ? String(value) : value);
