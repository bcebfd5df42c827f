import { resolve } from 'node:path';
import { Command } from 'commander';
import type { ExaminedSlot } from '@hearthward/device';
import { EXIT } from '../exit.ts';
import { json, say } from '../print.ts';

/** The software of a device, from its data folder. */
export const integrityCommand = (): Command =>
  new Command('integrity')
    .description('find out whether the software in a data folder is what its maker signed')
    .requiredOption('--data <folder>', 'the data folder of a device, running or not')
    .option('--json', 'print what each slot holds as JSON')
    .addHelpText(
      'after',
      `
Follows signatures from the factory’s root to each slot, and holds every file against the signed manifest, as a start
does. Changes nothing. Whoever is signed in to the device has the same, and its settings, checked under Safety.
Exit code 1 where a slot holds something else, or no slot holds anything.

Example:
  hearthward device integrity --data .hearthward/hub`,
    )
    .action(async (options: { data: string; json?: true }) => {
      const { examineSoftware } = await import('@hearthward/device');
      const slots = await examineSoftware(resolve(options.data));
      if (options.json) json(slots);
      else for (const line of linesOf(slots)) say(line);
      const whole = slots.filter(({ holds }) => holds === 'whole').length;
      if (whole === 0 || slots.some(({ holds }) => holds === 'altered')) process.exitCode = EXIT.failing;
    });

const linesOf = (slots: readonly ExaminedSlot[]): readonly string[] =>
  slots.length === 0
    ? ['no record says what the slots hold']
    : slots.map((each) => {
        if (each.holds === 'nothing') return `slot ${each.slot}: empty`;
        if (each.holds === 'whole') return `slot ${each.slot}: release ${each.number}, whole`;
        return `slot ${each.slot}: release ${each.number}, altered (${each.because}: ${each.path})`;
      });
