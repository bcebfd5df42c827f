import type { Updates } from '../open.ts';
import type { Notice } from '../state.ts';
import type { Health } from '../steps/events.ts';

/** What people, through the panel, see of updates and wish for. */
export type UpdateWishes = Pick<
  Updates,
  'state' | 'release' | 'ended' | 'progress' | 'initialised' | 'check' | 'agree' | 'postpone' | 'choose'
>;

/** Between the process that faces the network and whoever holds the slots: all that either side may ask of the other. */
export interface UpdatesLink {
  readonly updates: UpdateWishes;
  /** who is told of what happened; a notice is owed, and told again, until this has returned */
  readonly hear: (told: (notice: Notice) => void) => void;
  /** to be said every few seconds: silence counts as sickness */
  readonly feel: (health: Health) => void;
  /** which roots of the manufacturer the device believes now */
  readonly trust: (anchors: readonly string[]) => void;
}

/** Health that nobody has said for so long is none. */
export const HEALTH_HOLDS_MILLIS = 15_000;
export const HEALTH_EVERY_MILLIS = 3_000;
