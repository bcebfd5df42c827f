import { randomBytes } from 'node:crypto';
import { COMMAND_LASTS, type ManagementCommand, topicsOf } from '@hearthward/protocol';
import { type Clock, iso } from '../clock.ts';
import { audit } from '../operators/audit.ts';
import type { Store } from '../store/open.ts';
import { recordObserved } from '../telemetry/events.ts';
import type { OperatorsKey } from './key.ts';

/** Commands of operators to devices: with a reason, numbered, signed, on record before they leave. */
export interface Management {
  /** `sent` says that the front-end has a connection of the device; whether its owner allows it the device answers itself */
  readonly command: (given: Given) => Promise<Commanded>;
}
export interface Given {
  readonly operator: string;
  readonly deviceId: string;
  readonly command: ManagementCommand;
  readonly reason: string;
}
export type Commanded =
  | { readonly ok: true; readonly id: string }
  | { readonly ok: false; readonly code: 'not-connected' | 'unknown-device' | 'no-reason'; readonly because: string };

/** A sentence that somebody who reads the record later can make something of. */
const SHORTEST_REASON = 10;
export const LONGEST_REASON = 200;

// EN 303 645 5.5-4, G045 PL-3-2, PL-4-1: who asked what of which device, and why, is on the disk before the device hears of it
export function openManagement(parts: {
  readonly store: Store;
  readonly clock: Clock;
  readonly key: OperatorsKey;
  readonly send: (deviceId: string, topic: string, payload: string) => boolean;
}): Management {
  const { store, clock, key, send } = parts;
  return {
    async command({ operator, deviceId, command, reason }) {
      const why = reason.trim().slice(0, LONGEST_REASON);
      if (why.length < SHORTEST_REASON) return refuse('no-reason', 'a reason of at least ten letters is needed');
      const now = clock.now();
      // no key: a name
      const id = randomBytes(10).toString('hex');
      const seq = await store.transaction(async (tx) => {
        const device = await tx
          .selectFrom('devices')
          .select('command_seq')
          .where('device_id', '=', deviceId)
          .executeTakeFirst();
        if (!device) return undefined;
        const next = Number(device.command_seq) + 1;
        await tx.updateTable('devices').set({ command_seq: next }).where('device_id', '=', deviceId).execute();
        await audit(tx, now, {
          actor: operator,
          action: 'command-given',
          subject: deviceId,
          detail: { id, command, reason: why },
        });
        await recordObserved(tx, deviceId, now, 'command-given', { id, command, by: operator });
        return next;
      });
      if (seq === undefined) return refuse('unknown-device', 'no such device');
      const signed = key.sign({ deviceId, id, seq, expires: iso(now + COMMAND_LASTS), command });
      if (send(deviceId, topicsOf(deviceId).down, JSON.stringify(signed))) return { ok: true, id };
      return refuse('not-connected', 'the device is not connected');
    },
  };
}

const refuse = (code: Extract<Commanded, { ok: false }>['code'], because: string): Commanded => ({
  ok: false,
  code,
  because,
});
