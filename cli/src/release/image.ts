import { Command } from 'commander';
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
        const { buildImage, readPlatform } = await import('@hearthward/services/desk');
        const platform = options.platform === undefined ? undefined : readPlatform(options.platform);
        if (options.platform !== undefined && !platform)
          throw wrongUsage(`--platform ${options.platform}: name system and processor, as linux-arm64`);
        const { out } = options;
        const built = await withMendable(() =>
          buildImage({
            product,
            out,
            ...(platform ? { platform } : {}),
            renewList: options.renewList === true,
            ...(options.obscure === undefined ? {} : { obscured: { maps: options.obscure } }),
          }),
        );
        if (!built.ok) {
          if (options.json) json(built);
          else for (const line of built.lines) process.stderr.write(`${line}\n`);
          throw badInput(CURES[built.code]);
        }
        const { packages, files, bytes, leftOut } = built;
        if (options.json) return json({ folder: out, packages, files, bytes, leftOut });
        return say(
          `${out}: ${bytes} bytes in ${files} files of ${packages} packages; left out, since nothing reaches it: ${leftOut.bytes} bytes in ${leftOut.files} files, ${leftOut.packages} packages of it whole; release it with \`hearthward release build\``,
        );
      },
    );

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
