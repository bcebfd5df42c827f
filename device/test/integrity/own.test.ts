import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, test } from 'node:test';
import declaration from '@hearthward/example-hub';
import fc from 'fast-check';
import { compareSeals } from '../../src/integrity/decide.ts';
import { watchOwn } from '../../src/integrity/own.ts';
import { FREE } from '../../src/quarantine/decide.ts';
import { quarantineLink } from '../../src/quarantine/link.ts';
import { openDatabase } from '../../src/store/database.ts';
import { memoryStore } from '../panel/bench.ts';
import { temporaryFolder } from '../stand-in/factory.ts';

test('whatever part differs from what was sealed is named, and never sealed over', () => {
  const digest = fc.integer({ min: 0, max: 3 }).map((n) => String(n).padStart(64, '0'));
  const parts = fc.dictionary(fc.constantFrom('bundle.json', 'product.json', 'other'), digest);
  fc.assert(
    fc.property(parts, parts, (sealed, found) => {
      const { altered, seal } = compareSeals(sealed, found);
      for (const [part, was] of Object.entries(sealed)) {
        assert.equal(altered.includes(part), found[part] !== was, part);
        if (seal) assert.equal(seal[part], was);
      }
      for (const part of Object.keys(found)) assert.ok((seal ?? sealed)[part] !== undefined);
    }),
  );
});

describe('what the device holds itself', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const closers: (() => void)[] = [];
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) close();
    await folder.remove();
  });
  const begun = (store = memoryStore()) => {
    const asked: string[] = [];
    const quarantine = quarantineLink(FREE, ({ say }) => {
      if (say.kind === 'violated') asked.push(`${say.cause} ${say.detail}`);
    });
    const own = watchOwn({
      declaration,
      dataDir: folder.path,
      store,
      quarantine,
      record: () => undefined,
      fault: (thrown) => assert.fail(String(thrown)),
    });
    closers.push(own.stop);
    return { asked, own, store, quarantine };
  };

  test('any bit that flips in the factory’s bundle is found at the next start, and stays found', () => {
    const path = join(folder.path, 'bundle.json');
    const whole = Buffer.from('{"v":1,"productId":"hub"}');
    writeFileSync(path, whole);
    const { store, asked } = begun();
    assert.deepEqual(asked, [], 'the first start seals');
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const bytes = Buffer.from(whole);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      writeFileSync(path, bytes);
      assert.deepEqual(begun(store).asked, ['integrity configuration bundle.json'], `bit ${bit}`);
    }
    writeFileSync(path, whole);
    assert.deepEqual(begun(store).asked, []);
  });

  test('what an owner has decided on counts as right from then on', () => {
    writeFileSync(join(folder.path, 'bundle.json'), 'as made');
    const { store } = begun();
    writeFileSync(join(folder.path, 'bundle.json'), 'as changed');
    const { quarantine, asked } = begun(store);
    assert.equal(asked.length, 1);
    const ended = { ...FREE, incidents: 1, ended: { incident: 1, because: 'decided' as const } };
    quarantine.heard({ of: 'quarantine', state: ended });
    assert.deepEqual(begun(store).asked, []);
  });

  const format = { version: 1, schema: 'CREATE TABLE document (room TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT;' };
  const store = (): string => join(folder.path, 'state', 'state.sqlite');

  test('a store with a trigger, a view or another column than the software makes is not opened', () => {
    const planted = [
      'CREATE TRIGGER copy AFTER INSERT ON document BEGIN DELETE FROM document; END',
      'CREATE VIEW secrets AS SELECT body FROM document',
      'ALTER TABLE document ADD COLUMN more TEXT',
      'DROP TABLE document',
    ];
    for (const each of planted) {
      openDatabase(store(), format).close();
      const intruder = new DatabaseSync(store());
      intruder.exec(each);
      intruder.close();
      assert.throws(() => openDatabase(store(), format), { code: 'data-damaged' }, each);
      const undo = new DatabaseSync(store());
      undo.exec(
        'DROP TRIGGER IF EXISTS copy; DROP VIEW IF EXISTS secrets; DROP TABLE IF EXISTS more; DROP TABLE IF EXISTS document',
      );
      undo.exec(format.schema);
      undo.close();
    }
    openDatabase(store(), format).close();
  });

  test('a store whose bytes were spoilt is a fault with a cure, and is left as it is', () => {
    openDatabase(store(), format).close();
    const whole = readFileSync(store());
    const spoilt = [
      whole.subarray(0, 100),
      Buffer.alloc(0x2000, 0xff),
      Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(whole.length - 4096, 7)]),
    ];
    for (const bytes of spoilt) {
      writeFileSync(store(), bytes);
      assert.throws(() => openDatabase(store(), format), { code: 'data-damaged' });
      assert.deepEqual(readFileSync(store()).subarray(0, 100), bytes.subarray(0, 100));
    }
    writeFileSync(store(), whole);
    openDatabase(store(), format).close();
  });
});
