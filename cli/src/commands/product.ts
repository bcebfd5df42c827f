import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Command, Option } from 'commander';
import type { Declaration, Hardening, ProductState } from '@hearthward/product';
import { badInput, Refusal, EXIT } from '../exit.ts';
import { json, paint, say, table } from '../print.ts';
import { jsonOption } from '../options.ts';

export const productCommand = (): Command => {
  const command = new Command('product').description(
    'read, check and derive from a product declaration (.ts or .json)',
  );

  command
    .command('check')
    .description('schema and lint: every mistake with its file, its path in the file and its cure')
    .argument('<file>', 'declaration (.ts or .json)')
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  hearthward product check examples/hub/declaration.ts')
    .action(async (file: string, options: { json?: boolean }) => {
      const { claims, lintDeclaration, loadDeclaration } = await import('@hearthward/product');
      const loaded = await loadDeclaration(file);
      const problems = loaded.ok ? lintDeclaration(loaded.declaration, { today: today(), file }) : loaded.problems;
      const result = loaded.ok && problems.length === 0 ? loaded : { ok: false as const, problems };
      if (options.json) {
        json(result.ok ? { ok: true, problems: [] } : { ok: false, problems: result.problems });
      } else if (result.ok) {
        const notClaimed = claims(result.declaration);
        say(
          `${file}: in order; ${notClaimed.filter((claim) => claim.status === 'M').length} mandatory and ${notClaimed.filter((claim) => claim.status === 'R').length} recommended rows are declared as not met`,
        );
      } else {
        for (const problem of result.problems)
          say(`${problem.file}${problem.path}: ${problem.message}; ${problem.cure}`);
      }
      if (!result.ok)
        throw badInput(
          `${file}: ${result.problems.length} ${result.problems.length === 1 ? 'mistake' : 'mistakes'} to mend`,
        );
    });

  command
    .command('facts')
    .description('what the codes’ conditions ask of the product, and where the declaration answers it')
    .argument('<file>', 'declaration (.ts or .json)')
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  hearthward product facts examples/window-sensor/declaration.ts')
    .action(async (file: string, options: { json?: boolean }) => {
      const { factsWithReasons } = await import('@hearthward/product');
      const facts = factsWithReasons(await declarationIn(file));
      if (options.json) return json(facts);
      say(
        table(
          ['fact', 'holds', 'because'],
          facts.map((fact) => [
            fact.fact,
            fact.value === undefined ? 'unknown' : fact.value ? 'yes' : 'no',
            fact.because,
          ]),
        ),
      );
    });

  command
    .command('derive')
    .description('what is published from a declaration')
    .argument(
      '<what>',
      'mud (RFC 8520), firewall (nftables), hardening (files of an image), ixit (TS 103 701 tables), notice (privacy), statement (conformance claims)',
    )
    .argument('<file>', 'declaration (.ts or .json)')
    .addHelpText(
      'after',
      '\nExamples:\n  hearthward product derive mud examples/hub/declaration.ts\n  hearthward product derive firewall examples/hub/declaration.ts --state quarantine\n  hearthward product derive notice examples/hub/declaration.ts --language ms\n\nThe rules of the firewall leave the addresses of the services empty; a running device fills them in. To do so by hand:\n  nft add element inet hearthward to_messages_4 { 192.0.2.1 }',
    )
    .addOption(
      new Option('--language <language>', 'language of the titles and the notice').choices(['en', 'ms']).default('en'),
    )
    .addOption(
      new Option('--state <state>', 'of the product, for the firewall')
        .choices(['factory-default', 'initialised', 'quarantine'])
        .default('initialised'),
    )
    .option('--out <folder>', 'writes the files of the hardening below this folder')
    .addOption(jsonOption())
    .action(async (what: string, file: string, options: Derived) => {
      const { firewallRules, hardening, ics, ixit, mudFile, notice } = await import('@hearthward/product');
      const declaration = await declarationIn(file);
      switch (what) {
        case 'mud':
          return json(mudFile(declaration, { today: today() }));
        case 'firewall':
          return say(firewallRules(declaration, { state: options.state }).trimEnd());
        case 'hardening':
          return sayHardening(hardening(declaration), options);
        case 'ixit':
          return say(ixit(declaration, options.json ? 'json' : 'md'));
        case 'notice':
          return say(notice(declaration, options.language, options.json ? 'json' : 'md'));
        case 'statement': {
          const claims = ics(declaration, options.language);
          if (options.json) return json(claims);
          for (const [code, rows] of Object.entries(claims)) {
            say(`\n${paint('bold', code)}`);
            say(
              table(
                ['row', 'status', 'support', 'reason'],
                rows.map((row) => [row.ref, row.status, row.support, row.reason ?? '']),
              ),
            );
          }
          return undefined;
        }
        default:
          throw new Refusal(
            EXIT.usage,
            `nothing called ${what} can be derived: choose mud, firewall, hardening, ixit, notice or statement`,
          );
      }
    });

  command
    .command('hardened')
    .description('holds the folder of an image against the hardening that the declaration asks for')
    .argument('<file>', 'declaration (.ts or .json)')
    .argument('<folder>', 'root of the image')
    .option('--command-line <text>', 'of its kernel, as its boot loader gives it; not looked at where absent')
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExample:\n  hearthward product hardened declaration.ts rootfs --command-line "quiet systemd.getty_auto=0"',
    )
    .action(async (file: string, folder: string, options: { json?: boolean; commandLine?: string }) => {
      const { hardening, notHardened } = await import('@hearthward/product');
      const wanted = hardening(await declarationIn(file));
      if (!existsSync(folder)) throw badInput(`${folder} is no folder`);
      const found = notHardened(wanted, folder, options.commandLine);
      if (options.json) json({ ok: found.length === 0, found });
      else for (const line of found) say(line);
      if (found.length > 0)
        throw new Refusal(EXIT.failing, `${folder}: ${found.length} of it not as the declaration has it`);
      if (!options.json) say(`${folder}: nothing is on that is declared as off`);
    });

  return command;
};

const sayHardening = (wanted: Hardening, { out, json: asJson }: Derived): void => {
  if (asJson) return json(wanted);
  for (const file of wanted.files) {
    const place = out === undefined ? undefined : join(out, file.path);
    if (place !== undefined) {
      mkdirSync(dirname(place), { recursive: true });
      rmSync(place, { force: true });
      if ('link' in file) symlinkSync(file.link, place);
      else writeFileSync(place, file.text);
    }
    say('link' in file ? `${file.path} -> ${file.link}` : `${file.path}\n${file.text.replace(/^(?=.)/gm, '  ')}`);
  }
  say(`the kernel's command line has: ${wanted.commandLine.join(' ')}`);
  say(`and no word that begins with: ${wanted.notInCommandLine.join(' ')}`);
  say(`the image has none of the programs: ${wanted.programs.join(' ')}`);
};

interface Derived {
  readonly json?: boolean;
  readonly out?: string;
  readonly language: 'en' | 'ms';
  readonly state: ProductState;
}

export const today = (): string => new Date().toISOString().slice(0, 10);

export const declarationIn = async (file: string): Promise<Declaration> => {
  const { loadDeclaration, problemLine } = await import('@hearthward/product');
  const result = await loadDeclaration(file);
  if (result.ok) return result.declaration;
  const [first] = result.problems;
  if (!first) throw badInput(`${file} cannot be read`);
  const more =
    result.problems.length > 1 ? ` (and ${result.problems.length - 1} more: \`hearthward product check ${file}\`)` : '';
  throw badInput(`${problemLine(first)}${more}`);
};
