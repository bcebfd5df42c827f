import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { decideLog, emptyLog, type LogState, type Room } from '../../src/logging/chain/decide.ts';
import type { LogEntry } from '../../src/logging/chain/entry.ts';
import { signSeal, type Seal } from '../../src/logging/chain/seal.ts';
import { entryOf, type EventKind } from '../../src/logging/catalogue.ts';
import type { SecurityEvent } from '../../src/seams.ts';

/** A log as the decisions write it, without a disk. */
export interface Written {
  readonly entries: readonly LogEntry[];
  readonly state: LogState;
}

/** One of a kind with a valid detail for each field, so that every field can be altered. */
export const eventOf = (kind: EventKind, at = 0): SecurityEvent => ({
  at: new Date(at).toISOString(),
  kind,
  detail: Object.fromEntries(
    Object.entries(entryOf(kind).detail).map(([name, field]) => [name, field.startsWith('count') ? at : `a-${at}`]),
  ),
});

export const writtenFrom = (kinds: readonly EventKind[], room: Room, before?: Written): Written => {
  let state = before?.state ?? { ...emptyLog(room), boot: 1 };
  let entries = [...(before?.entries ?? [])];
  for (const kind of kinds) {
    const decided = decideLog(state, { event: eventOf(kind, state.seq * 1000), up: state.seq, source: 'host' });
    state = decided.state;
    for (const effect of decided.effects) {
      if (effect.kind === 'insert') entries.push(effect.entry);
      else entries = entries.filter(({ priority, place }) => priority !== effect.priority || place >= effect.below);
    }
  }
  return { entries, state };
};

export const DEVICE = 'device-0001';
export const newLogKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
export const shownOf = (key: KeyObject): string =>
  createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64');
export const sealOf = (log: LogState, key: KeyObject, device = DEVICE): Seal => {
  const statement = JSON.stringify({ device, at: new Date(0).toISOString(), log });
  return { statement, ...signSeal(statement, key), key: shownOf(key) };
};
