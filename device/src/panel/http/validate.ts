import { Type, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { ExternalFunction } from '@hearthward/product';
import type { Fields } from './body.ts';

/** Declared fields as the one schema that input must hold; a handler sees only values that do. */
export type Field = Extract<ExternalFunction['request'], { transport: 'http' }>['fields'][number];
export type Input = Readonly<Record<string, string | number | boolean>>;
export type Validated =
  | { readonly ok: true; readonly value: Input }
  | {
      readonly ok: false;
      readonly code: 'unknown-field' | 'missing-field' | 'invalid-value';
      readonly because: string;
    };

// EN 303 645 5.13-1, TS 103 645 4.13-1, G044 6.13.1, G045 PL-1-1: what is not exactly as declared is refused
export function validate(fields: readonly Field[], given: Fields, encoding: 'form' | 'json' | 'none'): Validated {
  const unknown = [...given.keys()].find((name) => !fields.some((field) => field.name === name));
  if (unknown !== undefined) return refuse('unknown-field', 'a field that is not declared');
  const value: Record<string, string | number | boolean> = Object.create(null);
  for (const field of fields) {
    if (!given.has(field.name)) return refuse('missing-field', field.name);
    const sent = given.get(field.name);
    const typed = field.type === 'file' ? fromFile(field, sent) : encoding === 'json' ? sent : fromText(field, sent);
    if (!Value.Check(schemaOf(field), typed) || !isInside(field, typed)) return refuse('invalid-value', field.name);
    value[field.name] = typed as string | number | boolean;
  }
  return { ok: true, value };
}

const refuse = (code: Extract<Validated, { ok: false }>['code'], because: string): Validated => ({
  ok: false,
  code,
  because,
});

/** A string that no declared field may exceed; below the limit of the body. */
const MAX_TEXT = 4096;

function schemaOf(field: Field): TSchema {
  const range = {
    ...(field.minimum === undefined ? {} : { minimum: field.minimum }),
    ...(field.maximum === undefined ? {} : { maximum: field.maximum }),
  };
  switch (field.type) {
    case 'string':
      return Type.String({ maxLength: MAX_TEXT });
    case 'integer':
      return Type.Integer(range);
    case 'number':
      return Type.Number(range);
    case 'boolean':
      return Type.Boolean();
    case 'file':
      return Type.String();
    case 'choice':
      return Type.Union((field.choices ?? []).map((choice) => Type.Literal(choice)));
  }
}

/** Lengths are counted in code points, as a person counts characters. */
function isInside(field: Field, value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (field.type !== 'string' || typeof value !== 'string') return true;
  const length = Array.from(value).length;
  if (length < (field.minimum ?? 0) || length > (field.maximum ?? MAX_TEXT)) return false;
  if (!value.isWellFormed() || FORBIDDEN.test(value)) return false;
  return field.pattern === undefined || new RegExp(`^(?:${field.pattern})$`, 'u').test(value);
}

/** Control characters, line separators, and marks that turn the direction of text, with which one name can look like another. */
// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]/u;

const INTEGER = /^-?(?:0|[1-9]\d{0,15})$/;
const NUMBER = /^-?(?:0|[1-9]\d{0,15})(?:\.\d{1,15})?$/;

/** The bytes of a file, base64; undefined where they are none, or more than declared. */
function fromFile({ minimum = 1, maximum = 0 }: Field, sent: unknown): unknown {
  if (!(sent instanceof Uint8Array) || sent.length < minimum || sent.length > maximum) return undefined;
  return Buffer.from(sent).toString('base64');
}

/** One way to write each value; undefined where it is not one. */
function fromText(field: Field, sent: unknown): unknown {
  if (typeof sent !== 'string') return undefined;
  switch (field.type) {
    case 'string':
    case 'choice':
      return sent;
    case 'integer':
      return INTEGER.test(sent) ? Number(sent) : undefined;
    case 'number':
      return NUMBER.test(sent) ? Number(sent) : undefined;
    case 'boolean':
      return sent === 'true' ? true : sent === 'false' ? false : undefined;
    case 'file':
      return undefined;
  }
}
