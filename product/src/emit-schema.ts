import { Declaration, DECLARATION_SCHEMA } from './schema/declaration.ts';

/** Where the generated schema lies, from the root of the tree. */
export const DECLARATION_SCHEMA_FILE = 'product/declaration.schema.json';

/** The declaration's schema as JSON Schema 2020-12, as editors and other programs read it; the same text every time. */
export function declarationSchemaText(): string {
  const schema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:${DECLARATION_SCHEMA.replaceAll('/', ':')}`,
    title: 'Hearthward product declaration',
    // no boundary: a copy of our own
    ...(JSON.parse(JSON.stringify(Declaration)) as object),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}
