import type { Twin } from '../twin.ts';
import { join } from 'node:path';
import { stageBoard } from '../shipped.ts';
import { part } from './access.ts';

/** A board on which somebody left something on. */
const leaves = (
  name: string,
  id: 'debug-interfaces' | 'physical-interfaces',
  fault: string,
  files: Readonly<Record<string, string>>,
): Twin => ({
  name,
  case: id,
  topic: id,
  fault,
  made: {
    by: 'artefact',
    plant: (target, dir) => ({
      ...target,
      artefacts: { ...target.artefacts, board: [stageBoard(join(dir, `board-${name}`), files)] },
    }),
  },
});

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
  leaves('leaves-its-console-on', 'debug-interfaces', 'its serial line has a console', {
    'sys/class/tty/console/active': 'ttyS0',
  }),
  leaves('has-an-undeclared-port', 'physical-interfaces', 'it reads any stick that is plugged in', {
    'sys/bus/usb/drivers/usb-storage/bind': '',
    'sys/bus/usb/devices/usb1/authorized_default': '1',
  }),
];
