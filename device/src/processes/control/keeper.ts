import { Value } from 'typebox/value';
import { startChild } from '../boot/children.ts';
import { keepRunning, type Kept } from '../boot/keeping.ts';
import { controlFlags } from '../boot/privileges.ts';
import type { Separation } from '../boot/users.ts';
import { decideLoops, NO_LOOP, type LoopEffect, type LoopEvent } from './decide.ts';
import { keepCommand } from './kept.ts';
import { OfControl, type ToControl } from './messages.ts';

/** An image whose `boot` runs. */
export interface ControlImage {
  readonly id: string;
  /** the product's module, which runs the loop when it is started for it */
  readonly module: string;
  /** whether its product has a loop */
  readonly has: boolean;
  readonly onTrial: boolean;
  /** as its `boot` has found it */
  readonly separation: Separation;
  /** whether the module is still the verified one of this image */
  readonly isThere: () => boolean;
}

export interface Keeper {
  /** said when `boot` of an image runs, and again when the image has been confirmed */
  readonly runs: (image: ControlImage) => void;
  readonly heard: (command: ToControl) => void;
  readonly pid: () => number | undefined;
  /** every loop has ended when it resolves */
  readonly stop: () => Promise<void>;
}

/**
 * Keeps the control loop running, whatever becomes of the processes that it is commanded from. Whoever lives longest has
 * one of these: the loader of a device in slots, else `boot`.
 */
export const openKeeper = (dataDir: string, said: (reading: OfControl) => void): Keeper => {
  const images = new Map<string, ControlImage>();
  const loops = new Map<string, Kept>();
  const endings = new Set<Promise<void>>();
  let state = NO_LOOP;
  const kept = keepCommand();

  const happened = (event: LoopEvent): void => {
    const decided = decideLoops(state, event);
    ({ state } = decided);
    for (const effect of decided.effects) carryOut(effect);
  };
  const carryOut = ({ kind, id }: LoopEffect): void => {
    if (kind === 'start') return start(id);
    const ended = loops.get(id)?.stop();
    loops.delete(id);
    if (!ended) return;
    endings.add(ended);
    void ended.then(() => endings.delete(ended));
  };
  const start = (id: string): void => {
    loops.set(
      id,
      keepRunning(
        'control',
        () => startProcess(id),
        (message) => heardOf(id, message),
      ),
    );
  };
  const startProcess = (id: string) => {
    const image = images.get(id);
    if (!image?.isThere()) {
      loops.delete(id);
      happened({ kind: 'lost', id });
      return undefined;
    }
    const { module, separation } = image;
    const child = startChild({
      name: 'control',
      separation,
      flags: controlFlags(module),
      command: [module, '--data', dataDir, '--role', 'control'],
      pair: 'ignore',
    });
    // where it could not be started at all, its own error says so
    child.send(kept.last(), () => undefined);
    return child;
  };
  const heardOf = (id: string, message: unknown): void => {
    if (!Value.Check(OfControl, message)) return;
    happened({ kind: 'ticked', id });
    if (state.holder === id) said(message);
  };

  return {
    runs: (image) => {
      images.set(image.id, image);
      const { id, has, onTrial } = image;
      happened({ kind: 'runs', id, has, onTrial });
    },
    heard: (message) => {
      kept.keep(message);
      for (const each of loops.values()) each.tell(message);
    },
    pid: () => (state.holder === undefined ? undefined : loops.get(state.holder)?.pid()),
    stop: async () => {
      const stopped = [...loops.values()].map((each) => each.stop());
      await Promise.all([...stopped, ...endings]);
    },
  };
};
