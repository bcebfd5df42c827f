/**
 * Cases on two units run side by side. One that compares how long answers take has the machine for itself: it begins when
 * every other has ended or waits for time to pass, and none goes on before it has ended. First come, first served.
 */
export interface Turns {
  /** resolves when the case may begin */
  readonly take: (alone: boolean) => Promise<Turn>;
}
export interface Turn {
  /** others may have the machine while this is waited for */
  readonly while: (waiting: Promise<void>) => Promise<void>;
  readonly end: () => void;
}

interface Asking {
  readonly alone: boolean;
  readonly begin: () => void;
}

export function createTurns(): Turns {
  const asking: Asking[] = [];
  let running = 0;
  let taken = false;

  const next = (): void => {
    for (let first = asking[0]; first !== undefined && !taken; first = asking[0]) {
      if (first.alone && running > 0) return;
      asking.shift();
      running += 1;
      taken = first.alone;
      first.begin();
    }
  };
  const begin = (alone: boolean): Promise<void> =>
    new Promise((resolve) => {
      asking.push({ alone, begin: resolve });
      next();
    });
  const end = (alone: boolean): void => {
    running -= 1;
    if (alone) taken = false;
    next();
  };
  return {
    take: async (alone) => {
      await begin(alone);
      let [held, over] = [true, false];
      let coming: Promise<void> | undefined;
      const giveBack = (): void => {
        if (held) end(alone);
        held = false;
      };
      /** a case that was ended while it waited comes back once more, and has nothing to do */
      const comeBack = (): Promise<void> =>
        (coming ??= begin(alone).then(() => {
          [held, coming] = [true, undefined];
          if (over) giveBack();
        }));
      return {
        while: async (waiting) => {
          if (alone) return waiting;
          giveBack();
          try {
            await waiting;
          } finally {
            if (!over && !held) await comeBack();
          }
        },
        end: () => {
          over = true;
          giveBack();
        },
      };
    },
  };
}
