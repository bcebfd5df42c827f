import { Command } from 'commander';
import { badInput, wrongUsage } from '../exit.ts';
import { jsonOption } from '../options.ts';
import { json, say } from '../print.ts';
import { withMendable } from '../commands/ceremony.ts';

export const imageCommand = (): Command =>
  new Command('image')
    .description('the folder that a slot will hold, from a product’s package: JavaScript, what it runs with, no more')
    .argument('<package>', 'folder of the product’s package, installed with npm ci')
    .requiredOption('--out <folder>', 'a new folder')
    .option('--platform <os-cpu>', 'what the product runs on, as linux-arm64 (default: this machine)')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExample:\n  hearthward release image examples/hub --out ./image\n\nThe same packages give the same bytes. Ends with 65 and a line for each package that cannot be part of it.',
    )
    .action(async (product: string, options: { out: string; platform?: string; json?: boolean }) => {
      const { buildImage, readPlatform } = await import('@hearthward/services');
      const platform = options.platform === undefined ? undefined : readPlatform(options.platform);
      if (options.platform !== undefined && !platform)
        throw wrongUsage(`--platform ${options.platform}: name system and processor, as linux-arm64`);
      const { out } = options;
      const built = await withMendable(() => buildImage({ product, out, ...(platform ? { platform } : {}) }));
      if (!built.ok) {
        if (options.json) json(built);
        else for (const line of built.lines) process.stderr.write(`${line}\n`);
        throw badInput(CURES[built.code]);
      }
      const { packages, files, bytes } = built;
      if (options.json) return json({ folder: out, packages, files, bytes });
      return say(
        `${out}: ${bytes} bytes in ${files} files of ${packages} packages; release it with \`hearthward release build\``,
      );
    });

const CURES = {
  'package-not-found': 'there is no product; name the folder of its package',
  'not-installed': 'what is there is not what the lockfile says; run npm ci in the folder of package-lock.json',
  'files-not-listed': 'what ships stands in "files" of each package.json, as files and folders; mend what is named',
  'native-add-on':
    'add-ons for that platform are missing; install for it (npm ci --os OS --cpu CPU), or build where it runs',
  'compiler-missing': 'the lockfile’s compiler is not there; run npm ci with development packages',
  'compiler-refused': 'the compiler did not write it; mend what is named',
} as const;
