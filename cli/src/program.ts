import { Command } from 'commander';
import { assessCommand, draftCommand } from './commands/assess.ts';
import { authorityCommand } from './commands/authority.ts';
import { diffCommand, judgeCommand, reviewCommand, statementCommand, verifyCommand } from './commands/evidence.ts';
import { factoryCommand } from './commands/factory.ts';
import { deviceCommand, servicesCommand } from './commands/run.ts';
import { privacyCommand } from './privacy/command.ts';
import { productCommand } from './commands/product.ts';
import { releaseCommand } from './release/command.ts';
import { standardsCommand } from './commands/standards.ts';
import { startCommand } from './commands/start.ts';
import { twinsCommand } from './commands/twins.ts';

export const program = (): Command => {
  const root = new Command('hearthward')
    .description('Build, run and prove connected consumer products that meet the consumer-IoT security baseline.')
    .version('0.1.0', '-V, --version')
    .addHelpText(
      'after',
      `
Examples:
  hearthward start --once                           the whole line, from the factory to the statement
  hearthward standards show etsi-en-303-645 5.1-1   one row of a code
  hearthward product check declaration.ts           every mistake in a declaration, with its cure
  hearthward assess target.json                     prove a running product from outside

Exit codes: 0 nothing fails; 1 a row FAILs or a mandatory row is N; 2 with --strict, rows are undecided;
64 wrong usage; 65 bad input; 70 a fault of ours; 130 interrupted before it was done.
Colours only on a terminal, and none where NO_COLOR is set; HEARTHWARD_DEBUG=1 prints traces.`,
    );
  for (const command of [
    startCommand(),
    standardsCommand(),
    productCommand(),
    factoryCommand(),
    authorityCommand(),
    releaseCommand(),
    deviceCommand(),
    servicesCommand(),
    privacyCommand(),
    draftCommand(),
    assessCommand(),
    reviewCommand(),
    judgeCommand(),
    verifyCommand(),
    diffCommand(),
    statementCommand(),
    twinsCommand(),
  ]) {
    root.addCommand(command);
  }
  refuseInOneLine(root, ['hearthward']);
  return root;
};

/** Commander would end the process by itself, with a code of its own, and print a page where a line will do. */
const refuseInOneLine = (command: Command, path: readonly string[]): void => {
  const words = path.join(' ');
  command.exitOverride();
  command.configureOutput({
    outputError: (text, write) => {
      const line = text
        .replace(/^error: /, '')
        .replace(/\s*\n\s*/g, ' ')
        .replace(/[.\s]+$/, '');
      write(`hearthward: ${line}; \`${words} --help\` says what there is\n`);
    },
  });
  const names = command.commands.map((child) => child.name());
  if (names.length > 0 && path.length > 1) {
    command.allowExcessArguments().action(() => {
      const [given] = command.args;
      const what = given === undefined ? 'it needs a command' : `there is no command ${given}`;
      command.error(`${what}: choose one of ${names.join(', ')}`);
    });
  }
  for (const child of command.commands) refuseInOneLine(child, [...path, child.name()]);
};
