/** Again and again until what this gives is called; work that fails is told, and the next time comes all the same. */
export const every = (
  millis: number,
  work: () => void | Promise<void>,
  fault: (thrown: unknown) => void,
): (() => void) => {
  const timer = setInterval(() => {
    Promise.resolve().then(work).catch(fault);
  }, millis);
  return () => clearInterval(timer);
};
