import { extname } from 'node:path';
import { readFileSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import type { SignatureFormat } from '@hearthward/protocol';
import { badInput } from '../exit.ts';
import { json, say } from '../print.ts';
import { withMendable } from '../commands/ceremony.ts';
import { publishedIn, type Recorded, recorded } from './room.ts';

interface Proposing extends Recorded {
  readonly product: string;
  readonly freshDays: string;
  readonly out: string;
}

export const signaturesCommand = (): Command =>
  recorded('signatures')
    .description(
      'a folder with signatures of malware for a product’s scanner, to be signed and published like a release',
    )
    .argument('<file>', 'in a form of ClamAV’s: .hdb, .hsb or .ndb')
    .requiredOption('--product <id>', 'whose devices fetch it')
    .option('--fresh-days <n>', 'how long devices go by it; they refuse files when it is too old', '30')
    .requiredOption('--out <folder>', 'a new folder')
    .addHelpText(
      'after',
      '\nExample:\n  hearthward release signatures malware.ndb --product hub --fresh-days 30 --out ./set-8 --data ./services --who Alice --why "family X"\n\nThen two people sign it (`hearthward release sign`), and `hearthward release publish` takes it in. A product declares in\nmalwareProtection.signatureSet which form it takes, and for how many days at most.',
    )
    .action(async (file: string, options: Proposing) => {
      const limits = await import('@hearthward/protocol');
      const format = formatOf(file, limits.SIGNATURE_FORMATS);
      const services = await import('@hearthward/services/desk');
      const { product, out } = options;
      const state = await publishedIn(options.data);
      const made = await withMendable(() =>
        services.proposeSignatures(
          { clock: services.systemClock },
          state,
          out,
          {
            product,
            format,
            bytes: contentOf(file, limits.SIGNATURE_LIMITS.bytes),
            freshDays: Number(options.freshDays),
          },
          options,
        ),
      );
      if (!made.ok) throw badInput(`${file}: ${made.because} (${made.code})`);
      const { set, count } = made;
      if (options.json) return json({ folder: out, count, ...set });
      return say(
        `${out}: ${count} signatures, number ${set.number}, good until ${set.freshUntil}; two people sign it with \`hearthward release sign\``,
      );
    });

const formatOf = (file: string, formats: readonly SignatureFormat[]): SignatureFormat => {
  const found = formats.find((each) => extname(file) === `.${each}`);
  if (!found) throw badInput(`${file} is in no form that devices take: name a .hdb, .hsb or .ndb file`);
  return found;
};

const contentOf = (file: string, most: number): Buffer => {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile()) throw badInput(`${file} is no file: name one`);
  if (found.size > most) throw badInput(`${file} has more than ${most} bytes`);
  return readFileSync(file);
};
