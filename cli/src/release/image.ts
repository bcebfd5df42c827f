import { Command } from 'commander';
import type { BuiltImage, Platform } from '@hearthward/services/desk';
import { badInput, wrongUsage } from '../exit.ts';
import { jsonOption } from '../options.ts';
import { json, say } from '../print.ts';
import { withMendable } from '../commands/ceremony.ts';

export const imageCommand = (): Command =>
  new Command('image')
    .description('the folder that a slot will hold, from a product’s package: JavaScript, what it can reach, no more')
    .argument('<package>', 'folder of the product’s package, installed with npm ci')
    .requiredOption('--out <folder>', 'a new folder')
    .option('--platform <os-cpu>', 'what the product runs on, as linux-arm64 (default: this machine)')
    .option(
      '--obscure <maps>',
      'make programs of yours hard to read; the maps back to the sources go to this new folder',
    )
    .option('--renew-list', 'write what it holds into the list that its package.json names, for review')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExample:\n  hearthward release image examples/hub --out ./image\n\nThe same packages give the same bytes. Ends with 65 and a line for each package that cannot be part of it.',
    )
    .action(
      async (
        product: string,
        options: { out: string; platform?: string; renewList?: boolean; obscure?: string; json?: boolean },
      ) => {
        const { buildImage } = await import('@hearthward/services/desk');
        const { out } = options;
        const platform = await platformIn(options.platform);
        const built = await withMendable(() =>
          buildImage({
            product,
            out,
            ...platform,
            renewList: options.renewList === true,
            ...(options.obscure === undefined ? {} : { obscured: { maps: options.obscure } }),
          }),
        );
        return told(built, out, 'release it with `hearthward release build`', options.json === true);
      },
    );

export const firstStageCommand = (): Command =>
  new Command('first-stage')
    .description('the folder of a device that no update replaces: what verifies and starts its slots')
    .argument('<package>', 'folder of the product’s package, installed with npm ci')
    .requiredOption('--out <folder>', 'a new folder')
    .option('--platform <os-cpu>', 'what the product runs on, as linux-arm64 (default: this machine)')
    .option('--renew-list', 'write what it holds into the list that the runtime’s package.json names, for review')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nIt belongs where only the system writes, as /opt/hearthward, and starts by src/processes/loader.js (`hearthward device units`).\n\nExample:\n  hearthward release first-stage examples/hub --out ./first-stage',
    )
    .action(
      async (product: string, options: { out: string; platform?: string; renewList?: boolean; json?: boolean }) => {
        const { buildFirstStage } = await import('@hearthward/services/desk');
        const { out } = options;
        const platform = await platformIn(options.platform);
        const built = await withMendable(() =>
          buildFirstStage({ product, out, ...platform, renewList: options.renewList === true }),
        );
        return told(
          built,
          out,
          'copy it onto the device, and name it with `hearthward device units --loader`',
          options.json === true,
        );
      },
    );

const platformIn = async (named: string | undefined): Promise<{ readonly platform?: Platform }> => {
  if (named === undefined) return {};
  const { readPlatform } = await import('@hearthward/services/desk');
  const platform = readPlatform(named);
  if (!platform) throw wrongUsage(`--platform ${named}: name system and processor, as linux-arm64`);
  return { platform };
};

const told = (built: BuiltImage, out: string, next: string, asJson: boolean): void => {
  if (!built.ok) {
    if (asJson) json(built);
    else for (const line of built.lines) process.stderr.write(`${line}\n`);
    throw badInput(CURES[built.code]);
  }
  const { packages, files, bytes, leftOut } = built;
  if (asJson) return json({ folder: out, packages, files, bytes, leftOut });
  return say(
    `${out}: ${bytes} bytes in ${files} files of ${packages} packages; left out, since nothing reaches it: ${leftOut.bytes} bytes in ${leftOut.files} files, ${leftOut.packages} packages of it whole; ${next}`,
  );
};

const CURES = {
  'package-not-found': 'there is no product; name the folder of its package',
  'not-installed': 'what is there is not what the lockfile says; run npm ci in the folder of package-lock.json',
  'files-not-listed': 'what ships stands in "files" of each package.json, as files and folders; mend what is named',
  'native-add-on':
    'add-ons for that platform are missing; install for it (npm ci --os OS --cpu CPU), or build where it runs',
  'compiler-missing': 'the lockfile’s compiler is not there; run npm ci with development packages',
  'start-missing':
    'what a package.json starts is not what ships; mend "exports", "bin" or "hearthward.starts" of what is named',
  'not-as-listed':
    'what it holds is not what was agreed; take out what is new, or renew the list with --renew-list and have it reviewed',
  'too-large':
    'it weighs more than was agreed; take something out, or raise "hearthward.mostBytes" of its package.json',
  'compiler-refused': 'the compiler did not write it; mend what is named',
  'bundler-refused':
    'a package of others is not as it says; report it to whoever publishes it, or take another version',
} as const;
