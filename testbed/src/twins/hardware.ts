import type { Twin } from '../twin.ts';
import { part } from './access.ts';

/** Faults of what a product does with the hardware under it. */
export const HARDWARE_TWINS: readonly Twin[] = [
  part('tests-nothing-at-start', 'self-test', 'self-test', 'it tries none of its parts when it starts', () => ({
    selfTest: (state) => ({ state, effects: [] }),
  })),
  part(
    'finds-everything-well',
    'self-test',
    'self-test',
    'whatever its self-test finds, it says that all is in order',
    (good) => ({
      selfTest: (state, event) =>
        good.selfTest(state, event.kind === 'tried' ? { ...event, result: { ok: true, millis: 1 } } : event),
    }),
  ),
  part('notices-nothing', 'tamper-detection', 'tamper-detection', 'whoever opens it is noticed by nobody', () => ({
    tamper: () => (state) => ({ state, effects: [] }),
  })),
  part(
    'keeps-its-keys',
    'tamper-detection',
    'tamper-detection',
    'it tells that it was opened, and destroys none of the keys that it declares',
    (good) => ({
      tamper: (inputs) =>
        good.tamper(
          inputs.map(({ zeroises: _kept, ...input }) =>
            input.onTamper === 'zeroise' ? { ...input, onTamper: 'quarantine' } : input,
          ),
        ),
    }),
  ),
];
