import { randomInt } from 'node:crypto';
import { madeUp } from '../../access/signing-in.ts';
import type { HttpFunction } from '../../access/subjects.ts';
import { inBase64 } from '../secret-forms.ts';

/**
 * Values that stand nowhere unless somebody puts them there, and what each looks like wherever a program may have left
 * it. Of a choice there is no such value: it is known by its name beside it.
 */
export type Field = HttpFunction['request']['fields'][number];
export interface Needle {
  readonly as: string;
  readonly bytes: Buffer;
}
export interface Marker {
  /** id of the personal data that it stands for */
  readonly item: string;
  readonly kind: 'text' | 'number' | 'choice';
  readonly value: string | number;
  readonly needles: readonly Needle[];
}
export type Made = { readonly ok: true; readonly marker: Marker } | { readonly ok: false; readonly because: string };

/** @param before what the product shows of the field now */
export function markerFor(item: string, field: Field, before: string | undefined): Made {
  switch (field.type) {
    case 'string':
      return textMarker(item, field);
    case 'number':
      return numberMarker(item, field);
    case 'boolean':
      return choiceMarker(item, field, ['true', 'false'], before);
    case 'choice':
      return choiceMarker(item, field, field.choices ?? [], before);
    case 'file':
      return { ok: false, because: `${field.name} is a file, in which no marker can be put` };
    case 'integer': {
      const { minimum = 0, maximum = minimum + 1 } = field;
      return choiceMarker(item, field, [String(maximum), String(minimum)], before);
    }
  }
}

const LETTERS = 20;
/** With fewer, half of them would be found by chance. */
const LEAST_LETTERS = 14;

function textMarker(item: string, field: Field): Made {
  const length = Math.min(LETTERS, field.maximum ?? LETTERS);
  if (length < LEAST_LETTERS) return { ok: false, because: `${field.name} takes too few letters for a marker` };
  const value = madeUp(Math.max(length, field.minimum ?? 0));
  if (field.pattern !== undefined && !new RegExp(`^(?:${field.pattern})$`, 'u').test(value))
    return { ok: false, because: `${field.name} does not take a marker of letters` };
  return { ok: true, marker: { item, kind: 'text', value, needles: textNeedles(value) } };
}

/** Both halves: where a value is split once, between two pages of a database say, one of them is whole. */
export const textNeedles = (value: string): readonly Needle[] => {
  const middle = Math.ceil(value.length / 2);
  return [value.slice(0, middle), value.slice(middle)].flatMap(spelled);
};

function numberMarker(item: string, field: Field): Made {
  const { minimum = 0, maximum = minimum + 100 } = field;
  for (let tries = 0; tries < 50; tries += 1) {
    const value = Number((minimum + ((maximum - minimum) * randomInt(2 ** 40)) / 2 ** 40).toFixed(10));
    const digits = /^-?\d+\.(\d{9,10})$/.exec(String(value))?.[1];
    if (digits === undefined || value < minimum || value > maximum) continue;
    return { ok: true, marker: { item, kind: 'number', value, needles: numberNeedles(value, digits) } };
  }
  return { ok: false, because: `${field.name} takes no number that could be told from others` };
}

function numberNeedles(value: number, digits: string): readonly Needle[] {
  const [little, big] = [Buffer.alloc(8), Buffer.alloc(8)];
  little.writeDoubleLE(value);
  big.writeDoubleBE(value);
  return [...spelled(digits), { as: 'a double (IEEE 754)', bytes: little }, { as: 'a double (IEEE 754)', bytes: big }];
}

function choiceMarker(item: string, field: Field, choices: readonly string[], before: string | undefined): Made {
  const value = choices.find((each) => each !== before);
  if (value === undefined) return { ok: false, because: `${field.name} has no other value than the one it has` };
  return { ok: true, marker: { item, kind: 'choice', value, needles: choiceNeedles(field.name, value) } };
}

/** What one program shows as `on` another keeps as true. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  on: ['true', '1'],
  yes: ['true', '1'],
  true: ['on', '1'],
  off: ['false', '0'],
  no: ['false', '0'],
  false: ['off', '0'],
};

/** As JSON, INI, YAML and XML have it. */
export const choiceNeedles = (name: string, value: string): readonly Needle[] =>
  [value, ...(ALSO[value.toLowerCase()] ?? [])]
    .flatMap((each) => [
      `"${name}":${each}`,
      `"${name}": ${each}`,
      `"${name}":"${each}"`,
      `"${name}": "${each}"`,
      `${name}=${each}`,
      `${name} = ${each}`,
      `${name}: ${each}`,
      `<${name}>${each}<`,
    ])
    .flatMap(spelled);

function spelled(text: string): readonly Needle[] {
  const raw = Buffer.from(text);
  const wide = Buffer.from(text, 'utf16le');
  const hex = raw.toString('hex');
  const needle = (as: string, form: string | Buffer): Needle => ({ as, bytes: Buffer.from(form) });
  const quoted = JSON.stringify(text).slice(1, -1);
  return [
    needle('plain text', raw),
    needle('UTF-16', wide),
    needle('UTF-16', Buffer.from(wide).swap16()),
    ...inBase64(raw).map((form) => needle('base64', form)),
    needle('hexadecimal', hex),
    needle('hexadecimal', hex.toUpperCase()),
    needle('URL encoding', hex.toUpperCase().replaceAll(/../g, '%$&')),
    needle('URL encoding', hex.replaceAll(/../g, '%$&')),
    ...(encodeURIComponent(text) === text ? [] : [needle('URL encoding', encodeURIComponent(text))]),
    ...(quoted === text ? [] : [needle('JSON inside of JSON', quoted)]),
  ];
}
