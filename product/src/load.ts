import { readFile, stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Value } from 'typebox/value';
import { explain } from './explain.ts';
import { oneLine, type Problem } from './problem.ts';
import { Declaration } from './schema/declaration.ts';

/** A declaration of every example together has 60 KiB; what is larger was not written by a person. */
export const DECLARATION_LIMIT_BYTES = 1_048_576;

export type Loaded =
  | { readonly ok: true; readonly declaration: Declaration; readonly path: string }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads a declaration: `.json`, or a `.ts` module that exports it as default or as `declaration`. A `.ts` file is run
 * by Node with the rights of this process: load only what you would run; take `.json` from strangers.
 *
 * @param path of the file; problems name it as given. Lint is apart: `lintDeclaration`.
 */
export async function loadDeclaration(path: string): Promise<Loaded> {
  const absolute = resolve(path);
  const text = await readText(absolute, path);
  if (typeof text !== 'string') return refuse(text);
  const read = extname(absolute) === '.ts' ? await importModule(absolute, path) : parseJson(text, path);
  if (!read.ok) return refuse(read.problem);
  const parsed = parseDeclaration(read.value, path);
  return parsed.ok ? { ...parsed, path: absolute } : parsed;
}

/** Holds a value against the schema; `file` is only the name under which problems are reported. */
export function parseDeclaration(
  value: unknown,
  file: string,
):
  | { readonly ok: true; readonly declaration: Declaration }
  | { readonly ok: false; readonly problems: readonly Problem[] } {
  if (Value.Check(Declaration, value)) return { ok: true, declaration: value };
  const found = explain(Declaration, value);
  if (found.length === 0) {
    return refuse(problem(file, 'schema', 'does not hold the schema of a declaration', 'compare it with an example'));
  }
  return { ok: false, problems: found.map((one) => ({ file, rule: 'schema', severity: 'error', ...one })) };
}

type Read = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: Problem };

async function readText(absolute: string, file: string): Promise<string | Problem> {
  const kind = extname(absolute);
  if (kind !== '.ts' && kind !== '.json') {
    return problem(file, 'file', 'is neither .ts nor .json', 'name the file of a declaration, as declaration.ts');
  }
  try {
    const facts = await stat(absolute);
    if (facts.isDirectory()) return problem(file, 'file', 'is a directory', 'name the declaration file in it');
    if (!facts.isFile()) return problem(file, 'file', 'is not a regular file', 'name a file on disk');
    if (facts.size > DECLARATION_LIMIT_BYTES) {
      return problem(file, 'file', `has ${facts.size} bytes`, `shorten it to ${DECLARATION_LIMIT_BYTES} bytes`);
    }
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(absolute));
    if (text.startsWith('\u{feff}')) {
      return problem(file, 'file', 'begins with a byte order mark', 'save it as UTF-8 without one');
    }
    if (text.trim() === '') return problem(file, 'file', 'is empty', 'write a declaration into it; see the examples');
    return text;
  } catch (fault) {
    return unreadable(fault, file);
  }
}

function unreadable(fault: unknown, file: string): Problem {
  const code = codeOf(fault);
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return problem(file, 'file', 'does not exist', 'check the path');
    case 'EACCES':
    case 'EPERM':
      return problem(file, 'file', 'may not be read', 'give this user the right to read it');
    case 'ERR_ENCODING_INVALID_ENCODED_DATA':
      return problem(file, 'file', 'is not UTF-8', 'save it as UTF-8');
    default:
      return problem(file, 'file', `cannot be read (${code ?? messageOf(fault)})`, 'check the file and its disk');
  }
}

function parseJson(text: string, file: string): Read {
  try {
    // boundary declaration: a file that somebody names -> Declaration, at most DECLARATION_LIMIT_BYTES, else each mistake with its cure;
    // product/test/load.test.ts
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch (fault) {
    const where = /line \d+ column \d+/.exec(messageOf(fault))?.[0] ?? endOf(text, messageOf(fault));
    const said = messageOf(fault)
      .replace(/ in JSON at position.*$/s, '')
      .replace(/, (\.\.\.)?".*" is not valid JSON$/s, '');
    return failed(
      file,
      'syntax',
      `is not JSON: ${oneLine(said)}${where === undefined ? '' : ` (${where})`}`,
      'mend the syntax there',
    );
  }
}

const endOf = (text: string, message: string): string | undefined =>
  message.includes('end of JSON') ? `line ${text.split('\n').length}` : undefined;

async function importModule(absolute: string, file: string): Promise<Read> {
  try {
    // The time of change is part of the address, so that a file that was mended is read again.
    const { mtimeMs } = await stat(absolute);
    const module = (await import(`${pathToFileURL(absolute).href}?changed=${mtimeMs}`)) as Record<string, unknown>;
    const value = module['default'] ?? module['declaration'];
    if (value === undefined) {
      return failed(file, 'file', 'exports no declaration', 'export it as default, or under the name `declaration`');
    }
    return { ok: true, value };
  } catch (fault) {
    return { ok: false, problem: notImported(fault, file) };
  }
}

function notImported(fault: unknown, file: string): Problem {
  const said = messageOf(fault);
  switch (codeOf(fault)) {
    case 'ERR_INVALID_TYPESCRIPT_SYNTAX':
    case 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX':
      return problem(
        file,
        'syntax',
        `is not TypeScript that Node runs: ${said}${lineOf(fault)}`,
        'mend the syntax there',
      );
    case 'ERR_MODULE_NOT_FOUND':
      return problem(file, 'file', said, 'mend the import, or install the package');
    default:
      return fault instanceof SyntaxError
        ? problem(file, 'syntax', `has a syntax error: ${said}${lineOf(fault)}`, 'mend the syntax there')
        : problem(file, 'file', `fails when it is run: ${said}`, 'mend the module so that it only exports data');
  }
}

/** Node puts `path:line` of a syntax error before the name of the error in its stack. */
function lineOf(fault: unknown): string {
  const line = fault instanceof Error ? /^[^\n]+:(\d+)\n/.exec(fault.stack ?? '')?.[1] : undefined;
  return line === undefined ? '' : ` (line ${line})`;
}

const codeOf = (fault: unknown): string | undefined =>
  fault instanceof Error && 'code' in fault ? String(fault.code) : undefined;

const messageOf = (fault: unknown): string => oneLine(fault instanceof Error ? fault.message : String(fault));

const failed = (...said: Parameters<typeof problem>): Read => ({ ok: false, problem: problem(...said) });

const refuse = (one: Problem): { readonly ok: false; readonly problems: readonly Problem[] } => ({
  ok: false,
  problems: [one],
});

const problem = (file: string, rule: string, message: string, cure: string): Problem => ({
  file,
  path: '',
  rule,
  message,
  cure,
  severity: 'error',
});
