import { join } from 'node:path';
import type { Plain } from '../../seams.ts';
import { openDocuments } from '../../updates/running/documents.ts';
import { systemDisk } from '../../updates/slots/disk.ts';
import type { ToControl } from './messages.ts';

/**
 * The last command of the control loop, durable, so that a power cut goes on with it. Unsealed: whoever keeps it has no
 * key, since it must be there when the keys are not. A damaged file is as good as none.
 */
// EN 303 645 5.9-1: after a power cut what was heated or locked is so again, before anything else is up
export const keepCommand = (dataDir: string, fault: (thrown: unknown) => void) => {
  const documents = openDocuments(systemDisk, join(dataDir, 'control'));
  const stored = documents.read(ROOM) as { readonly command?: Plain } | null | undefined;
  let last: ToControl = messageOf(stored?.command);
  return {
    last: (): ToControl => last,
    keep: (command: ToControl): void => {
      if (JSON.stringify(command) === JSON.stringify(last)) return;
      last = command;
      try {
        documents.write(ROOM, 'command' in command ? { command: command.command ?? null } : {});
      } catch (thrown) {
        // a full disk does not keep anybody from turning the heating down
        fault(thrown);
      }
    },
  };
};

const ROOM = 'command';
const messageOf = (command: Plain | undefined): ToControl => ({
  to: 'control',
  ...(command === undefined ? {} : { command }),
});
