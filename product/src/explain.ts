/**
 * Why a value does not hold a schema, in words that a manufacturer understands: one problem per mistake, at its path.
 *
 * The validator of the schema library answers with every branch of every union that failed; this follows the value
 * down the branch that it was meant for (by `kind`, `transport`, `support` or its type) and reports that one.
 */
import { oneLine, step } from './problem.ts';

export interface Mismatch {
  readonly path: string;
  readonly message: string;
  readonly cure: string;
}

/** As many as a person reads at once. */
export const MISMATCH_LIMIT = 40;

/** The part of JSON Schema 2020-12 that declarations are written in. */
interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly description?: string;
}

/** Mismatches in the order of the schema; empty where the value holds it. */
export function explain(schema: object, value: unknown): readonly Mismatch[] {
  return [...mismatches(schema, value, '')].slice(0, MISMATCH_LIMIT);
}

function* mismatches(schema: Schema, value: unknown, path: string): Generator<Mismatch> {
  if (schema.anyOf) yield* ofUnion(schema.anyOf, value, path, schema.description);
  else if ('const' in schema) {
    if (value !== schema.const) yield wrong(path, value, JSON.stringify(schema.const));
  } else if (!isOfType(schema.type, value)) yield wrong(path, value, wanted(schema));
  else if (schema.type === 'object') yield* ofObject(schema, value as Record<string, unknown>, path);
  else if (schema.type === 'array') yield* ofArray(schema, value as readonly unknown[], path);
  else if (schema.type === 'string') yield* ofString(schema, value as string, path);
  else if (schema.type === 'number' || schema.type === 'integer') yield* ofNumber(schema, value as number, path);
}

function* ofObject(schema: Schema, value: Record<string, unknown>, path: string): Generator<Mismatch> {
  const properties = schema.properties ?? {};
  for (const name of schema.required ?? []) {
    if (Object.hasOwn(value, name) && value[name] !== undefined) continue;
    const part = properties[name];
    yield {
      path: path + step(name),
      message: 'is missing',
      cure: `give ${part === undefined ? 'it' : wanted(part)}`,
    };
  }
  for (const [name, part] of Object.entries(properties)) {
    if (Object.hasOwn(value, name) && value[name] !== undefined)
      yield* mismatches(part, value[name], path + step(name));
  }
  const patterns = Object.entries(schema.patternProperties ?? {}).map(([key, part]) => ({
    key: new RegExp(key, 'u'),
    part,
  }));
  for (const { key, part } of patterns) {
    for (const name of Object.keys(value)) {
      if (key.test(name)) yield* mismatches(part, value[name], path + step(name));
    }
  }
  if (schema.additionalProperties !== false) return;
  const known = Object.keys(properties);
  for (const name of Object.keys(value)) {
    if (Object.hasOwn(properties, name) || patterns.some(({ key }) => key.test(name))) continue;
    const at = path + oneLine(step(name), 80);
    yield {
      path: at,
      message: 'has no place here',
      cure: known.length === 0 ? 'remove it' : `remove it; known here: ${known.join(', ')}`,
    };
  }
}

function* ofArray(schema: Schema, value: readonly unknown[], path: string): Generator<Mismatch> {
  if (value.length < (schema.minItems ?? 0)) {
    yield { path, message: 'has too few items', cure: `give at least ${schema.minItems}${hint(schema)}` };
  }
  if (schema.items === undefined) return;
  for (const [index, item] of value.entries()) yield* mismatches(schema.items, item, path + step(index));
}

function* ofString(schema: Schema, value: string, path: string): Generator<Mismatch> {
  const length = Array.from(value).length;
  if (length < (schema.minLength ?? 0)) yield { path, message: 'is empty', cure: `give ${wanted(schema)}` };
  else if (length > (schema.maxLength ?? Infinity)) {
    yield { path, message: `has ${length} characters`, cure: `shorten it to at most ${schema.maxLength}` };
  } else if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) {
    yield wrong(path, value, wanted(schema));
  }
}

