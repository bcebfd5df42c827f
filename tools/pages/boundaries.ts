import hub from '@hearthward/example-hub';
import { read, trackedFiles } from '../tree.ts';

/**
 * Where bytes of somebody else come in. Every line that turns bytes into values (JSON, a message of another process, a body, a
 * route) says which boundary it is, on the lines before it, or that it is none:
 *
 *   // boundary ID: SENDER -> SCHEMA, at most LIMIT, else WHAT HAPPENS; TEST, TEST
 *   // no boundary: why
 *
 * SCHEMA is a TypeBox schema or a reader of ours, LIMIT a constant or a number with its unit, each TEST a file. What is not
 * true of the tree is refused, so that the list cannot rot. What a product declares is read from its declaration.
 */
// EN 303 645 5.13-1, TS 103 645 4.13-1, G044 6.13.1
export interface Boundary {
  readonly id: string;
  readonly sender: string;
  readonly schema: string;
  readonly limit: string;
  readonly refusal: string;
  readonly tests: readonly string[];
  readonly file: string;
  readonly line: number;
}
export interface Reading {
  readonly file: string;
  readonly line: number;
  /** what stands before it; undefined where nothing is said */
  readonly says: Boundary | 'none' | undefined;
}

const ROOMS = /^(?:device|services|protocol|product|assessor|cli|examples)\/(?:src\/|[^/]+\/[^/]+\.ts$).*\.?ts$/;
const NOT_SOURCE = /\/test\/|\.d\.ts$/;
const READS =
  /\bJSON\.parse\(|\.on\('message'|\baddContentTypeParser\b|\bparseArgs\(|\bapp\.(?:post|put|patch|delete|route)\b[<(]/;
const COMMENT = /^\s*\/\/ ?/;
const MARK = /^boundary ([a-z0-9-]+): (.+?) -> ([A-Za-z]+), at most (.+?), else (.+?); (\S+\.ts(?:, \S+\.ts)*)$/;

/** Lines of a text that read what somebody else may have made, and lines that are said to. */
export const readingsIn = (text: string, file: string): readonly Reading[] => {
  const lines = text.split('\n');
  return lines.flatMap((content, index) => {
    if (COMMENT.test(content) || /^\s*\/?\*/.test(content)) return [];
    const says = saidBefore(lines, index, file);
    return says === undefined && !READS.test(content) ? [] : [{ file, line: index + 1, says }];
  });
};

const saidBefore = (lines: readonly string[], index: number, file: string): Reading['says'] => {
  let first = index;
  while (first > 0 && COMMENT.test(lines[first - 1] ?? '')) first -= 1;
  const said = lines.slice(first, index).map((line) => line.replace(COMMENT, '').trim());
  const from = said.findIndex((line) => /^(?:no )?boundary\b/.test(line));
  if (from < 0) return undefined;
  const mark = said.slice(from).join(' ');
  if (/^no boundary: \S/.test(mark)) return 'none';
  const [, id, sender, schema, limit, refusal, tests] = MARK.exec(mark) ?? [];
  if (!id || !sender || !schema || !limit || !refusal || !tests) return undefined;
  return { id, sender, schema, limit, refusal, tests: tests.split(', '), file, line: index + 1 };
};

export const allReadings = (): readonly Reading[] =>
  trackedFiles()
    .filter((file) => ROOMS.test(file) && !NOT_SOURCE.test(file))
    .flatMap((file) => readingsIn(read(file), file));

export const boundariesOf = (readings: readonly Reading[]): readonly Boundary[] =>
  readings.flatMap(({ says }) => (says === undefined || says === 'none' ? [] : [says]));

/** What boundaries say that the tree does not have. */
export const untrue = (boundaries: readonly Boundary[], files = trackedFiles()): readonly string[] => {
  return boundaries.flatMap(({ id, schema, limit, tests, file }, index) => [
    ...(boundaries.findIndex((each) => each.id === id) === index ? [] : [`${id}: the id stands twice`]),
    ...(isDefined(file, schema, files) ? [] : [`${id}: nothing is called ${schema}`]),
    ...(limitIn(file, limit, files) === undefined ? [`${id}: ${limit} is no limit`] : []),
    ...tests
      .filter((test) => !files.includes(test) || !test.endsWith('.test.ts'))
      .map((test) => `${id}: no test ${test}`),
  ]);
};

/**
 * `LIMIT` or `LIMITS.part` that stands somewhere as a constant, in the same file before all others; a number with a unit; or
 * `nothing` and why that is no danger. As people read it.
 */
const limitIn = (file: string, limit: string, files: readonly string[]): string | undefined => {
  if (/^\d[\d, ]* [A-Za-z]|^nothing: \S/.test(limit)) return limit;
  const [name, part] = limit.split('.');
  if (name === undefined || !/^[A-Z_]+$/.test(name)) return undefined;
  const form =
    part === undefined
      ? new RegExp(String.raw`\bconst ${name} = ([^;]+);`)
      : new RegExp(String.raw`\bconst ${name} = \{[^}]*?\b${part}: ([^,]+),`);
  const found = form.exec(textOf(file, files)) ?? only(sourceText(files).matchAll(new RegExp(form, 'g')));
  const value = found?.[1];
  return value && `${value.trim()} (\`${limit}\`)`;
};

const isDefined = (file: string, name: string, files: readonly string[]): boolean => {
  const form = new RegExp(String.raw`\b(?:const|function) ${name}\b`);
  return form.test(textOf(file, files)) || form.test(sourceText(files));
};
/** A name that stands for two things in other files says nothing. */
const only = (found: Iterable<RegExpExecArray>): RegExpExecArray | undefined => {
  const [first, ...more] = found;
  return more.some((each) => each[1] !== first?.[1]) ? undefined : first;
};
const textOf = (file: string, files: readonly string[]): string => (files.includes(file) ? read(file) : '');

let kept: { readonly of: readonly string[]; readonly text: string } | undefined;
const sourceText = (files: readonly string[]): string => {
  if (kept?.of !== files)
    kept = {
      of: files,
      text: files
        .filter((file) => /\/src\/.*\.ts$/.test(file))
        .map(read)
        .join('\n'),
    };
  return kept.text;
};

/** docs/boundaries.md: every place where bytes come in. */
export const boundariesPage = (): string => {
  const boundaries = boundariesOf(allReadings());
  const files = trackedFiles();
  const rooms = [...new Set(boundaries.map(({ file }) => roomOf(file)))];
  return [
    '# Every place where bytes of somebody else come in',
    '',
    'Generated by `npm run generate` from the marks beside the lines that read (`tools/pages/boundaries.ts`) and from the hub’s',
    'declaration. `tools/test/boundaries.test.ts` refuses a line that reads and says nothing, and a boundary without schema,',
    'limit or test.',
    '',
    ...rooms.flatMap((room) => [
      `## ${TITLES[room] ?? room}`,
      '',
      ...table(
        ['boundary', 'who sends', 'schema', 'at most', 'else', 'test'],
        boundaries
          .filter(({ file }) => roomOf(file) === room)
          .map(({ id, sender, schema, limit, refusal, tests, file }) => [
            `[${id}](../${file})`,
            sender,
            `\`${schema}\``,
            limitIn(file, limit, files) ?? limit,
            refusal,
            tests.map((test) => `[${test.split('/').at(-1)}](../${test})`).join(', '),
          ]),
      ),
      '',
    ]),
    ...declaredSections(),
  ].join('\n');
};

/** What a product declares comes in through one reader each, which has its row above. */
const declaredSections = (): readonly string[] => {
  const functions = hub.externalFunctions.flatMap(({ id, request }) =>
    request.transport === 'http' && request.fields.length > 0
      ? [[id, `\`${request.method} ${request.path}\``, request.fields.map(fieldWords).join('<br>')]]
      : [],
  );
  const sensors = hub.externalSensors.map(({ id, unit, range, rate }) => [
    id,
    range ? `${range.minimum} to ${range.maximum} ${unit ?? ''}` : '–',
    rate === undefined ? '–' : `${rate} ${unit ?? ''}`,
  ]);
  const telemetry = hub.telemetryData.map((field) => [field.id, fieldWords({ ...field, name: field.type })]);
  return [
    '## Fields of the hub’s functions',
    '',
    'Read by `validate` (boundary `panel-form`): what is not declared here is refused.',
    '',
    ...table(['function', 'call', 'fields'], functions),
    '',
    '## Sensors of the hub',
    '',
    'Read by `decideReadings` (boundary `sensor-reading`).',
    '',
    ...table(['sensor', 'range', 'most in a second'], sensors),
    '',
    '## Telemetry of the hub',
    '',
    'Read by the services (boundary `device-message`) as the declaration says.',
    '',
    ...table(['field', 'values'], telemetry),
    '',
  ];
};

interface Bounded {
  readonly name: string;
  readonly type: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly choices?: readonly string[];
}
const fieldWords = ({ name, type, minimum, maximum, pattern, choices }: Bounded): string => {
  const bounds = [
    minimum === undefined && maximum === undefined ? '' : `${minimum ?? '–∞'} to ${maximum ?? '∞'}`,
    pattern === undefined ? '' : `\`${pattern}\``,
    choices?.join(', ') ?? '',
  ].filter((each) => each !== '');
  return `${name}: ${[type === name ? '' : type, ...bounds].filter((each) => each !== '').join(', ')}`;
};

const TITLES: Readonly<Record<string, string>> = {
  device: 'The device',
  services: 'The services',
  protocol: 'What both read',
  product: 'The declaration',
  assessor: 'The assessor',
  cli: 'The command line',
};
const roomOf = (file: string): string => file.split('/')[0] ?? file;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => [
  row(head),
  row(head.map(() => '---')),
  ...rows.map(row),
];
const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
