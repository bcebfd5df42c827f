import type { EventMessage } from '@hearthward/protocol';
import { sql } from 'kysely';
import type { Transaction } from 'kysely';
import type { Query } from '../../store/open.ts';
import type { DeviceWord, Tables } from '../../store/tables.ts';
import type { Counts } from './decide.ts';

/**
 * What devices say of a release, kept as each device's last word by its own counter: one row per device, whatever the
 * order in which events arrive and however often. A device counts from the moment at which it says that it switches.
 */

/** The word of an event, undefined where it says nothing of the release. Hostile: a device speaks for itself alone. */
export const wordOf = ({ kind, detail }: EventMessage): DeviceWord | undefined => {
  switch (kind) {
    case 'update-will-restart':
    case 'update-on-trial':
      return 'begun';
    case 'update-installed':
      return 'confirmed';
    case 'update-rolled-back':
      return 'failed';
    case 'update-rejected':
      return NOT_OF_THE_RELEASE.has(String(detail['because'])) ? undefined : 'failed';
    default:
      return undefined;
  }
};
/** Who stands between could halt every release by spoiling downloads, if these counted. */
const NOT_OF_THE_RELEASE: ReadonlySet<string> = new Set(['unreachable', 'bytes-corrupt', 'not-allowed']);

/** Within the transaction that stores the event, so that each is taken once. A release that is not rolled out has no row. */
// EN 303 645 5.3-2, G044 6.3.2: what devices meet with counts against a release from the first word on
export async function noteWord(
  tx: Transaction<Tables>,
  deviceId: string,
  message: EventMessage,
  now: number,
): Promise<void> {
  const word = wordOf(message);
  const { version, number, because } = message.detail;
  if (!word || (typeof version !== 'string' && typeof number !== 'number')) return;
  const rollout = await tx
    .selectFrom('devices')
    .innerJoin('rollouts', 'rollouts.product_id', 'devices.product_id')
    .select(['rollouts.product_id', 'rollouts.version', 'devices.epoch'])
    .where('devices.device_id', '=', deviceId)
    .where((eb) =>
      typeof version === 'string'
        ? eb('rollouts.version', '=', version)
        : eb('rollouts.number', '=', Number(number ?? 0)),
    )
    .executeTakeFirst();
  if (!rollout) return;
  const said = {
    word,
    because: because === undefined ? null : String(because).slice(0, 40),
    epoch: rollout.epoch,
    seq: message.seq,
    heard_at: now,
  };
  await tx
    .insertInto('rollout_devices')
    .values({ product_id: rollout.product_id, version: rollout.version, device_id: deviceId, ...said })
    .onConflict((conflict) =>
      conflict
        .columns(['product_id', 'version', 'device_id'])
        .doUpdateSet(said)
        .where(sql<boolean>`(rollout_devices.epoch, rollout_devices.seq) < (${said.epoch}, ${said.seq})`),
    )
    .execute();
}

/**
 * By production batch, which is what the register knows of a device's hardware. A device that was taken out of service, or
 * that nobody lets in, cannot say how it went: it counts only where it has said so.
 * @param silentBefore a device whose last word is that it switches, and older than this, is silent; undefined: none is
 */
export async function countsOf(
  query: Query,
  { product, version }: { readonly product: string; readonly version: string },
  silentBefore: number | undefined,
): Promise<Readonly<Record<string, Counts>>> {
  const rows = await query
    .selectFrom('rollout_devices as said')
    .innerJoin('devices', 'devices.device_id', 'said.device_id')
    .select(({ fn }) => [
      'devices.batch',
      'said.word',
      fn.countAll<number | string>().as('n'),
      sql<number | string>`sum(case when said.heard_at < ${silentBefore ?? 0} then 1 else 0 end)`.as('long_ago'),
    ])
    .where('said.product_id', '=', product)
    .where('said.version', '=', version)
    .where((eb) =>
      eb.or([
        eb('said.word', '<>', 'begun'),
        eb.and([eb('devices.revoked_at', 'is', null), eb('devices.held_at', 'is', null)]),
      ]),
    )
    .groupBy(['devices.batch', 'said.word'])
    .execute();
  const byModel: Record<string, Counts> = {};
  for (const { batch, word, n, long_ago } of rows) {
    const before = byModel[batch] ?? { begun: 0, confirmed: 0, failed: 0, silent: 0 };
    byModel[batch] = {
      begun: before.begun + Number(n),
      confirmed: before.confirmed + (word === 'confirmed' ? Number(n) : 0),
      failed: before.failed + (word === 'failed' ? Number(n) : 0),
      silent: before.silent + (word === 'begun' ? Number(long_ago) : 0),
    };
  }
  return byModel;
}
