import { Command } from 'commander';
import { buildCommand } from './build.ts';
import { firstStageCommand, imageCommand } from './image.ts';
import { keysCommand } from './keys.ts';
import { publishCommand } from './publish.ts';
import { signaturesCommand } from './signatures.ts';
import { signCommand } from './sign.ts';
import { approveCommand, haltCommand, resumeCommand, stageCommand } from './rollout.ts';
import { statusCommand } from './status.ts';

/** Software updates, from a product’s package to what devices may be offered (docs/ceremonies.md). */
export const releaseCommand = (): Command => {
  const command = new Command('release').description('software updates: keys, releases, and what is published');
  const commands = [
    keysCommand(),
    imageCommand(),
    firstStageCommand(),
    buildCommand(),
    signaturesCommand(),
    signCommand(),
    publishCommand(),
    stageCommand(),
    haltCommand(),
    approveCommand(),
    resumeCommand(),
    statusCommand(),
  ];
  for (const each of commands) command.addCommand(each);
  return command;
};
