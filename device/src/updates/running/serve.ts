import { Value } from 'typebox/value';
import { DeviceFault } from '../../driver/faults.ts';
import type { Updates } from '../open.ts';
import type { Notice, UpdateState } from '../state.ts';
import { ToUpdater, type OfUpdater, type Wish } from './messages.ts';
import type { Feelings } from './own.ts';

/** How often the view is compared with what core saw last. */
const LOOK_MILLIS = 500;
const TOLD_MILLIS = 5_000;

/**
 * The updater's end of the line to core. Nothing that core says makes a release: it can hurry or put off what is
 * signed, and say how it feels.
 */
export const serveCore = (send: (message: OfUpdater) => void) => {
  const owed = new Map<number, () => void>();
  let sent = 0;

  /** Resolves when core has stored it; rejects, so that it stays owed, where core is not there to. */
  const tell = (notice: Notice): Promise<void> =>
    new Promise((resolve, reject) => {
      const id = sent++;
      const timer = setTimeout(() => {
        owed.delete(id);
        reject(new DeviceFault('not-running', 'Nobody has taken a notice of the updater', 'It is told again.'));
      }, TOLD_MILLIS);
      owed.set(id, () => {
        clearTimeout(timer);
        owed.delete(id);
        resolve();
      });
      send({ to: 'core', say: { kind: 'notice', id, notice } });
    });

  /** `message`: whatever came over the line */
  const open = (updates: Updates, on: Feelings) => {
    let shown: string | undefined;
    const show = (): void => {
      const [release, ended, progress] = [updates.release(), updates.ended(), updates.progress()];
      const view = {
        state: updates.state(),
        ...(release ? { release } : {}),
        ...(ended ? { ended } : {}),
        ...(progress === undefined ? {} : { progress: Math.min(1, progress) }),
      };
      const text = JSON.stringify(view);
      if (text === shown) return;
      shown = text;
      send({ to: 'core', say: { kind: 'view', view } });
    };
    const timer = setInterval(show, LOOK_MILLIS);

    const heard = (message: unknown): void => {
      if (!Value.Check(ToUpdater, message)) return;
      const { say } = message;
      switch (say.kind) {
        case 'look':
          shown = undefined;
          return show();
        case 'feel':
          return on.feel(say.health);
        case 'trust':
          return on.trust(say.anchors);
        case 'told':
          return owed.get(say.id)?.();
        case 'wish':
          void carriedOut(updates, say.wish).then(
            () => done(say.id, true),
            () => done(say.id, false),
          );
      }
    };
    const done = (id: number, ok: boolean): void => {
      show();
      send({ to: 'core', say: { kind: 'done', id, ok } });
    };
    return { heard, close: () => clearInterval(timer) };
  };
  return { tell, open };
};

const carriedOut = (updates: Updates, wish: Wish): Promise<UpdateState> => {
  switch (wish.kind) {
    case 'initialised':
      return updates.initialised();
    case 'check':
      return updates.check();
    case 'agree':
      return updates.agree(wish.digest);
    case 'postpone':
      return updates.postpone(wish.until);
    case 'choose':
      return updates.choose(wish.choice);
  }
};
