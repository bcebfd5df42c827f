import { DECLARATION_SCHEMA, IXIT_TABLES, type Declaration } from '../schema/declaration.ts';

/** The declaration as an assessor knows it: the 29 information tables of TS 103 701 (IXIT), by their names. */

export type IxitTable = keyof typeof IXIT_TABLES;
export type Ixit = Readonly<Record<IxitTable, readonly Readonly<Record<string, unknown>>[]>>;

/** Each table as its rows; a table that the product has nothing for is empty, never absent. */
export function ixitTables(declaration: Declaration): Ixit {
  return Object.fromEntries(
    Object.entries(IXIT_TABLES).map(([table, property]) => [table, rowsOf(declaration[property])]),
  ) as Ixit;
}

/** The tables as one text: JSON of `{ schema, product, tables }`, or Markdown with a heading per table. */
export function ixit(declaration: Declaration, format: 'md' | 'json'): string {
  const tables = ixitTables(declaration);
  const { product, manufacturer } = declaration;
  if (format === 'json') {
    const head = { schema: DECLARATION_SCHEMA, product: product.id, model: product.model.designation };
    return `${JSON.stringify({ ...head, tables, ...besides(declaration) }, null, 2)}\n`;
  }
  const title = `# ${cell(product.name.en)} ${cell(product.model.designation)}: information for conformance testing (IXIT)`;
  const intro = `${cell(manufacturer.name)}, software version ${cell(product.softwareVersion)}. Tables as ETSI TS 103 701 names them.`;
  const sections = Object.entries(tables).map(([table, rows]) => `## ${table}\n\n${markdownTable(rows)}`);
  const more = Object.entries(besides(declaration)).map(
    ([name, rows]) => `## Beside the tables: ${BESIDES[name as keyof typeof BESIDES]}\n\n${markdownTable(rows)}`,
  );
  return `${[title, intro, ...sections, ...more].join('\n\n')}\n`;
}

const BESIDES = {
  basicProtocols: 'network protocols that nobody authenticates',
  remoteManagement: 'management from afar',
  board: 'the board under the software',
  integrity: 'how software and configuration are kept whole',
  selfTests: 'what is tried at power-up',
  selfTestShown: 'where the result of the self-test is read',
  dataParties: 'who else has personal data, and how it erases',
} as const;

/** What the codes ask for and no table has; left out where the declaration says nothing of it. */
const besides = (declaration: Declaration): Readonly<Record<string, Rows>> =>
  Object.fromEntries(
    (Object.keys(BESIDES) as (keyof typeof BESIDES)[]).flatMap((name) =>
      declaration[name] === undefined ? [] : [[name, rowsOf(declaration[name])]],
    ),
  );

type Rows = readonly Readonly<Record<string, unknown>>[];

function rowsOf(value: unknown): Rows {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : [value]) as Rows;
}

function markdownTable(rows: Rows): string {
  if (rows.length === 0) return 'None.';
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map((row) => line(columns.map((column) => cell(shown(row[column]))))),
  ].join('\n');
}

/** Words in English; what has parts as `part: value`; a list by commas. */
function shown(value: unknown): string {
  if (value === undefined) return '';
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(shown).join(', ');
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if ('en' in value && Object.keys(value).every((key) => key === 'en' || key === 'ms')) return String(value.en);
  return Object.entries(value)
    .map(([name, part]) => `${name}: ${shown(part)}`)
    .join('; ');
}

/** Text of the declaration is data: nothing in it may become markup or end its cell. */
const cell = (text: string): string =>
  text.replaceAll(/[\r\n\t]+/g, ' ').replaceAll(/[\\`*_{}[\]<>|#]/g, (mark) => `\\${mark}`);
