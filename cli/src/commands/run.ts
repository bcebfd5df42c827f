import { Command } from 'commander';
import { Refusal, EXIT } from '../exit.ts';
import { json, say } from '../print.ts';
import { jsonOption } from '../program.ts';

const hex = (value: number): string => (value & 255).toString(16).padStart(2, '0');

/** Doors to the parts that `start` runs together; each can be run by itself. */

const own = async (module: string, args: readonly string[]): Promise<void> => {
  const { spawn } = await import('node:child_process');
  const child = spawn(process.execPath, [new URL(module).pathname, ...args], { stdio: 'inherit' });
  const forward = (signal: NodeJS.Signals) => child.kill(signal);
  process.on('SIGINT', forward);
  process.on('SIGTERM', forward);
  const code = await new Promise<number>((resolve) => {
    child.once('exit', (status) => resolve(status ?? EXIT.done));
  });
  if (code !== 0) process.exitCode = code;
};

export const servicesCommand = (): Command => {
  const command = new Command('services').description('the manufacturer’s associated services');
  command
    .command('run')
    .description('run the services in the foreground')
    .requiredOption('--data <folder>')
    .requiredOption('--declaration <file...>', 'declarations of the products that they serve')
    .option('--https <address:port>', 'public pages, console and enrolment', '127.0.0.1:8440')
    .option('--mqtts <address:port>', 'messages of devices', '127.0.0.1:8441')
    .action(async (options: { data: string; declaration: string[]; https: string; mqtts: string }) => {
      const declarations = options.declaration.flatMap((file) => ['--declaration', file]);
      await own(import.meta.resolve('@hearthward/services/main'), [
        '--data',
        options.data,
        ...declarations,
        '--https',
        options.https,
        '--mqtts',
        options.mqtts,
      ]);
    });
  return command;
};

export const deviceCommand = (): Command => {
  const command = new Command('device').description('a device built on the runtime');
  command
    .command('run')
    .description('run a device in the foreground: the module that calls runDevice')
    .argument('<module>')
    .requiredOption('--data <folder>')
    .action(async (module: string, options: { data: string }) => {
      const { pathToFileURL } = await import('node:url');
      await own(pathToFileURL(module).href, ['--data', options.data]);
    });
  return command;
};

export const factoryCommand = (): Command => {
  const command = new Command('factory').description('the production line');
  command
    .command('passwords')
    .description('initial passwords of an unsold batch, for the statistics of an assessor (CSV: serial,mac,password)')
    .option('--count <n>', 'how many', '1000')
    .addOption(jsonOption())
    .action(async (options: { count: string; json?: boolean }) => {
      const count = Number(options.count);
      if (!Number.isInteger(count) || count < 1 || count > 1_000_000)
        throw new Refusal(EXIT.usage, `--count ${options.count}: give a whole number from 1 to 1000000`);
      const { makeBatchPasswords } = await import('@hearthward/services');
      const carriers = Array.from({ length: count }, (_, index) => ({ serial: `SAMPLE${String(index + 1).padStart(7, '0')}`, mac: `02:00:00:${hex(index >> 16)}:${hex(index >> 8)}:${hex(index)}` }));
      const passwords = makeBatchPasswords(carriers);
      const batch = carriers.map((carrier, index) => ({ ...carrier, password: passwords[index] ?? '' }));
      if (options.json) return json(batch);
      process.stdout.write(`serial,mac,password\n${batch.map((one) => `${one.serial},${one.mac},${one.password}\n`).join('')}`);
    });
  return command;
};

