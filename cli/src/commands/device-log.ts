import { resolve } from 'node:path';
import { Command } from 'commander';
import type { LogVerdict } from '@hearthward/device';
import { EXIT } from '../exit.ts';
import { json, say } from '../print.ts';

/** The security log of a device, from its data folder. */
export const logCommand = (): Command => {
  const command = new Command('log').description('the security log of a device');
  command
    .command('verify')
    .description('find out whether the log in a data folder is as the device wrote it')
    .requiredOption('--data <folder>', 'the data folder of a device that does not run')
    .option('--json', 'print the verdict as JSON')
    .addHelpText(
      'after',
      `
Tells entries that are changed, missing, moved or cut off, older ones that went although there was room, and a log that
was put back; where, by priority and place. Changes nothing. For devices whose keys are guarded by software.
Exit code 1 where the log is not as it was written.

Example:
  hearthward device log verify --data .hearthward/hub`,
    )
    .action(async (options: { data: string; json?: true }) => {
      const { examineLog } = await import('@hearthward/device');
      const verdict = await examineLog(resolve(options.data));
      if (options.json) json(verdict);
      else for (const line of linesOf(verdict)) say(line);
      if (!verdict.ok) process.exitCode = EXIT.failing;
    });
  return command;
};

const linesOf = (verdict: LogVerdict): readonly string[] => {
  if (verdict.ok) return [`whole: ${verdict.entries} entries, ${verdict.unsealed} of all written under no seal yet`];
  return verdict.findings.map((finding) =>
    'priority' in finding ? `${finding.what}: ${finding.priority} entry ${finding.place}` : finding.what,
  );
};
