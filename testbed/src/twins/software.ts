import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Twin } from '../twin.ts';

/** Faults of what ships: the good software, and beside it something of its makers. */
const shipsAlso = (name: string, fault: string, path: string, content: string | Uint8Array): Twin => ({
  name,
  case: 'code-minimisation',
  topic: 'code-minimisation',
  fault,
  made: {
    by: 'artefact',
    plant: (target, dir) => {
      const folder = join(dir, name);
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), content);
      return {
        ...target,
        artefacts: { ...target.artefacts, software: [...(target.artefacts?.software ?? []), folder] },
      };
    },
  },
});

export const SOFTWARE_TWINS: readonly Twin[] = [
  shipsAlso('ships-a-debugger', 'a debugger lies among its programs', 'usr/bin/gdbserver', '#!/bin/sh\n'),
  shipsAlso('ships-its-tests', 'its own tests ship with it', 'lib/login.test.js', "test('login', () => undefined);\n"),
];
