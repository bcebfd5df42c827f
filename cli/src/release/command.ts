import { Command } from 'commander';
import { buildCommand } from './build.ts';
import { keysCommand } from './keys.ts';
import { publishCommand } from './publish.ts';
import { signCommand } from './sign.ts';
import { statusCommand } from './status.ts';

/** Software updates, from the folder of an image to what devices may be offered (docs/ceremonies.md). */
export const releaseCommand = (): Command => {
  const command = new Command('release').description('software updates: keys, releases, and what is published');
  for (const each of [keysCommand(), buildCommand(), signCommand(), publishCommand(), statusCommand()])
    command.addCommand(each);
  return command;
};
