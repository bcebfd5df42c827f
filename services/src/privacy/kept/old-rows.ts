import type { Declaration } from '@hearthward/product';
import type { Clock } from '../../clock.ts';
import type { Store } from '../../store/open.ts';
import type { Vault } from '../seams.ts';
import type { PersonalData } from './kept.ts';
import { sortMessage } from './sort.ts';

/**
 * Personal telemetry that an earlier version kept as it came, or that a declaration did not call personal then: sealed under
 * the pseudonym of its enrolment, and scrubbed from where it lay. Consent to it was asked by the device, which sent it; from
 * now on it is asked here too.
 */
export async function moveOldRows(world: {
  readonly store: Store;
  readonly vault: Pick<Vault, 'unnamed'>;
  readonly data: Pick<PersonalData, 'write' | 'partitions'>;
  readonly declarations: readonly Declaration[];
  readonly clock: Clock;
}): Promise<number> {
  const { store, vault, data, declarations, clock } = world;
  let moved = 0;
  for (const declaration of declarations) {
    const personal = declaration.telemetryData.flatMap(({ id, personalData }) => (personalData === false ? [] : [id]));
    if (personal.length === 0) continue;
    for (
      let some = await oldRows(declaration, personal);
      some.length > 0;
      some = await oldRows(declaration, personal)
    ) {
      await store.transaction((tx) => moveSome(tx, declaration, some));
      data.partitions.made();
      moved += some.length;
    }
  }
  // rows that SQLite had moved between pages left copies behind
  if (moved > 0) await store.scrub('thorough');
  return moved;

  function oldRows({ product }: Declaration, fields: readonly string[]) {
    return store.db
      .selectFrom('telemetry')
      .innerJoin('devices', 'devices.device_id', 'telemetry.device_id')
      .select(['telemetry.device_id', 'telemetry.epoch', 'seq', 'field', 'at', 'number', 'text'])
      .where('devices.product_id', '=', product.id)
      .where('field', 'in', [...fields])
      .orderBy('telemetry.device_id')
      .orderBy('telemetry.epoch')
      .orderBy('seq')
      .limit(AT_ONCE)
      .execute();
  }

  async function moveSome(
    tx: Parameters<PersonalData['write']>[0],
    declaration: Declaration,
    rows: Awaited<ReturnType<typeof oldRows>>,
  ): Promise<void> {
    const messages = [...Map.groupBy(rows, (row) => `${row.device_id} ${row.epoch} ${row.seq}`).values()];
    // the rest of the last message may be beyond what was read
    for (const parts of rows.length < AT_ONCE ? messages : messages.slice(0, -1)) {
      const [row] = parts;
      if (!row) continue;
      const [epoch, seq] = [Number(row.epoch), Number(row.seq)];
      const subject = await vault.unnamed(row.device_id, epoch);
      const fields = Object.fromEntries(parts.map(({ field, number, text }) => [field, number ?? text ?? '']));
      const place = { deviceId: row.device_id, epoch, seq, at: Number(row.at) };
      for (const part of sortMessage({ v: 1, seq, at: '', fields }, declaration).personal ?? [])
        await data.write(tx, { ...part, subject, onConsent: false }, place, clock.now());
      await tx
        .deleteFrom('telemetry')
        .where('device_id', '=', row.device_id)
        .where('epoch', '=', row.epoch)
        .where('seq', '=', row.seq)
        .where('field', 'in', Object.keys(fields))
        .execute();
    }
  }
}

/** rows of one transaction; more than one message has fields */
const AT_ONCE = 1000;
