import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { RecordEvent } from '../channel/channel.ts';
import type { StateStore } from '../seams.ts';
import { FREE, type Cause, type Held, type Quarantine } from './decide.ts';
import { OfQuarantine, type ToQuarantine } from './messages.ts';

/** What core has of the quarantine. */
export interface QuarantineLink {
  /** undefined while the device is not in quarantine */
  readonly held: () => Held | undefined;
  readonly state: () => Quarantine;
  /** it is durable, and the network closed, a moment later; the same cause again changes nothing */
  readonly enter: (cause: Cause, detail: string) => void;
  /** what core keeps is there from now on */
  readonly begun: () => void;
  /** the part that did not pass its test passes it now */
  readonly passed: () => void;
  /** an owner's decision, who has just proven who they are; whether the quarantine has ended */
  readonly end: (incident: number) => Promise<boolean>;
  /** every file of the running software against what was signed, now */
  readonly look: () => Promise<Looked>;
  readonly onChange: (hear: () => void) => void;
}
export type Looked = NonNullable<OfQuarantine['looked']>;

/** Verifying every file of a large image takes a while. */
const ANSWER_MILLIS = 60_000;

/** Core's end of the line. Whatever comes is read by a schema first. */
export const quarantineLink = (
  initial: Quarantine,
  send: (message: ToQuarantine) => void,
): QuarantineLink & { readonly heard: (message: unknown) => void } => {
  let state = initial;
  const hearers: (() => void)[] = [];
  const waiting = new Map<number, () => void>();
  const looking = new Set<(looked: Looked) => void>();
  return {
    held: () => state.held ?? undefined,
    state: () => state,
    enter: (cause, detail) => send({ to: 'quarantine', say: { kind: 'violated', cause, detail } }),
    begun: () => send({ to: 'quarantine', say: { kind: 'begun' } }),
    passed: () => send({ to: 'quarantine', say: { kind: 'recovered', cause: 'self-test' } }),
    end: async (incident) => {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ANSWER_MILLIS);
        waiting.set(incident, () => {
          clearTimeout(timer);
          resolve();
        });
        send({ to: 'quarantine', say: { kind: 'decided', incident } });
      });
      waiting.delete(incident);
      return state.held === null;
    },
    look: () =>
      new Promise<Looked>((resolve) => {
        const done = (looked: Looked): void => {
          clearTimeout(timer);
          looking.delete(done);
          resolve(looked);
        };
        const timer = setTimeout(done, ANSWER_MILLIS, 'unknown');
        looking.add(done);
        send({ to: 'quarantine', say: { kind: 'look' } });
      }),
    onChange: (hear) => void hearers.push(hear),
    heard: (message) => {
      if (!Value.Check(OfQuarantine, message)) return;
      const changed = JSON.stringify(message.state) !== JSON.stringify(state);
      ({ state } = message);
      if (changed) for (const hear of hearers) hear();
      if (message.answers !== undefined) waiting.get(message.answers)?.();
      if (message.looked) for (const done of looking) done(message.looked);
    },
  };
};

/** Of a device that nobody keeps a record for. */
export const neverHeld = (): QuarantineLink => quarantineLink(FREE, () => undefined);

/** Which incidents were written down; in core's store, so that each is told once, however often the device starts. */
const ROOM = 'quarantine';

/**
 * Writes down what led into quarantine and how it ended, once each; `changed` closes and opens what the state asks for.
 */
// EN 303 645 5.7-2, G044 6.7.2, G045 PL-1-4: people, administrators and who made the device are told, each time once
export const standInQuarantine = (
  link: QuarantineLink,
  core: { readonly store: StateStore; readonly record: RecordEvent; readonly changed: () => void },
): void => {
  const tell = (): void => {
    const told = toldIn(core.store);
    const { held, ended } = link.state();
    if (held && held.incident > told.found) {
      const last = held.found.at(-1);
      if (last) core.record('quarantine-entered', { cause: last.cause, because: last.detail });
    }
    const over = !held && ended && ended.incident > told.ended ? ended : undefined;
    if (over) core.record('quarantine-left', { because: over.because });
    const next = { found: Math.max(told.found, held?.incident ?? 0), ended: over?.incident ?? told.ended };
    if (next.found !== told.found || next.ended !== told.ended) core.store.write(ROOM, next);
  };
  tell();
  link.onChange(() => {
    core.changed();
    tell();
  });
};

const Told = Type.Object({ found: Type.Integer(), ended: Type.Integer() }, { additionalProperties: false });
const toldIn = (store: StateStore): { readonly found: number; readonly ended: number } => {
  const stored = store.read(ROOM);
  return Value.Check(Told, stored) ? stored : { found: 0, ended: 0 };
};
