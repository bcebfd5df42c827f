import { join, resolve } from 'node:path';
import { Command, Option } from 'commander';
import { EXIT } from '../exit.ts';
import { json, Progress, say } from '../print.ts';
import { stamp } from '../options.ts';
import { codeNamed } from './standards.ts';

interface AssessOptions {
  readonly code?: string[];
  readonly only?: string;
  readonly out: string;
  readonly key?: string;
  readonly strict?: boolean;
  readonly json?: boolean;
}

export const assessCommand = (): Command =>
  new Command('assess')
    .description('probe a running product from outside and write a statement for each code, with its evidence')
    .argument(
      '<target>',
      'target file: where the product stands, who allows it, and which declaration it is held against',
    )
    .option('--code <code...>', 'only these codes')
    .option('--only <refs>', 'only these rows or topics, separated by commas')
    .option('--out <folder>', 'where evidence folders go', 'evidence')
    .option(
      '--key <file>',
      'PEM file of the key that signs the evidence; made at first use, beside the evidence where not named',
    )
    .addOption(new Option('--strict', 'exit code 2 where rows are INCONCLUSIVE or undetermined'))
    .addOption(new Option('--json', 'print { folder, statements } as JSON'))
    .addHelpText(
      'after',
      `
The last line on stdout is the evidence folder. Progress goes to stderr.

Examples:
  hearthward assess target.json
  hearthward assess target.json --code etsi-en-303-645 --only 5.1-1,password-unique --out ./evidence`,
    )
    .action(async (target: string, options: AssessOptions) => {
      const { assessAndReport } = await import('../assessing.ts');
      const { abortOnSignals } = await import('../start/interrupt.ts');
      const progress = new Progress();
      const stopping = new AbortController();
      const signals = abortOnSignals(stopping);
      try {
        const { code, statements, folder } = await assessAndReport({
          targetFile: target,
          out: join(options.out, stamp()),
          ...(options.code ? { codes: options.code.map(codeNamed) } : {}),
          ...(options.only ? { only: options.only.split(',').map((word) => word.trim()) } : {}),
          ...(options.key ? { key: options.key } : {}),
          strict: options.strict === true,
          quiet: options.json === true,
          onStep: (text) => progress.step(text),
          signal: stopping.signal,
        });
        if (options.json) json({ folder, statements });
        else say(folder);
        process.exitCode = code;
      } finally {
        signals.release();
      }
    });

export const draftCommand = (): Command =>
  new Command('draft')
    .description('write a target file for a product from its declaration, with every blank that its owner must fill in')
    .argument('<declaration>', 'the product’s declaration (.ts or .json)')
    .addHelpText('after', '\nExample:\n  hearthward draft examples/hub/declaration.ts > target.json')
    .action(async (file: string) => {
      const { declarationIn } = await import('./product.ts');
      const declaration = await declarationIn(file);
      json({
        schema: 'hearthward/target/1',
        declaration: resolve(file),
        authorisation: {
          by: 'FILL IN: who allows it',
          statement: 'FILL IN: what is allowed',
          until: 'FILL IN: last day, as 2030-12-31',
          changes: false,
          destructive: false,
        },
        services: Object.fromEntries(
          declaration.softwareServices.map((service) => [
            service.id,
            { url: `${service.protocol}://127.0.0.1:${service.port}` },
          ]),
        ),
        associatedServices: Object.fromEntries(
          declaration.associatedServices.map((service) => [
            service.id,
            { url: `${service.protocol}://127.0.0.1:${service.port}` },
          ]),
        ),
        accounts: Object.fromEntries(
          declaration.authenticationMechanisms
            .filter((mechanism) => mechanism.login)
            .map((mechanism) => [mechanism.id, { user: 'FILL IN', passwordFile: 'FILL IN' }]),
        ),
        host: { address: '127.0.0.1' },
      });
      process.exitCode = EXIT.done;
    });
