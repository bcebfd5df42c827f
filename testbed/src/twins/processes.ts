import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Starting } from '../real/unit.ts';
import type { Twin } from '../twin.ts';

/** Faults of how the product's processes are run. Their units are real processes, under the accounts that they have. */

const started = (
  name: string,
  id: 'least-privilege-software' | 'memory-protection',
  fault: string,
  how: Starting,
): Twin => ({
  name,
  case: id,
  topic: id,
  fault,
  unit: 'processes',
  made: { by: 'start', how },
});

export const PROCESS_TWINS: readonly Twin[] = [
  started('runs-all-as-root', 'least-privilege-software', 'what faces the network runs as root', {
    users: 'undefined',
  }),
  started(
    'shares-an-account',
    'least-privilege-software',
    'what faces the network has the account that holds the keys',
    {
      users: '{ ...ownUsers(), core: ownUsers().signer }',
    },
  ),
  started('changes-its-own-code', 'least-privilege-software', 'what faces the network owns the image that it runs', {
    afterwards: ({ dataDir }) => execFileSync('chown', ['-R', '60722:60722', join(dataDir, 'slots', 'a')]),
  }),
  started('lies-where-expected', 'memory-protection', 'its addresses are the same at each start', {
    through: ['setarch', '-R'],
  }),
  {
    name: 'writes-code-unsaid',
    case: 'memory-protection',
    topic: 'memory-protection',
    fault: 'memory is written and executed, and nobody says why',
    unit: 'processes',
    made: {
      by: 'declaration',
      alter: (good) => ({
        ...good,
        privilegeControls: good.privilegeControls.map(({ writableCodeBecause: _said, ...each }) => each),
      }),
    },
  },
];
