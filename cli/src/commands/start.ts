import { Command, Option } from 'commander';
import { wrongUsage } from '../exit.ts';

export const startCommand = (): Command =>
  new Command('start')
    .description(
      'run the whole line: services, a factory that makes one hub, its set-up, telemetry, and the assessment of the running hub',
    )
    .option('--once', 'end after the statement, with the exit code that it deserves')
    .option('--data <folder>', 'where everything is kept; the next start resumes from it', '.hearthward')
    .option('--port-base <number>', 'first of the nine ports that are used; kept in the data folder (default: 8440)')
    .option(
      '--thorough',
      'some five minutes more: releases are offered, installed and refused, and a certificate is let come to its end',
    )
    .addOption(new Option('--strict', 'exit code 2 where rows are INCONCLUSIVE or undetermined'))
    .addHelpText(
      'after',
      `
Ctrl-C ends every process that was started: exit code 0 once everything is up, 130 before.

Examples:
  hearthward start                                   everything, up until Ctrl-C
  hearthward start --once                            everything once; the last line on stdout is the evidence folder
  hearthward start --once --thorough                 the same, and what the assessor needs minutes for
  hearthward start --data /tmp/two --port-base 9440  a second line beside the first`,
    )
    .action(
      async (options: { once?: boolean; data: string; portBase?: string; strict?: boolean; thorough?: boolean }) => {
        const portBase = options.portBase === undefined ? undefined : portIn(options.portBase);
        const { start } = await import('../start/start.ts');
        process.exitCode = await start({
          once: options.once === true,
          data: options.data,
          ...(portBase === undefined ? {} : { portBase }),
          strict: options.strict === true,
          thorough: options.thorough === true,
        });
      },
    );

const portIn = (text: string): number => {
  const port = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(port >= 1024 && port <= 65_000))
    throw wrongUsage(`--port-base ${text}: give a whole number from 1024 to 65000`);
  return port;
};