function* ofNumber(schema: Schema, value: number, path: string): Generator<Mismatch> {
  const above = value <= (schema.maximum ?? Infinity);
  const below = value >= (schema.minimum ?? -Infinity) && value > (schema.exclusiveMinimum ?? -Infinity);
  if (!above || !below) yield wrong(path, value, wanted(schema));
}

function* ofUnion(branches: readonly Schema[], value: unknown, path: string, description = ''): Generator<Mismatch> {
  const results = branches.map((branch) => ({ branch, found: [...mismatches(branch, value, path)] }));
  if (results.some(({ found }) => found.length === 0)) return;
  const meant = results.filter(({ branch }) => isMeant(branch, value));
  const [only] = meant;
  if (meant.length === 1 && only !== undefined) {
    yield* only.found;
    return;
  }
  const tag = tagOf(branches, value);
  if (tag !== undefined) {
    const allowed = [...new Set(branches.map((branch) => JSON.stringify(branch.properties?.[tag]?.const)))];
    const is = (value as Record<string, unknown>)[tag];
    const at = path + step(tag);
    yield is === undefined
      ? { path: at, message: 'is missing', cure: `give one of ${allowed.join(', ')}` }
      : wrong(at, is, `one of ${allowed.join(', ')}`);
    return;
  }
  const all = branches.map((branch) => wanted(branch)).join(' or ');
  yield wrong(path, value, description === '' ? all : `${all} (${description})`);
}

/** Whether a union's branch is the one that the value was meant for: same kind of value, and every constant agrees. */
function isMeant(branch: Schema, value: unknown): boolean {
  if ('const' in branch) return branch.const === value;
  if (!isOfType(branch.type, value)) return false;
  if (branch.type !== 'object') return true;
  return Object.entries(branch.properties ?? {}).every(
    ([name, part]) => !('const' in part) || (value as Record<string, unknown>)[name] === part.const,
  );
}

/** The property by which a union's branches tell themselves apart, where the value is an object. */
function tagOf(branches: readonly Schema[], value: unknown): string | undefined {
  if (!isOfType('object', value)) return undefined;
  const [first, ...rest] = branches;
  return Object.entries(first?.properties ?? {})
    .filter(([, part]) => 'const' in part)
    .map(([name]) => name)
    .find((name) => rest.every((branch) => 'const' in (branch.properties?.[name] ?? {})));
}

function isOfType(type: string | undefined, value: unknown): boolean {
  switch (type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return Number.isFinite(value);
    case undefined:
      return true;
    default:
      return typeof value === type;
  }
}

function wanted(schema: Schema): string {
  if (schema.anyOf) return schema.anyOf.map(wanted).join(' or ');
  if ('const' in schema) return JSON.stringify(schema.const);
  switch (schema.type) {
    case 'object':
      return `an object${schema.required?.length ? ` with ${schema.required.join(', ')}` : ''}`;
    case 'array':
      return `a list${hint(schema)}`;
    case 'boolean':
      return 'true or false';
    case 'string':
      return schema.pattern === undefined
        ? `a text${hint(schema)}`
        : `a text that matches ${schema.pattern}${hint(schema)}`;
    default:
      return `${schema.type === 'integer' ? 'a whole number' : 'a number'}${bounds(schema)}${hint(schema)}`;
  }
}

function bounds(schema: Schema): string {
  const low = schema.minimum === undefined ? '' : ` of at least ${schema.minimum}`;
  const above = schema.exclusiveMinimum === undefined ? '' : ` above ${schema.exclusiveMinimum}`;
  const high = schema.maximum === undefined ? '' : ` up to ${schema.maximum}`;
  return low + above + high;
}

const hint = (schema: Schema): string => (schema.description === undefined ? '' : ` (${schema.description})`);

const wrong = (path: string, value: unknown, expected: string): Mismatch => ({
  path,
  message: `${shown(value)} does not fit`,
  cure: `give ${expected}`,
});

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'string') return `"${oneLine(value, 60)}"`;
  return oneLine(String(value), 60);
}
