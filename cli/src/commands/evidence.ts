import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { RowChange } from '@hearthward/assessor';
import { badInput, EXIT } from '../exit.ts';
import { json, say, table } from '../print.ts';
import { jsonOption } from '../options.ts';
import { codeNamed } from './standards.ts';

const FORMATS = ['html', 'md', 'csv', 'json'] as const;
type Format = (typeof FORMATS)[number];

export const judgeCommand = (): Command =>
  new Command('judge')
    .description(
      'judge the recorded observations of an evidence folder again, offline, and compare with the verdicts in it',
    )
    .argument('<folder>', 'evidence folder')
    .addOption(new Option('--strict', 'exit code 2 where rows are INCONCLUSIVE or undetermined'))
    .addOption(jsonOption())
    .action(async (folder: string, options: { json?: boolean; strict?: boolean }) => {
      const { exitCode, judgeFolder, recordedStatements, diffStatements, summary } =
        await import('@hearthward/assessor');
      const { shortfalls, summaryTable } = await import('../start/summary.ts');
      const result = judgeFolder(folder);
      if (!result.ok) throw badInput(`${folder}: ${result.file} ${result.because}`);
      if (options.json) json(result.statements);
      else {
        say(`${summaryTable(result.statements.map(summary))}\n${shortfalls(result.statements)}`);
        const changed = diffStatements(recordedStatements(folder), result.statements);
        for (const change of changed)
          say(
            `${change.code} ${change.ref}: recorded ${verdictOf(change.before)}, judged now ${verdictOf(change.after)}`,
          );
        say(
          changed.length === 0
            ? 'The same verdicts as recorded.'
            : `${changed.length} rows are judged otherwise than recorded: the rules have changed since.`,
        );
      }
      process.exitCode = exitCode(result.statements, { strict: options.strict === true });
    });

const verdictOf = (row: RowChange['before']): string =>
  row === undefined ? 'no such row' : `${row.support} ${row.verdict}`;

export const verifyCommand = (): Command =>
  new Command('verify')
    .description('check that an evidence folder is whole and as it was signed')
    .argument('<folder>', 'evidence folder')
    .option(
      '--key <file>',
      'public key (PEM) that must have signed it; without it the key in the folder is used and its fingerprint printed',
    )
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  hearthward verify evidence/20260101T120000Z --key laboratory.pub.pem')
    .action(async (folder: string, options: { key?: string; json?: boolean }) => {
      const { verifyFolder } = await import('@hearthward/assessor');
      const result = verifyFolder(folder, options.key ? { key: readFileSync(options.key, 'utf8') } : {});
      if (options.json) json(result);
      if (!result.ok) throw badInput(`${folder}: ${result.file} ${result.because}`);
      if (!options.json)
        say(
          `${folder}: ${result.files} files as signed by key ${result.keyId}${options.key ? '' : ' (named by the folder itself: pin it with --key)'}`,
        );
    });

export const reviewCommand = (): Command =>
  new Command('review')
    .description(
      'what is left for people: the claimed rows that no program could prove, and the record that closes each',
    )
    .argument('<folder>', 'evidence folder')
    .addOption(jsonOption())
    .action(async (folder: string, options: { json?: boolean }) => {
      const { judgeFolder } = await import('@hearthward/assessor');
      const judged = judgeFolder(folder);
      if (!judged.ok) throw badInput(`${folder}: ${judged.file} ${judged.because}`);
      const open = judged.statements.flatMap(({ code, rows }) =>
        rows
          .filter((row) => row.support === 'Y' && row.verdict === 'INCONCLUSIVE')
          .map(({ ref, status, reason = '' }) => ({ code, ref, status, reason, record: recordFor(`${code}/${ref}`) })),
      );
      if (options.json) return json(open);
      say(
        table(
          ['code', 'row', 'status', 'what is open'],
          open.map((row) => [row.code, row.ref, row.status, row.reason]),
        ),
      );
      say(
        `\n${open.length} rows are open. A reviewed document closes one: --json prints the record to fill in and to put under \`records\` of the target file.`,
      );
    });

/** A record of the target file, with every blank that the reviewer fills in. */
const recordFor = (topic: string) => ({
  topic,
  file: 'FILL IN: the document',
  sha256: 'FILL IN: its SHA-256',
  reviewer: 'FILL IN: who reviewed it',
  date: 'FILL IN: when',
  expires: 'FILL IN: until when it holds',
  verdict: 'PASS or FAIL',
});

export const diffCommand = (): Command =>
  new Command('diff')
    .description('rows whose support or verdict differs between two evidence folders')
    .argument('<folderA>', 'evidence folder before')
    .argument('<folderB>', 'evidence folder after')
    .addOption(jsonOption())
    .action(async (a: string, b: string, options: { json?: boolean }) => {
      const { diffFolders } = await import('@hearthward/assessor');
      const compared = diffFolders(a, b);
      if (!compared.ok) throw badInput(`${compared.file} ${compared.because}`);
      const { changes } = compared;
      if (options.json) return json(changes);
      if (changes.length === 0) return say('no row differs');
      say(
        table(
          ['code', 'row', 'before', 'after'],
          changes.map((change) => [change.code, change.ref, verdictOf(change.before), verdictOf(change.after)]),
        ),
      );
    });

export const statementCommand = (): Command =>
  new Command('statement')
    .description('the conformance statement of one code from an evidence folder')
    .argument('<folder>', 'evidence folder')
    .requiredOption('--code <code>', 'the code')
    .addOption(new Option('--format <format>', 'form of the statement').choices(FORMATS).default('md'))
    .addHelpText(
      'after',
      '\nExample:\n  hearthward statement evidence/20260101T120000Z --code mcmc-g044 --format html > statement.html',
    )
    .action(async (folder: string, options: { code: string; format: Format }) => {
      const { judgeFolder, renderStatement } = await import('@hearthward/assessor');
      const code = codeNamed(options.code);
      const judged = judgeFolder(folder, [code]);
      if (!judged.ok) throw badInput(`${folder}: ${judged.file} ${judged.because}`);
      const [statement] = judged.statements;
      if (!statement) throw badInput(`${folder} holds no statement for ${code}`);
      process.stdout.write(renderStatement(statement, options.format, judged.recorded.declaration));
      process.exitCode = EXIT.done;
    });
