import { dirname, relative } from 'node:path';
import { DeviceFault } from '../../driver/faults.ts';
import type { Listen } from '../../seams.ts';
import type { SlotName } from '../../updates/slots/records.ts';
import { settleOwners } from './ownership.ts';
import { firstFreePort, surroundingsOf } from './surroundings.ts';
import { decideSeparation, describeNotApart, type Separation, type Users } from './users.ts';

/**
 * Before anything is started: whether each process gets an account of its own, and whose each file is then.
 * Faults: not-apart where it has to be and cannot; data-unreadable.
 */
export const separate = (given: {
  readonly dataDir: string;
  readonly users: Users | undefined;
  /** software that the processes load */
  readonly modules: readonly string[];
  readonly running: SlotName | undefined;
  /** ends with a fault rather than run everything as one user */
  readonly required: boolean;
}): Separation => {
  const { dataDir, users, modules, running, required } = given;
  const outside = modules.filter((path) => relative(dataDir, path).startsWith('..'));
  // the folder itself is opened as far as it has to be when its owners are settled
  const separation = decideSeparation(users, surroundingsOf([process.execPath, dirname(dataDir), ...outside]));
  if (separation.apart) settleOwners(dataDir, separation.users, running);
  else if (required)
    throw new DeviceFault(
      'not-apart',
      `The processes would run as one user: ${describeNotApart(separation)}`,
      'Mend that, or start without --apart.',
    );
  else if (separation.because !== 'not-declared')
    process.stderr.write(`Its processes run as one user: ${describeNotApart(separation)}.\n`);
  return separation;
};

/** Whether a listener is at a port that not everybody may open. */
export const needsLowPort = (listen: Listen): boolean => {
  const first = firstFreePort();
  return Object.values(listen).some(({ port }) => port !== 0 && port < first);
};
