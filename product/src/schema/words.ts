import { Type, type TSchema } from 'typebox';

/** Small shapes that every table uses. */

export const Id = Type.String({
  pattern: '^[a-z0-9]+(-[a-z0-9]+)*$',
  maxLength: 64,
  description: 'kebab-case name, unique in its table',
});
export const Text = Type.String({ minLength: 1, maxLength: 2000 });
/** What people read, by language; English is always there. */
export const Words = Type.Object({ en: Text, ms: Type.Optional(Text) }, { additionalProperties: false });
export const Url = Type.String({ pattern: '^https://[^\\s]+$', maxLength: 500, description: 'https address' });
/** An address, or a path below the product's public site, so that one declaration serves a test bed and the live site. */
export const Page = Type.String({
  pattern: '^(https://[^\\s]+|/[^\\s]*)$',
  maxLength: 500,
  description: 'https address, or path below the public site',
});
export const IsoDate = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: 'date, as 2031-12-31' });

export const State = Type.Union([
  Type.Literal('factory-default'),
  Type.Literal('initialised'),
  Type.Literal('quarantine'),
]);

/** Texts as names; a name with a line break is none. */
export const named = <T extends TSchema>(value: T) =>
  Type.Record(Type.String(), value, { additionalProperties: false });

export const strict = <P extends Record<string, TSchema>>(properties: P, description?: string) =>
  Type.Object(properties, { additionalProperties: false, ...(description ? { description } : {}) });

/** What tables have in English alone, in other languages: the English text -> the same in Malay. */
export const Translations = strict(
  { ms: named(Text) },
  'texts that people read and that other tables have in English alone; where it is there, it has all of the privacy notice',
);
