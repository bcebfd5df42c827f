import { ROLES } from '../access/accounts.ts';

export const PLACE = /^[a-z0-9-]{1,32}(?: [\w./@,-]{1,80})?$/;

/**
 * What a detail of a security event can be. Each is an id, a count or a word of ours in a shape too narrow for a
 * sentence, a name or a password to be worth looking for; a value of another shape is withheld, whoever wrote it.
 */
const SHAPES = {
  role: (value) => ROLES.some((role) => role === value),
  /** a whole number from 0 */
  count: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  /** a reason, an id or a name that the runtime or the declaration gives */
  word: (value) => isText(value, 64, /^[a-z0-9]{1,32}(?:-[a-z0-9]{1,32})*$/),
  /** of software, as its release says it: numbers between dots, and what a release may add to them */
  version: (value) =>
    isText(value, 64, /^v?\d{1,10}(?:\.\d{1,10}){0,4}(?:[+_-][0-9a-z]{1,32}(?:[.+_-][0-9a-z]{1,32})*)?$/i),
  /** an address and a port, after the name of a protocol or not */
  listener: (value) => isText(value, 64, /^(?:[a-z0-9]{2,8} )?[0-9a-f.:[\]*]+:\d{1,5}$/i),
  /** kind and name of a port of the board, as the system has it */
  port: (value) => isText(value, 80, /^[a-z-]{1,16} [\w./@,-]{1,60}$/),
  /** what was found altered: a word, and a file, a table or a part where there is one */
  place: (value) => isText(value, 120, PLACE),
  /** what came of a command, as the runtime says it */
  outcome: (value) =>
    isText(value, 160, /^(?:done|not possible here|\d+ sent|version [0-9A-Za-z.+_-]+, up \d+ s)$/) ||
    isText(value, 240, STATUS),
} as const satisfies Readonly<Record<string, (value: unknown) => boolean>>;

/** Version, how long it has been up, and how the system protects it (`platform/decide.ts`). */
const STATUS =
  /^version [0-9A-Za-z.+_-]+, up \d+ s, apart (?:yes|no), nx (?:yes|no), aslr [a-z]+, mmu (?:yes|no), writable code \d+, boot (?:on|off|none), verity (?:yes|no), lockdown [a-z]+$/;

type Shape = keyof typeof SHAPES;
/** A shape; with a question mark the detail may be absent. */
export type Field = Shape | `${Shape}?`;
export type Fields = Readonly<Record<string, Field>>;

/** What code may hand in for the fields of a kind. */
export type DetailOf<Each extends Fields> = {
  readonly [Name in keyof Each as Each[Name] extends Shape ? Name : never]: ValueOf<Each[Name]>;
} & { readonly [Name in keyof Each as Each[Name] extends Shape ? never : Name]?: ValueOf<Each[Name]> };
type ValueOf<Each> = Each extends `count${'' | '?'}` ? number : string;

/** Stands where a value was not of its declared shape. */
export const WITHHELD = 'withheld';

// G045 PL-4-1, PL-4-2: what no field declares is left out, and what is not of its field's shape is not written
export const redacted = (
  fields: Fields,
  detail: Readonly<Record<string, unknown>>,
): Readonly<Record<string, string | number>> => {
  const kept: Record<string, string | number> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = detail[name];
    if (value === undefined) continue;
    kept[name] = SHAPES[shapeOf(field)](value) ? (value as string | number) : WITHHELD;
  }
  return kept;
};

const shapeOf = (field: Field): Shape => field.replace('?', '') as Shape;

const isText = (value: unknown, most: number, shape: RegExp): boolean =>
  typeof value === 'string' && value.length <= most && shape.test(value);
