import type { ToControl } from './messages.ts';

/**
 * The last command of the control loop, for a loop that has to begin again. In memory alone: a command may say how people
 * live, and whoever keeps it has no key to seal it with. After a power cut core says it again from what it keeps sealed,
 * as soon as it is up; until then the loop holds what it holds without a command.
 */
// EN 303 645 5.4-1, G045 DS-1-3: what people command lies nowhere in clear
export const keepCommand = () => {
  let last: ToControl = { to: 'control' };
  return {
    last: (): ToControl => last,
    keep: (command: ToControl): void => {
      last = command;
    },
  };
};
