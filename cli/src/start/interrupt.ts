import { EXIT, Refusal } from '../exit.ts';

/** Ctrl-C and its like, as the reason of an abort: what is under way ends, what was started is stopped, state stays. */
export class Interrupted extends Refusal {
  constructor() {
    super(EXIT.interrupted, 'interrupted before it was done; run the command again to go on');
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** From now until `release` the first signal aborts `stopping`; a second one ends this process at once. */
export const abortOnSignals = (stopping: AbortController): { readonly release: () => void } => {
  const onSignal = () => {
    release();
    stopping.abort(new Interrupted());
  };
  const release = () => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return { release };
};

/** Resolves with the reason. */
export const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });
