/** Hashing costs memory: at most `atOnce` tasks run, `waiting` more may queue, what comes then is refused. */
export interface Hashing {
  readonly run: <Result>(task: () => Promise<Result>) => Promise<Hashed<Result>>;
}
export type Hashed<Result> =
  | { readonly ok: true; readonly value: Result }
  | { readonly ok: false; readonly code: 'busy'; readonly because: string };

// EN 303 645 5.9-2, G044 6.9.2: guesses that come in a flood never take the device's memory
export function openHashing({ atOnce = 2, waiting = 32 } = {}): Hashing {
  let running = 0;
  const queue: (() => void)[] = [];
  // whoever waits gets the place handed over, so that nobody who comes meanwhile takes it too
  const leave = () => {
    const next = queue.shift();
    if (next) next();
    else running -= 1;
  };
  return {
    run: async (task) => {
      if (running >= atOnce) {
        if (queue.length >= waiting) return { ok: false, code: 'busy', because: 'too many logins at once' };
        await new Promise<void>((resolve) => queue.push(resolve));
      } else running += 1;
      try {
        return { ok: true, value: await task() };
      } finally {
        leave();
      }
    },
  };
}
