import { Command, Option } from 'commander';
import { wrongUsage } from '../exit.ts';

export const startCommand = (): Command =>
  new Command('start')
    .description(
      'run the whole line: services, a factory that makes one hub, its set-up, telemetry, and the assessment of the running hub',
    )
    .option('--once', 'end after the statement, with the exit code that it deserves')
    .option('--data <folder>', 'where everything is kept; the next start resumes from it', '.hearthward')
    .option('--port-base <number>', 'first of the ports that are used', '8440')
    .addOption(new Option('--strict', 'exit code 2 where rows are INCONCLUSIVE or undetermined'))
    .action(async (options: { once?: boolean; data: string; portBase: string; strict?: boolean }) => {
      const portBase = Number(options.portBase);
      if (!Number.isInteger(portBase) || portBase < 1024 || portBase > 65_000)
        throw wrongUsage(`--port-base ${options.portBase}: give a whole number from 1024 to 65000`);
      const { start } = await import('../start/start.ts');
      process.exitCode = await start({
        once: options.once === true,
        data: options.data,
        portBase,
        strict: options.strict === true,
      });
    });
