import { Command } from 'commander';
import { badInput } from '../exit.ts';
import { jsonOption } from '../options.ts';
import { json, Progress, say, table } from '../print.ts';
import { withMendable } from '../commands/ceremony.ts';
import { readSmall, repeated } from './room.ts';

interface Building {
  readonly words: string;
  readonly out: string;
  readonly from: readonly string[];
  readonly exploited: string;
  readonly osv: readonly string[];
  readonly decisions?: string;
  readonly builder?: string;
  readonly json?: boolean;
}

export const buildCommand = (): Command =>
  new Command('build')
    .description('a release folder from an image: built twice, with packs, bill of materials and provenance')
    .argument('<image>', 'folder with what a slot will hold')
    .requiredOption('--words <file>', 'JSON: version, number, models, what is new, which risks go away, …')
    .requiredOption('--exploited <file>', 'catalogue of known exploited vulnerabilities (CISA’s JSON)')
    .addOption(repeated('--osv <path>', 'OSV records, a file or a folder, that say which versions are affected'))
    .option('--decisions <file>', 'what was decided about findings: a list of ours, or OpenVEX')
    .addOption(repeated('--from <folder>', 'earlier release folder, to make a delta from'))
    .option('--builder <uri>', 'address of who builds, for the provenance')
    .requiredOption('--out <folder>', 'a new folder')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExample:\n  hearthward release build ./image --words 1.2.0.json --exploited kev.json --osv ./osv --decisions decisions.json --from ./1.1.0 --out ./1.2.0\n\nEnds with 65 and a line for each file that an image cannot have, or component with a hole that is exploited and that nobody answers for.',
    )
    .action(async (image: string, options: Building) => {
      const services = await import('@hearthward/services/desk');
      const words = services.readWords(readSmall(options.words));
      if (!words.ok) throw manyLines(words.lines, `${options.words} does not describe a release`);
      const progress = new Progress();
      const { builder } = options;
      const built = await withMendable(() =>
        services.buildRelease({
          image,
          words: words.words,
          from: options.from,
          catalogue: services.readCatalogue(options.exploited, options.osv),
          decisions: options.decisions === undefined ? [] : services.readDecisions(options.decisions),
          out: options.out,
          progress: (step) => (step.endsWith('%') ? progress.passing(step) : progress.step(step)),
          ...(builder === undefined ? {} : { builder }),
        }),
      );
      progress.step(built.ok ? 'built, twice the same' : 'refused');
      if (!built.ok) {
        if (options.json) json(built);
        throw manyLines(options.json ? [] : built.lines, WHY[built.code]);
      }
      const { release, targets, findings, left } = built;
      if (options.json) return json({ folder: options.out, release, targets, findings, left });
      const rows = Object.values(targets).map(({ name, length, sha256 }) => [name, String(length), sha256]);
      say(table(['file', 'bytes', 'digest (SHA-256)'], rows));
      for (const version of left) say(`no delta from ${version}: it would save little`);
      for (const { vulnerability, component, decision } of findings)
        say(`${vulnerability} in ${component}: ${decision?.status} by ${decision?.who}, ${decision?.date}`);
      return say(
        `${options.out}: ${release.product} ${release.version}, twice the same; two people sign it with \`hearthward release sign\``,
      );
    });

const WHY = {
  'image-refused': 'that image cannot be released; mend what is named, and build again',
  'exploited-vulnerability': 'nothing was built; update what is named, or record a decision (--decisions)',
  'not-reproducible': 'it came out differently the second time; build where nobody writes to the folder',
  'earlier-release-refused': 'no delta can be made from that; name another release folder',
} as const;

/** A line on stderr for each, and the last says what to do. */
const manyLines = (lines: readonly string[], last: string) => {
  for (const line of lines) process.stderr.write(`${line}\n`);
  return badInput(last);
};
