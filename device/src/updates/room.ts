import { Value } from 'typebox/value';
import type { Executors, RoomDefinition } from '../driver/room.ts';
import type { decideUpdates } from './decide.ts';
import { NOTHING_YET, UpdateState } from './state.ts';
import type { UpdateEffect, UpdateEvent } from './steps/events.ts';

/** The room's name in the store. No reset erases it: what runs, and what must never run again, does not change with the owner. */
export const UPDATES_ROOM = 'updates';

/** The update machine as `openRoom` takes it. */
export const updatesRoom = (
  decide: typeof decideUpdates,
  executors: Executors<UpdateEvent, UpdateEffect>,
): RoomDefinition<UpdateState, UpdateEvent, UpdateEffect> => ({
  name: UPDATES_ROOM,
  initial: NOTHING_YET,
  read: (stored) => (Value.Check(UpdateState, stored) ? stored : undefined),
  decide,
  executors,
  failed: (effect, { code }) => ({ kind: 'failed', effect: effect.kind, because: code }),
  resumed: { kind: 'resumed' },
});
