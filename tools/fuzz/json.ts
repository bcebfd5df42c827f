/**
 * Changes of JSON that stay JSON: readers whose first step is a schema would hardly ever be passed by changes of bytes. What
 * such readers fall over is among the values that stand in.
 */
type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

const long = 'a'.repeat(3_000);
const VALUES: readonly string[] = [
  'null',
  'true',
  '0',
  '-0',
  '-1',
  '1.5',
  '1e999',
  '9007199254740993',
  '""',
  '"\\ud800"',
  '"\\u0000"',
  '"../../x"',
  '"__proto__"',
  '"constructor"',
  '"2026-02-30T25:61:61Z"',
  '"9999-12-31T23:59:59Z"',
  '"0:0"',
  `"${long}"`,
  `"${'!'.repeat(500)}${'-1.'.repeat(500)}"`,
  '[]',
  '{}',
  '{"__proto__":{"polluted":1}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  `${'['.repeat(500)}${']'.repeat(500)}`,
];
const NAMES: readonly string[] = [
  '__proto__',
  'constructor',
  'toString',
  'length',
  '',
  'hasOwnProperty',
  '0',
  '\u{202e}',
];

/** Undefined where `from` is no JSON that has a part to change. */
export const changedJson = (from: Uint8Array, other: Uint8Array, draw: () => number): Buffer | undefined => {
  const text = Buffer.from(from).toString('utf8');
  const value = parsed(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const places = placesIn(value);
  if (places.length === 0) return undefined;
  const pick = <Each>(among: readonly Each[]): Each => among[Math.floor(draw() * among.length)] as Each;
  const given = parsed(Buffer.from(other).toString('utf8'));
  const borrowed = (): string => {
    const among = typeof given === 'object' && given !== null ? placesIn(given) : [];
    const place = pick(among.length > 0 ? among : places);
    return written(place.value);
  };
  const at = pick(places);
  const what = draw();
  const change: Change =
    what < 0.45
      ? { at, value: pick(VALUES) }
      : what < 0.65
        ? { at, value: borrowed() }
        : what < 0.8
          ? { at }
          : { at, value: written(at.value), also: pick(NAMES), and: pick(VALUES) };
  return Buffer.from(written(value, change));
};

interface Place {
  readonly holder: readonly Json[] | { readonly [name: string]: Json };
  readonly name: string;
  readonly value: Json;
}
interface Change {
  readonly at: Place;
  /** JSON in its place; absent: it goes */
  readonly value?: string;
  /** a name beside it, and what it has */
  readonly also?: string;
  readonly and?: string;
}

/** JSON as text, because a name like `__proto__` is to be among those that are read. */
const written = (value: Json | undefined, change?: Change): string => {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const isHere = (name: string): boolean => change?.at.holder === value && change.at.name === name;
  const parts = Object.entries(value).flatMap(([name, inner]: [string, Json]) => {
    const label = Array.isArray(value) ? '' : `${JSON.stringify(name)}:`;
    if (!change || !isHere(name)) return [`${label}${written(inner, change)}`];
    const beside = Array.isArray(value) ? '' : `${JSON.stringify(change.also)}:`;
    return [
      ...(change.value === undefined ? [] : [`${label}${change.value}`]),
      ...(change.also === undefined ? [] : [`${beside}${change.and}`]),
    ];
  });
  return Array.isArray(value) ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
};

const MOST_DEPTH = 40;
const placesIn = (value: Json, depth = 0): readonly Place[] => {
  if (typeof value !== 'object' || value === null || depth === MOST_DEPTH) return [];
  return Object.entries(value).flatMap(([name, inner]: [string, Json]) => [
    { holder: value, name, value: inner },
    ...placesIn(inner, depth + 1),
  ]);
};

const parsed = (text: string): Json | undefined => {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined; // changed byte by byte
  }
};
