import { join } from 'node:path';
import { Command, Option } from 'commander';
import { EXIT } from '../exit.ts';
import { json, Progress, say } from '../print.ts';
import { jsonOption, stamp } from '../program.ts';
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
    .addOption(jsonOption())
    .action(async (target: string, options: AssessOptions) => {
      const { assessAndReport } = await import('../assessing.ts');
      const progress = new Progress();
      const stopping = new AbortController();
      const onSignal = () => stopping.abort();
      process.once('SIGINT', onSignal);
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
        if (options.json) json(statements);
        say(folder);
        process.exitCode = code;
      } finally {
        process.off('SIGINT', onSignal);
      }
    });

export const draftCommand = (): Command =>
  new Command('draft')
    .description('write a target file for a product from its declaration, with every blank that its owner must fill in')
    .argument('<declaration>')
    .action(async (file: string) => {
      const { declarationIn, today } = await import('./product.ts');
      const declaration = await declarationIn(file);
      json({
        schema: 'hearthward/target/1',
        declaration: file,
        authorisation: {
          by: 'FILL IN: who allows it',
          statement: 'FILL IN: what is allowed',
          until: today(),
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
