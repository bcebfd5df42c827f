import { Command, Option } from 'commander';
import { assessCommand, draftCommand } from './commands/assess.ts';
import { diffCommand, judgeCommand, statementCommand, verifyCommand } from './commands/evidence.ts';
import { deviceCommand, factoryCommand, servicesCommand } from './commands/run.ts';
import { productCommand } from './commands/product.ts';
import { standardsCommand } from './commands/standards.ts';
import { startCommand } from './commands/start.ts';
import { twinsCommand } from './commands/twins.ts';

export const program = (): Command => {
  const root = new Command('hearthward')
    .description('Build, run and prove connected consumer products that meet the consumer-IoT security baseline.')
    .version('0.1.0', '-V, --version')
    .showHelpAfterError('(--help lists what there is)')
    .addHelpText(
      'after',
      '\nExit codes: 0 nothing fails; 1 a row FAILs or a mandatory row is N; 2 with --strict, rows are undecided;\n64 wrong usage; 65 bad input; 70 a fault of ours.',
    );
  for (const command of [
    startCommand(),
    standardsCommand(),
    productCommand(),
    factoryCommand(),
    deviceCommand(),
    servicesCommand(),
    draftCommand(),
    assessCommand(),
    judgeCommand(),
    verifyCommand(),
    diffCommand(),
    statementCommand(),
    twinsCommand(),
  ]) {
    root.addCommand(command);
  }
  throwInsteadOfExit(root);
  return root;
};

export const jsonOption = (): Option => new Option('--json', 'print data as JSON');

/** Name of a new evidence folder: 20260101T120000Z. */
export const stamp = (): string => new Date().toISOString().replace(/[-:]|\.\d+/g, '');

/** Commander ends the process by itself otherwise, and with a code of its own. */
const throwInsteadOfExit = (command: Command): void => {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExit(child);
};
