import { Command } from 'commander';
import { badInput, EXIT, wrongUsage } from '../exit.ts';
import { json, paint, Progress, say, table } from '../print.ts';
import { jsonOption } from '../options.ts';

/** Each takes some hundred megabytes. */
const MOST_LANES = 16;

export const twinsCommand = (): Command =>
  new Command('twins')
    .description(
      'run every case against the good device and against its faulty twin: a case that cannot fail is a defect',
    )
    .option('--only <topic>', 'only the cases of this topic')
    .option(
      '--lanes <number>',
      'cases side by side, each lane with a line of its own (default: one for each core, 4 at most)',
    )
    .addOption(jsonOption())
    .action(async (options: { only?: string; lanes?: string; json?: boolean }) => {
      const lanes = Number(options.lanes ?? 1);
      if (!Number.isInteger(lanes) || lanes < 1 || lanes > MOST_LANES)
        throw wrongUsage(`--lanes ${options.lanes}: give a whole number from 1 to ${MOST_LANES}`);
      const { runTwins, TWINS } = await import('@hearthward/testbed');
      if (
        options.only !== undefined &&
        !TWINS.some((twin) => twin.topic === options.only || twin.case === options.only)
      ) {
        throw badInput(
          `no twin has the topic ${options.only}: the topics are ${[...new Set(TWINS.map((twin) => twin.topic))].join(', ')}`,
        );
      }
      const progress = new Progress();
      const rows = await runTwins({
        lane: new URL('twins-lane.ts', import.meta.url),
        ...(options.only === undefined ? {} : { only: options.only }),
        ...(options.lanes === undefined ? {} : { lanes }),
        onProgress: (text) => progress.step(text),
      });
      if (options.json) json(rows);
      else {
        say(
          table(
            ['case', 'topic', 'good', 'twin', 'caught'],
            rows.map((row) => [row.case, row.topic, row.good, row.twin, row.caught ? 'yes' : paint('red', 'NO')]),
          ),
        );
        const told = rows.filter((row) => row.told);
        const again = rows.filter((row) => row.again);
        const second = again.length > 0 ? `; at a second look, alone: ${again.map((row) => row.twin).join(', ')}` : '';
        say(`\n${rows.length} twins, ${told.length} told from the good device${second}`);
      }
      process.exitCode = rows.every((row) => row.told) ? EXIT.done : EXIT.failing;
    });
