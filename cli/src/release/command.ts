import { Command } from 'commander';
import { buildCommand } from './build.ts';
import { imageCommand } from './image.ts';
import { keysCommand } from './keys.ts';
import { publishCommand } from './publish.ts';
import { signCommand } from './sign.ts';
import { statusCommand } from './status.ts';

/** Software updates, from a product’s package to what devices may be offered (docs/ceremonies.md). */
export const releaseCommand = (): Command => {
  const command = new Command('release').description('software updates: keys, releases, and what is published');
  for (const each of [keysCommand(), imageCommand(), buildCommand(), signCommand(), publishCommand(), statusCommand()])
    command.addCommand(each);
  return command;
};
