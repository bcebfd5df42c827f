/**
 * What one device says is done one after the other, in the order in which it came: who somebody is, then what they allowed,
 * then their data. What different devices say waits for nobody.
 */
export interface Turns {
  readonly take: <T>(deviceId: string, work: () => Promise<T>) => Promise<T>;
  /** resolves when all that was taken of this device is done, however it ended; undefined where nothing is */
  readonly over: (deviceId: string) => Promise<unknown> | undefined;
}

export function openTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return {
    take(deviceId, work) {
      const done = (last.get(deviceId) ?? Promise.resolve()).then(work);
      const over = done.then(
        () => undefined,
        () => undefined,
      );
      last.set(deviceId, over);
      void over.then(() => last.get(deviceId) === over && last.delete(deviceId));
      return done;
    },
    over: (deviceId) => last.get(deviceId),
  };
}
