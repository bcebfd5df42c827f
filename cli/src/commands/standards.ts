import { readFileSync, statSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { Code, Language } from '@hearthward/standards';
// this alone, since every command waits for what its neighbours load
import { CODES } from '@hearthward/standards/codes';
import { badInput } from '../exit.ts';
import { json, say, table } from '../print.ts';
import { jsonOption } from '../options.ts';

const languageOption = (): Option =>
  new Option('--language <language>', 'language of the titles').choices(['en', 'ms']).default('en');

export const standardsCommand = (): Command => {
  const command = new Command('standards').description(
    'the four codes as data: rows, threats, crosswalk, recognition of flat lists',
  );

  command
    .command('list')
    .description('the codes and how many rows of which binding force they have')
    .addOption(jsonOption())
    .action(async (options: { json?: boolean }) => {
      const { codeLabel, rows } = await import('@hearthward/standards');
      const list = CODES.map((code) => {
        const all = rows(code);
        const mandatory = all.filter((row) => row.status === 'M').length;
        return {
          code,
          name: codeLabel(code).name,
          rows: all.length,
          mandatory,
          recommended: all.length - mandatory,
          conditional: all.filter((row) => row.conditions.length > 0).length,
        };
      });
      if (options.json) return json(list);
      say(
        table(
          ['code', 'rows', 'M', 'R', 'conditional', 'name'],
          list.map((row) => [
            row.code,
            String(row.rows),
            String(row.mandatory),
            String(row.recommended),
            String(row.conditional),
            row.name,
          ]),
        ),
      );
    });

  command
    .command('show')
    .description('the rows of a code, or one of them')
    .argument('<code>', `one of ${CODES.join(', ')}`)
    .argument('[ref]', 'a row, as the code prints it: 5.1-1, 6.1-a, AU-1-1')
    .addOption(languageOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExamples:\n  hearthward standards show mcmc-g045 AU-1-1\n  hearthward standards show etsi-en-303-645 --language ms --json',
    )
    .action(async (name: string, ref: string | undefined, options: { json?: boolean; language: Language }) => {
      const { corrections, rows, ties } = await import('@hearthward/standards');
      const code = codeNamed(name);
      const all = rows(code, options.language);
      const shown = ref === undefined ? all : all.filter((row) => row.ref === ref);
      if (shown.length === 0)
        throw badInput(`${code} has no row ${ref}: \`hearthward standards show ${code}\` lists its ${all.length} rows`);
      if (options.json) return json(shown.map(({ printed: _printed, corrections: _corrections, ...row }) => row));
      if (ref === undefined) {
        return say(
          table(
            ['row', 'status', 'title'],
            shown.map((row) => [row.ref, row.status + (row.conditions.length > 0 ? ' C' : ''), row.title]),
          ),
        );
      }
      for (const row of shown) {
        say(`${row.ref}  ${row.status === 'M' ? 'mandatory' : 'recommended'}\n${row.title}`);
        for (const condition of row.conditions) say(`applies where: ${condition}`);
        for (const tie of ties().filter((one) => one.code === code && one.ref === row.ref))
          say(`topic: ${tie.topic} (${tie.relation}${tie.differs ? `: ${tie.differs}` : ''})`);
        for (const threat of row.threats ?? []) say(`threat: ${threat}`);
        for (const correction of corrections().filter((one) => one.code === code && one.ref === row.ref))
          say(`correction: ${correction.reason}`);
      }
    });

  command
    .command('threats')
    .description('the threats of TC G045')
    .addOption(languageOption())
    .addOption(jsonOption())
    .action(async (options: { json?: boolean; language: Language }) => {
      const { threats } = await import('@hearthward/standards');
      const list = threats(options.language);
      if (options.json) return json(list);
      say(
        table(
          ['threat', 'title'],
          list.map((threat) => [threat.ref, threat.title]),
        ),
      );
    });

  command
    .command('crosswalk')
    .description('which rows of one code stand for which rows of another, and what differs')
    .argument('<codeA>', `one of ${CODES.join(', ')}`)
    .argument('<codeB>', 'another')
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  hearthward standards crosswalk etsi-en-303-645 mcmc-g044')
    .action(async (nameA: string, nameB: string, options: { json?: boolean }) => {
      const { crosswalk } = await import('@hearthward/standards');
      const list = crosswalk(codeNamed(nameA), codeNamed(nameB));
      if (options.json) return json(list);
      say(
        table(
          [nameA, nameB, 'relation', 'topic', 'what differs'],
          list.map((pair) => [pair.a, pair.b, pair.relation, pair.topic, pair.differs]),
        ),
      );
    });

  command
    .command('match')
    .description('recognise a flat list of requirements in the official wording, line by line, and name what it lacks')
    .argument('<file>', 'text file, one requirement a line')
    .addOption(new Option('--code <code>', 'the code that the list is of; otherwise the one that explains most lines'))
    .addOption(jsonOption())
    .addHelpText('after', '\nExample:\n  hearthward standards match requirements.txt --json')
    .action(async (file: string, options: { json?: boolean; code?: string }) => {
      const { ListTooLong, matchList } = await import('@hearthward/standards');
      const text = readText(file);
      const result = refusing(
        () => matchList(text, options.code === undefined ? {} : { code: codeNamed(options.code) }),
        (error) => error instanceof ListTooLong,
        file,
      );
      if (options.json) return json(result);
      const found = result.lines.filter((line) => line.ref !== null);
      if (found.length === 0) return say(`none of the ${result.lines.length} lines is recognised as a row of a code`);
      say(
        table(
          ['line', 'row', 'score', 'text'],
          result.lines.map((line) => [
            String(line.line),
            line.ref ?? '?',
            line.score.toFixed(2),
            line.text.slice(0, 80),
          ]),
        ),
      );
      say(
        `\n${result.code}: ${found.length} of ${result.lines.length} lines recognised; missing from the list: ${result.missing.join(', ') || 'none'}`,
      );
    });

  return command;
};

export const codeNamed = (name: string): Code => {
  const exact = CODES.find((code) => code === name);
  const short = CODES.filter((code) => code.startsWith(`${name}@`));
  if (exact ?? short[0]) return (exact ?? short[0]) as Code;
  throw badInput(`there is no code ${name}: the codes are ${CODES.join(', ')}`);
};

/** Turns the refusal of a room into bad input that names the file. */
const refusing = <T>(work: () => T, isRefusal: (error: unknown) => boolean, file: string): T => {
  try {
    return work();
  } catch (error) {
    if (isRefusal(error)) throw badInput(`${file}: ${(error as Error).message}`);
    throw error;
  }
};

/** Reads a text that people wrote; refuses what is not one. */
const MAX_LIST_BYTES = 4 << 20;
const readText = (file: string): string => {
  if (statSync(file).isDirectory()) throw badInput(`${file} is a folder: name a text file`);
  const bytes = readFileSync(file);
  if (bytes.length > MAX_LIST_BYTES)
    throw badInput(`${file} is larger than 4 MiB: give a list of requirements, one a line`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) throw badInput(`${file} is not UTF-8 text: save it as plain text`);
    throw error;
  }
};
