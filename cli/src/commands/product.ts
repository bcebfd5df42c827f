import { Command, Option } from 'commander';
import type { Declaration, ProductState } from '@hearthward/product';
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
      'mud (RFC 8520), firewall (nftables), ixit (TS 103 701 tables), notice (privacy), statement (conformance claims)',
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
    .addOption(jsonOption())
    .action(async (what: string, file: string, options: Derived) => {
      const { firewallRules, ics, ixit, mudFile, notice } = await import('@hearthward/product');
      const declaration = await declarationIn(file);
      switch (what) {
        case 'mud':
          return json(mudFile(declaration, { today: today() }));
        case 'firewall':
          return say(firewallRules(declaration, { state: options.state }).trimEnd());
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
            `nothing called ${what} can be derived: choose mud, firewall, ixit, notice or statement`,
          );
      }
    });

  return command;
};

interface Derived {
  readonly json?: boolean;
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
