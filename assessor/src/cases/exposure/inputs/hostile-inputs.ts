import type { Declaration, ExternalFunction } from '@hearthward/product';
import { onlyWhile, type HttpFunction } from '../../access/subjects.ts';

/**
 * Inputs that a declared field must not take, and those that it may take if they stay harmless. Pure; every body is
 * made from the declaration alone.
 */
export type Field = HttpFunction['request']['fields'][number];
export type FieldValue = string | number | boolean;
/** `refused`: the value is outside of what is declared. `harmless`: it may be taken as text, but must do nothing. */
export type Expected = 'refused' | 'harmless';

export interface HostileInput {
  readonly name: string;
  readonly field: string;
  readonly expected: Expected;
  readonly contentType: string;
  readonly body: string | Uint8Array;
}

/** Markup that no page has of itself, and a product that stands nowhere unless something computed it. */
export const MARKUP = '"><script>hwq(1)</script>';
export const COMPUTED = String(7919 * 6101);
/** A name that only a polluted prototype would show. */
export const POLLUTED = 'hwqPolluted';

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
/** Unsaid limits: a body of this size is beyond what any declared field can need. */
const HUGE = 100_000;

interface Valued {
  readonly name: string;
  readonly value: FieldValue | readonly [] | object | null;
  readonly expected: Expected;
}

export function hostileInputs(
  each: HttpFunction,
  valid: Readonly<Record<string, FieldValue>>,
  hidden: Readonly<Record<string, string>>,
): readonly HostileInput[] {
  const json = each.request.encoding === 'json';
  const contentType = json ? JSON_TYPE : FORM;
  const inputs: HostileInput[] = [];
  for (const field of each.request.fields) {
    for (const { name, value, expected } of hostileValues(field, json)) {
      inputs.push({
        name,
        field: field.name,
        expected,
        contentType,
        body: bodyOf(json, { ...hidden, ...valid, [field.name]: value }),
      });
    }
    inputs.push(...hostileBodies(field, json, valid, hidden));
  }
  const whole = wholeBodies(json, valid, hidden);
  // a form of boxes of which none is ticked says nothing, and means it
  const isWhole = !each.request.fields.every((field) => mayBeUnsent(field, json));
  return [...inputs, ...(isWhole ? whole : whole.filter(({ name }) => name !== NOTHING))];
}

function hostileValues(field: Field, json: boolean): readonly Valued[] {
  const refused = (name: string, value: Valued['value']): Valued => ({ name, value, expected: 'refused' });
  const text = (name: string, value: string): Valued => ({ name, value, expected: textExpected(field, value) });
  const nested = json ? [refused('a list', []), refused('an object', { a: 1 }), refused('null', null)] : [];
  const long = [refused('100 kB', 'a'.repeat(HUGE))];
  const texts = [
    text('script markup', MARKUP),
    text('SQL', `' OR '1'='1'; --`),
    text('shell', `$((7919*6101))\`expr 7919 \\* 6101\``),
    text('template', '{{7919*6101}}${7919*6101}<%=7919*6101%>#{7919*6101}'),
    text('format string', '%s%s%n%x'),
    text('path upwards', '../../../../etc/passwd'),
  ];
  const control = [refused('control characters', 'a\u0000b\u0007\u001b[31m')];
  switch (field.type) {
    case 'integer':
    case 'number':
      return [
        refused('text for a number', 'abc'),
        refused('not a number', 'NaN'),
        refused('infinite', json ? '1e999' : 'Infinity'),
        ...(field.maximum === undefined
          ? []
          : [refused('above the range', field.maximum + 1), refused('far above the range', 1e300)]),
        ...(field.minimum === undefined
          ? []
          : [refused('below the range', field.minimum - 1), refused('far below the range', -1e300)]),
        ...(field.type === 'integer' ? [refused('a fraction', (field.minimum ?? 0) + 0.5)] : []),
        ...texts.map((each) => ({ ...each, expected: 'refused' as const })),
        ...control,
        ...long,
        ...nested,
      ];
    case 'boolean':
    case 'choice':
      return [
        refused('none of the choices', 'hwq-none-of-them'),
        ...(json ? [refused('a number', 7919)] : []),
        ...texts.map((each) => ({ ...each, expected: 'refused' as const })),
        ...control,
        ...long,
        ...nested,
      ];
    case 'file':
      return [];
    case 'string':
      return [
        ...(field.maximum === undefined
          ? []
          : [
              refused('one too long', 'a'.repeat(field.maximum + 1)),
              refused('ten times too long', 'a'.repeat(field.maximum * 10)),
            ]),
        ...(field.minimum === undefined || field.minimum < 1
          ? []
          : [refused('too short', 'a'.repeat(field.minimum - 1))]),
        ...(json ? [refused('a number for text', 7919), refused('true for text', true)] : []),
        ...texts,
        ...control,
        ...(field.maximum === undefined || field.maximum < HUGE ? long : []),
        ...nested,
      ];
  }
}

/** Text outside the declared length or form must be refused; inside it is only text. */
function textExpected(field: Field, value: string): Expected {
  if (field.maximum !== undefined && value.length > field.maximum) return 'refused';
  if (field.pattern === undefined) return 'harmless';
  try {
    return new RegExp(field.pattern, 'u').test(value) ? 'harmless' : 'refused';
  } catch (error) {
    if (error instanceof SyntaxError) return 'harmless';
    throw error;
  }
}

