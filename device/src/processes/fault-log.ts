import { asFault } from '../driver/faults.ts';

const SAME_FAULT_EVERY = 60_000;

/** One line on stderr for each kind of fault, at most once a minute: the device goes on as far as it can. */
export const faultLog = (): ((thrown: unknown) => void) => {
  const last = new Map<string, number>();
  return (thrown) => {
    const fault = asFault(thrown);
    const now = performance.now();
    if (now - (last.get(fault.code) ?? -Infinity) < SAME_FAULT_EVERY) return;
    last.set(fault.code, now);
    process.stderr.write(`${fault.line}\n`);
  };
};
