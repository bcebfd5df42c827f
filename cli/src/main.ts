#!/usr/bin/env node
/**
 * The `hearthward` command: a thin door to the rooms. It parses words, opens the room that does the work, and turns
 * what comes back into print and an exit code. It refuses wrong usage (64) and bad input (65) in one line each, and
 * leaves every decision to the rooms.
 */
import { CommanderError } from 'commander';
import { EXIT, refusalOf } from './exit.ts';
import { program } from './program.ts';

process.stdout.on('error', endQuietlyOnClosedPipe);
process.stderr.on('error', endQuietlyOnClosedPipe);
// What a room lets fall outside of any call: still one line; the children end with their line to this process.
process.on('uncaughtException', (error) => process.exit(report(error)));

try {
  await program().parseAsync(process.argv);
} catch (error) {
  process.exitCode = error instanceof CommanderError ? usageCode(error) : report(error);
  // What an interrupted command still waits for is of no use to anybody.
  if (process.exitCode === EXIT.interrupted) process.exit();
}

function report(error: unknown): number {
  const refusal = refusalOf(error);
  process.stderr.write(`hearthward: ${refusal.message}\n`);
  if (process.env['HEARTHWARD_DEBUG']) console.error(error);
  return refusal.exitCode;
}

/** Commander has printed help, version or its one line. */
function usageCode(error: CommanderError): number {
  return error.exitCode === 0 ? EXIT.done : EXIT.usage;
}

/** `hearthward … | head` closes the pipe: that is no fault. */
function endQuietlyOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(EXIT.done);
  throw error;
}
