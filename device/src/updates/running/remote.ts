import { Value } from 'typebox/value';
import { DeviceFault } from '../../driver/faults.ts';
import { NOTHING_YET, type Notice, type UpdateState } from '../state.ts';
import type { UpdatesLink } from './link.ts';
import { OfUpdater, type ToUpdater, type UpdatesView, type Wish } from './messages.ts';

/** A wish that the updater does not answer in time may still be carried out; whoever wished is told to look again. */
const ANSWER_MILLIS = 15_000;

/** Core's end: a mirror of what the updater says, and a way to wish. Whatever comes is read by a schema first. */
export const remoteLink = (
  send: (message: ToUpdater) => void,
): UpdatesLink & { readonly heard: (message: unknown) => void } => {
  const waiting = new Map<number, (ok: boolean) => void>();
  let view: UpdatesView = { state: NOTHING_YET };
  let asked = 0;
  let told: ((notice: Notice) => void) | undefined;
  const say = (what: ToUpdater['say']): void => send({ to: 'updater', say: what });

  const wish = async (wished: Wish): Promise<UpdateState> => {
    const id = asked++;
    const ok = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(resolve, ANSWER_MILLIS, false);
      waiting.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      say({ kind: 'wish', id, wish: wished });
    });
    waiting.delete(id);
    if (!ok) throw new DeviceFault('not-running', 'The updater does not answer', 'Try again in a minute.');
    return view.state;
  };

  return {
    updates: {
      state: () => view.state,
      release: () => view.release,
      ended: () => view.ended,
      progress: () => view.progress,
      initialised: () => wish({ kind: 'initialised' }),
      check: () => wish({ kind: 'check' }),
      agree: (digest) => wish({ kind: 'agree', digest }),
      postpone: (until) => wish({ kind: 'postpone', until }),
      choose: (choice) => wish({ kind: 'choose', choice }),
    },
    hear: (hearer) => {
      told = hearer;
      say({ kind: 'look' });
    },
    feel: (health) => say({ kind: 'feel', health }),
    trust: (anchors) => say({ kind: 'trust', anchors: [...anchors] }),
    heard: (message) => {
      if (!Value.Check(OfUpdater, message)) return;
      const { say: said } = message;
      if (said.kind === 'view') ({ view } = said);
      else if (said.kind === 'done') waiting.get(said.id)?.(said.ok);
      else if (told) {
        // acknowledged once it is in core's store
        told(said.notice);
        say({ kind: 'told', id: said.id });
      }
    },
  };
};
