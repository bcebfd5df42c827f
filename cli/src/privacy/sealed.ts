import { createReadStream, existsSync, readFileSync, renameSync, statSync } from 'node:fs';
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { Value } from 'typebox/value';
import { asked } from '../asking.ts';
import { badInput, EXIT, wrongUsage } from '../exit.ts';
import { writeNew } from '../new-file.ts';
import { jsonOption } from '../options.ts';
import { json, say } from '../print.ts';

/** What is sealed to a party: handed over by the manufacturer, opened by the party, and the party's key. */

export const sealed = (): Command =>
  new Command('sealed')
    .description('hands a declared party what devices have sealed to it: a file that the party alone can open')
    .argument('<party>', 'id of the declaration’s dataParties')
    .requiredOption('--data <folder>', 'data folder of the running services')
    .requiredOption('--out <file>', 'a new file, written by the services')
    .requiredOption('--who <people>', 'who hands it over, for the record')
    .requiredOption('--why <reason>', 'why, for the record: ten letters at least')
    .option('--since <date>', 'ISO 8601: what was sealed since, by the devices’ clocks; all that is kept where absent')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
A line of JSON for each sealed value. Left out are people whose erasure was asked, and items on consent that is not given now. At most 100,000
values in a file. The manufacturer can read none of it; the party opens it with \`hearthward privacy open\`.

Example:
  hearthward privacy sealed care --out care.jsonl --data ./services --who Alice --why "weekly, contract of 3 May"`,
    )
    .action(async (party: string, options: SealedOptions) => {
      const { data, out, who, why, since } = options;
      const wanted = { party, out: resolve(out), who, why, ...(since === undefined ? {} : { since }) };
      const { records, subjects } = await asked(data, { type: 'pass-sealed', ...wanted });
      if (options.json) return json({ records, subjects });
      say(`${records} values of ${subjects} pseudonyms in ${out}`);
    });
interface SealedOptions {
  readonly data: string;
  readonly out: string;
  readonly who: string;
  readonly why: string;
  readonly since?: string;
  readonly json?: boolean;
}

export const openSealed = (): Command =>
  new Command('open')
    .description(
      'opens what was sealed to this party: a line of JSON for each value that is whole, new and of its sender',
    )
    .argument('<file>', 'as `privacy sealed` wrote it')
    .requiredOption('--key <file...>', 'the party’s key, or keys while one follows another (`privacy sealing-key`)')
    .option('--seen <file>', 'remembers senders and numbers from one file to the next; made where it is absent')
    .addHelpText(
      'after',
      `
Prints { product, item, subject, n, at, fields }, and \`missing\` where the numbers leap. What was forged, repeated, put in another order or
comes from another sender than before is refused on stderr, a line each, with its code; the rest is printed. Exit code 65 where any was refused.
Without --seen each file stands alone: a value that an earlier file had is then taken again.

Example:
  hearthward privacy open care.jsonl --key care.pem --seen care-seen.json > values.jsonl`,
    )
    .action(async (file: string, { key: files, seen: seenFile }: { key: readonly string[]; seen?: string }) => {
      const { keysById, openRecord } = await import('@hearthward/protocol');
      const keys = keysById(files.map(privateKeyIn));
      const seen = await seenIn(seenFile);
      let n = 0;
      let refused = 0;
      for await (const line of linesOf(file)) {
        n += 1;
        const opened = openRecord(recordIn(line), keys, seen);
        if (!opened.ok) {
          refused += 1;
          process.stderr.write(`hearthward: line ${n} is refused: ${opened.because} (${opened.code})\n`);
          continue;
        }
        const { product, item, subject, parcel } = opened.record;
        const gap = opened.missing > 0 && (seenFile !== undefined || n > 1) ? { missing: opened.missing } : {};
        process.stdout.write(`${JSON.stringify({ product, item, subject, n: parcel.n, ...opened.said, ...gap })}\n`);
      }
      // after what was printed: a crash in between prints a value twice, never not at all
      if (seenFile !== undefined) replaceFile(seenFile, `${JSON.stringify(seen)}\n`);
      if (refused === 0) return;
      process.stderr.write(`hearthward: ${refused} of ${n} values were refused\n`);
      process.exitCode = EXIT.input;
    });

