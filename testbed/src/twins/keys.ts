import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from '@hearthward/assessor';
import type { Twin } from '../twin.ts';
import { withOneIdentity } from './channel.ts';

/** Faults of keys: whose they are, what they are for, how they live, and who wrote what uses them. */

export const KEY_TWINS: readonly Twin[] = [
  {
    name: 'shares-its-update-key',
    case: 'parameters-unique',
    topic: 'parameters-unique',
    fault: 'every unit checks its updates with one and the same symmetric key',
    made: { by: 'artefact', plant: (target) => inBoth(target, 'update.key', randomBytes(32)) },
  },
  {
    name: 'speaks-with-a-shared-key',
    case: 'parameters-unique',
    topic: 'parameters-unique',
    fault: 'every unit proves itself to the services with the key of the first',
    made: { by: 'artefact', plant: withOneIdentity },
  },
];

/** The same bytes in the storages of both units; they are copies that are made again for the next twin. */
function inBoth(target: Target, file: string, bytes: Uint8Array): Target {
  const { storage = [], otherStorage = [] } = target.artefacts ?? {};
  for (const folder of [...storage, ...otherStorage]) writeFileSync(join(folder, file), bytes);
  return target;
}
