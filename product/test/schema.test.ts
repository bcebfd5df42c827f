import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Value } from 'typebox/value';
import { Declaration, DECLARATION_SCHEMA_FILE, declarationSchemaText, IXIT_TABLES } from '../src/index.ts';
import { example } from './examples.ts';

const emitted = (): any => JSON.parse(declarationSchemaText());

test('the generated schema file is up to date', async () => {
  const file = new URL(`../../${DECLARATION_SCHEMA_FILE}`, import.meta.url);
  assert.equal(await readFile(file, 'utf8'), declarationSchemaText());
});

test('every table of TS 103 701 has its place in the schema, and says which it is', () => {
  const { properties, $schema } = emitted();
  assert.equal($schema, 'https://json-schema.org/draft/2020-12/schema');
  for (const [table, property] of Object.entries(IXIT_TABLES)) {
    const { items, description } = properties[property];
    assert.ok((items?.description ?? description)?.includes(table), `${property} does not say that it is ${table}`);
  }
});

test('the emitted schema decides as the one it was made from', async () => {
  const schema = emitted();
  const hub = await example('hub');
  assert.ok(Value.Check(schema, hub));
  for (const table of Object.keys(hub)) {
    const { [table as keyof Declaration]: _, ...without } = hub;
    const whole = Value.Check(Declaration, without);
    assert.equal(Value.Check(schema, without), whole, table);
  }
  assert.equal(Value.Check(schema, { ...hub, colour: 'blue' }), false);
});
