import { closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { Label } from '@hearthward/protocol';
import type { Labelled } from '@hearthward/services';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { badInput, EXIT, wrongUsage } from '../exit.ts';
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
      const labels = readLabels(file);
      const { labelSvg, labelsPdf } = await import('@hearthward/services');
      const [only] = labels;
      if (options.format === 'svg' && labels.length !== 1)
        throw badInput(`${file} holds ${labels.length} labels: an SVG takes one, use --format pdf`);
      const drawn = await drawing(() =>
        options.format === 'svg' && only ? Buffer.from(labelSvg(only)) : labelsPdf(labels, options.paper),
      );
      writeSecret(options.out, drawn);
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

const LabelFile = Type.Object(
  {
    model: Type.String({ minLength: 1, maxLength: 60 }),
    serial: Type.String({ pattern: '^[A-Z0-9]{6,32}$' }),
    password: Type.String({ pattern: '^[a-z0-9]{16,32}$' }),
    fingerprint: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    address: Type.String({ pattern: '^https://[!-~]{1,100}$' }),
  },
  { additionalProperties: false },
);

const MOST_BYTES = 64 << 20;
const MOST_LABELS = 10_000;

const readText = (file: string): string => {
  const found = statSync(file);
  if (!found.isFile()) throw badInput(`${file} is no file: name one`);
  if (found.size > MOST_BYTES) throw badInput(`${file} is larger than 64 MiB: give fewer labels at once`);
  return readFileSync(file, 'utf8');
};

const readLabels = (file: string): readonly Label[] => {
  const text = readText(file);
  let hostile: unknown;
  try {
    // boundary label-file: a file that the factory names -> LabelFile, at most 64 MiB, else says what is wrong;
    // cli/test/factory.test.ts
    hostile = JSON.parse(text);
  } catch {
    // what the parser says would quote the file, which may hold a password
    throw badInput(`${file} is not JSON: give a label, or a list of them`);
  }
  const list: readonly unknown[] = Array.isArray(hostile) ? hostile : [hostile];
  if (list.length === 0 || list.length > MOST_LABELS)
    throw badInput(`${file} holds ${list.length} labels: give 1 to ${MOST_LABELS}`);
  return list.map((each, index) => {
    if (Value.Check(LabelFile, each)) return each;
    const [first] = Value.Errors(LabelFile, each);
    throw badInput(`${file}: label ${index + 1} ${first?.instancePath ?? ''} ${first?.message ?? 'is none'}`);
  });
};

const readBatch = (file: string): readonly Labelled[] => {
  const [head = '', ...lines] = readText(file)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '');
  const names = head.split(',').map((name) => name.trim().toLowerCase());
  const [serial, mac, password] = ['serial', 'mac', 'password'].map((name) => names.indexOf(name));
  if (serial === undefined || mac === undefined || password === undefined || Math.min(serial, mac, password) < 0)
    throw badInput(`${file}: the first line must name the columns serial, mac and password`);
  return lines.map((line, index) => {
    const cells = line.split(',').map((cell) => cell.trim());
    if (cells.length !== names.length)
      throw badInput(`${file}: line ${index + 2} has ${cells.length} cells, the first line names ${names.length}`);
    return { serial: cells[serial] ?? '', mac: cells[mac] ?? '', password: cells[password] ?? '' };
  });
};

/** A new file, for this user alone from its first byte; one that is there already is left as it is. */
const writeSecret = (file: string, bytes: Uint8Array): void => {
  const open = openSync(file, 'wx', 0o600);
  try {
    writeFileSync(open, bytes);
  } finally {
    closeSync(open);
  }
};
