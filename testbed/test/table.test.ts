import assert from 'node:assert/strict';
import { test } from 'node:test';
import declaration from '@hearthward/example-hub';
import { layTable } from '../src/network/table.ts';

test('a-unit-that-is-started-on-a-cleared-table-finds-its-case-shut-whatever-was-done-to-the-one-before', async () => {
  const table = layTable(declaration);
  table.put({ dataDir: '/nowhere', powerCycle: async () => undefined });
  const [input] = declaration.tamperInputs ?? [];
  assert.ok(input);
  const seen = () => table.enclosure.around(undefined).tamper?.[input.id]?.read();
  assert.equal(await table.handle(`${input.id}-open`), true);
  assert.deepEqual(seen(), { open: true, latched: true });
  table.clear();
  assert.deepEqual(seen(), { open: false, latched: false });
  assert.equal(await table.handle(`${input.id}-open`), false, 'there is no unit to open');
});
