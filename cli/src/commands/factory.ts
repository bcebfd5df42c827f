import { Command, Option } from 'commander';
import { badInput, EXIT, wrongUsage } from '../exit.ts';
import { writeNew } from '../new-file.ts';
import { jsonOption } from '../options.ts';
import { json, say } from '../print.ts';

/** The production line: labels to print, and batches to examine. A password is written only where it is asked for. */
export const factoryCommand = (): Command => {
  const command = new Command('factory').description('the production line');
  command.addCommand(samplesCommand());
  command.addCommand(checkBatchCommand());
  command.addCommand(labelCommand());
  return command;
};

const samplesCommand = (): Command =>
  new Command('samples')
    .description(
      'labels of a batch that is never sold, for the statistics of an assessor (CSV: serial,mac,password, on stdout)',
    )
    .option('--count <n>', 'how many, up to 1000000', '1000')
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  hearthward factory samples --count 5000 > batch.csv')
    .action(async (options: { count: string; json?: boolean }) => {
      const { batchCsv, drawSamples, SAMPLES_MOST } = await import('@hearthward/services');
      const count = /^\d+$/.test(options.count) ? Number(options.count) : Number.NaN;
      if (!(count >= 1 && count <= SAMPLES_MOST))
        throw wrongUsage(`--count ${options.count}: give a whole number from 1 to ${SAMPLES_MOST}`);
      const batch = drawSamples(count);
      if (options.json) json(batch);
      else process.stdout.write(batchCsv(batch));
    });

const checkBatchCommand = (): Command =>
  new Command('check-batch')
    .description('whether a batch of labels may leave the factory; ends with 1 and the reason where it may not')
    .argument('<file>', 'CSV with the columns serial, mac and password')
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  hearthward factory check-batch batch.csv\n\nNo password of it is printed.')
    .action(async (file: string, options: { json?: boolean }) => {
      const { checkBatch } = await import('@hearthward/services');
      const { readBatch } = await import('./label-files.ts');
      const batch = readBatch(file);
      const refused = checkBatch(batch);
      if (options.json)
        json(refused ? { ok: false, labels: batch.length, ...refused } : { ok: true, labels: batch.length });
      else if (refused) say(`${file}: refused, ${refused.because} (${refused.code})`);
      else say(`${file}: ${batch.length} labels, nothing speaks against them`);
      if (refused) process.exitCode = EXIT.failing;
    });

const labelCommand = (): Command =>
  new Command('label')
    .description('draws labels for the printer, with a QR code of address, fingerprint and password')
    .argument('<file>', 'JSON: a label, or a list of them')
    .addOption(new Option('--format <format>', 'svg takes one label').choices(['svg', 'pdf']).default('pdf'))
    .addOption(
      new Option('--paper <paper>', 'of a PDF: a page of 62 x 29 mm for each label, or sheets of A4')
        .choices(['label', 'a4'])
        .default('label'),
    )
    .requiredOption('--out <file>', 'a new file, which only this user can read: it holds passwords')
    .addHelpText(
      'after',
      '\nExample:\n  hearthward factory label labels.json --format pdf --paper a4 --out labels.pdf\n\nThe file holds passwords: print it, then destroy it and the labels’ JSON.',
    )
    .action(async (file: string, options: { format: 'svg' | 'pdf'; paper: 'label' | 'a4'; out: string }) => {
      const { readLabels } = await import('./label-files.ts');
      const labels = readLabels(file);
      const { labelSvg, labelsPdf } = await import('@hearthward/services');
      const [only] = labels;
      if (options.format === 'svg' && labels.length !== 1)
        throw badInput(`${file} holds ${labels.length} labels: an SVG takes one, use --format pdf`);
      const drawn = await drawing(() =>
        options.format === 'svg' && only ? Buffer.from(labelSvg(only)) : labelsPdf(labels, options.paper),
      );
      writeNew(options.out, drawn, 0o600);
      say(`${options.out}: ${labels.length === 1 ? '1 label' : `${labels.length} labels`}; print it, then destroy it`);
    });

/** A label that cannot be drawn is bad input. */
const drawing = async (draw: () => Buffer | Promise<Buffer>): Promise<Buffer> => {
  const { ServicesFault } = await import('@hearthward/services');
  try {
    return await draw();
  } catch (error) {
    if (error instanceof ServicesFault) throw badInput(error.message, { cause: error });
    throw error;
  }
};