/** Bodies in which the field itself is missing, doubled or not text at all. */
function hostileBodies(
  field: Field,
  json: boolean,
  valid: Readonly<Record<string, FieldValue>>,
  hidden: Readonly<Record<string, string>>,
): readonly HostileInput[] {
  const contentType = json ? JSON_TYPE : FORM;
  const others = Object.fromEntries(Object.entries(valid).filter(([name]) => name !== field.name));
  const typed: Expected = field.type === 'string' ? 'harmless' : 'refused';
  const raw = Buffer.from([0xff, 0xfe, 0xc0, 0xaf, 0xed, 0xa0, 0x80]);
  const rest = bodyOf(json, { ...hidden, ...others });
  const made = (name: string, expected: Expected, body: string | Uint8Array): HostileInput => ({
    name,
    field: field.name,
    expected,
    contentType,
    body,
  });
  const doubled = json
    ? `${bodyOf(true, { ...hidden, ...valid }).slice(0, -1)},${JSON.stringify(field.name)}:"hwq-second"}`
    : `${bodyOf(false, { ...hidden, ...valid })}&${formOf({ [field.name]: 'hwq-second' })}`;
  const broken = json
    ? Buffer.concat([
        Buffer.from(`${rest.slice(0, -1)}${rest.length > 2 ? ',' : ''}${JSON.stringify(field.name)}:"`),
        raw,
        Buffer.from('"}'),
      ])
    : `${rest}&${encodeURIComponent(field.name)}=%ff%fe%c0%af%ed%a0%80`;
  return [
    ...(mayBeUnsent(field, json) ? [] : [made('missing', 'refused', rest)]),
    made('sent twice', typed, doubled),
    made('bytes that are not UTF-8', typed, broken),
  ];
}

/** An unticked box of a form is sent as nothing at all. */
const mayBeUnsent = ({ type, absent }: Field, json: boolean): boolean =>
  !json && (type === 'boolean' || absent !== undefined);
const NOTHING = 'nothing';

function wholeBodies(
  json: boolean,
  valid: Readonly<Record<string, FieldValue>>,
  hidden: Readonly<Record<string, string>>,
): readonly HostileInput[] {
  const contentType = json ? JSON_TYPE : FORM;
  const good = { ...hidden, ...valid };
  const made = (name: string, expected: Expected, body: string, type = contentType): HostileInput => ({
    name,
    field: '',
    expected,
    contentType: type,
    body,
  });
  const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  return [
    made('an unknown field', 'harmless', bodyOf(json, { ...good, hwqUnknown: '1' })),
    made(
      'names of the prototype',
      'harmless',
      json
        ? `${bodyOf(true, good).slice(0, -1)},"__proto__":{"${POLLUTED}":"${POLLUTED}"},"constructor":{"prototype":{"${POLLUTED}":"${POLLUTED}"}}}`
        : `${bodyOf(false, good)}&__proto__[${POLLUTED}]=${POLLUTED}&constructor[prototype][${POLLUTED}]=${POLLUTED}&__proto__=${POLLUTED}`,
    ),
    made('broken syntax', 'refused', json ? '{"a":' : `${formOf(hidden)}&%zz=%&=%e0%a4&&&`),
    made('deep nesting', 'refused', deep, JSON_TYPE),
    made('another content type', 'refused', '<?xml version="1.0"?><a>1</a>', 'application/xml'),
    made(NOTHING, 'refused', json ? '' : formOf(hidden)),
  ];
}

function bodyOf(json: boolean, fields: Readonly<Record<string, unknown>>): string {
  return json ? JSON.stringify(fields) : formOf(fields);
}
const formOf = (fields: Readonly<Record<string, unknown>>): string =>
  new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, String(value)])).toString();

/** A valid value other than the example, so that a change can be seen. */
export function otherValue(field: Field): FieldValue | undefined {
  switch (field.type) {
    case 'boolean':
      return field.example !== true && field.example !== 'true';
    case 'choice':
      return field.choices?.find((choice) => choice !== field.example);
    case 'integer':
    case 'number': {
      const example = Number(field.example);
      if (field.maximum === undefined || example + 1 <= field.maximum) return example + 1;
      return field.minimum === undefined || example - 1 >= field.minimum ? example - 1 : undefined;
    }
    case 'file':
      return undefined;
    case 'string': {
      if (field.pattern !== undefined) return undefined;
      const longer = `${String(field.example)}x`;
      return field.maximum === undefined || longer.length <= field.maximum ? longer : undefined;
    }
  }
}

/** Why a function is left out; undefined where it is tried. */
export function leftOut(
  declaration: Declaration,
  each: ExternalFunction,
): { readonly because: string; readonly covered: boolean } | undefined {
  if (each.request.transport === 'mqtt')
    return { because: 'it is called over MQTT, which this case does not try', covered: false };
  if (each.request.fields.some((field) => field.type === 'file'))
    return { because: 'it takes a file, which the case of malware tries', covered: true };
  if (each.request.fields.some((field) => field.role === 'current-password')) {
    return { because: 'it asks for the password again, so hostile values would count as failed logins', covered: true };
  }
  // what confirms a second factor takes answers of an app or a passkey, which a stranger can only guess
  if (each.purpose === 'change-second-factor') {
    return {
      because: 'it takes answers of a second factor, so hostile values would count as failed ones',
      covered: true,
    };
  }
  if (each.purpose === 'factory-reset' || each.purpose === 'erase-own-data' || each.purpose === 'set-up') {
    return { because: 'it cannot be undone', covered: false };
  }
  const needed = onlyWhile(declaration, each);
  if (needed !== undefined) return { because: `it takes input only while ${needed}`, covered: true };
  if (each.request.fields.some((field) => field.secret === true))
    return { because: 'it sets a secret', covered: false };
  return undefined;
}
