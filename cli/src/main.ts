#!/usr/bin/env node
/**
 * The `hearthward` command: a thin door to the rooms. It parses words, opens the room that does the work, and turns
 * what comes back into print and an exit code. It refuses wrong usage (64) and bad input (65) in one line each, and
 * leaves every decision to the rooms.
 */
import { CommanderError } from 'commander';
import { EXIT, Refusal, refusalOf } from './exit.ts';
import { program } from './program.ts';

process.stdout.on('error', endQuietlyOnClosedPipe);
process.stderr.on('error', endQuietlyOnClosedPipe);

try {
  await program().parseAsync(process.argv);
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  } else {
    const refusal = error instanceof Refusal ? error : refusalOf(error);
    process.stderr.write(`hearthward: ${refusal.message}\n`);
    if (process.env['HEARTHWARD_DEBUG']) console.error(error);
    process.exitCode = refusal.exitCode;
  }
}

/** `hearthward … | head` closes the pipe: that is no fault. */
function endQuietlyOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
}