export const sealingKey = (): Command =>
  new Command('sealing-key')
    .description('makes a key for a party to whom devices seal, and prints its row for the declaration')
    .requiredOption('--out <file>', 'a new file for the private key (PEM), readable by one user')
    .option('--days <n>', 'how long devices seal to it', '730')
    .option('--suite <suite>', 'of the registry’s use sealing-to; the preferred one where absent')
    .addHelpText(
      'after',
      `
The party makes it, keeps the file, and gives the manufacturer the row: it belongs into sealingKeys of its row in dataParties. Make the next one
before the last day, and keep the old file for as long as values of its time may come.

Example:
  hearthward privacy sealing-key --out care.pem > row.json`,
    )
    .action(async ({ out, days, suite }: { out: string; days: string; suite?: string }) => {
      const { newRecipientKey, preferred, publicOf, statusOf } = await import('@hearthward/protocol');
      if (!/^[1-9]\d{0,3}$/.test(days)) throw wrongUsage(`${days} is no number of days from 1 to 9999`);
      const now = Date.now();
      const chosen = suite ?? preferred('sealing-to', now);
      if (statusOf('sealing-to', chosen, now) === 'refused') throw wrongUsage(`${chosen} is no suite that may be used`);
      const key = newRecipientKey(chosen as Parameters<typeof newRecipientKey>[0]);
      writeNew(out, String(key.export({ format: 'pem', type: 'pkcs8' })), 0o600);
      const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
      json({ suite: chosen, publicKey: publicOf(key), from: dayOf(now), until: dayOf(now + Number(days) * DAY) });
    });
const DAY = 86_400_000;

/** a file of 100,000 values is about 200 MB */
const LONGEST_FILE = 1_073_741_824;
/** longer than any parcel with what stands beside it */
const LONGEST_LINE = 20_000;
const LONGEST_SMALL = 67_108_864;

async function* linesOf(file: string): AsyncGenerator<string> {
  if (sizeOf(file) > LONGEST_FILE) throw badInput(`${file} is longer than any file of sealed values`);
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity }))
    if (line !== '') yield line;
}

function recordIn(line: string): unknown {
  if (line.length > LONGEST_LINE) return undefined;
  try {
    // boundary sealed-file: whoever carries what is sealed to a party -> SealedRecord, at most LONGEST_LINE, else the line is refused;
    // cli/test/sealed.test.ts
    return JSON.parse(line);
  } catch {
    // no JSON is no record
    return undefined;
  }
}

function privateKeyIn(file: string): KeyObject {
  if (sizeOf(file) > LONGEST_LINE) throw badInput(`${file} is no private key`);
  try {
    return createPrivateKey(readFileSync(file));
  } catch (error) {
    throw badInput(`${file} is no private key: bring the file that \`privacy sealing-key\` made`, { cause: error });
  }
}

async function seenIn(file: string | undefined) {
  const { nothingSeen, SeenParcels } = await import('@hearthward/protocol');
  if (file === undefined || !existsSync(file)) return nothingSeen();
  if (sizeOf(file) > LONGEST_SMALL) throw badInput(`${file} is longer than what is remembered`);
  const value = recordInFile(file);
  if (Value.Check(SeenParcels, value)) return value;
  throw badInput(`${file} is not what an earlier \`privacy open\` remembered: name another, or bring it back`);
}

function recordInFile(file: string): unknown {
  try {
    // boundary seen-parcels: whoever can write the file of a party -> SeenParcels, at most LONGEST_SMALL, else ends with what is wrong;
    // cli/test/sealed.test.ts
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const sizeOf = (file: string): number => statSync(file).size;

/** The old one or the new one, whenever the power goes. */
function replaceFile(file: string, text: string): void {
  const next = `${file}.${process.pid}.next`;
  writeNew(next, text, 0o600);
  renameSync(next, file);
}
