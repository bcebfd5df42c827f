import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { openSealedFolder, renewSeal } from '../../src/authority/sealed.ts';

/** EN 303 645 5.5-8: the key that seals the manufacturer's keys is replaced, and the old one opens nothing. */

describe('the key that seals a folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seal-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const bytes = (text: string): Uint8Array => Buffer.from(text);
  const textIn = (name: string, files = openSealedFolder(folder)): string =>
    Buffer.from(files.readSealed(name) ?? []).toString();

  test('everything is sealed anew while a reader goes on, and the old key opens nothing', () => {
    const running = openSealedFolder(folder);
    running.writeSealed('one.key', bytes('first'));
    running.writeSealed('two.key', bytes('second'));
    const old = readFileSync(join(folder, 'seal.key'));
    renewSeal(folder);
    assert.notDeepEqual(readFileSync(join(folder, 'seal.key')), old);
    assert.deepEqual([textIn('one.key', running), textIn('two.key', running)], ['first', 'second']);
    running.writeSealed('three.key', bytes('third'));
    assert.equal(textIn('three.key'), 'third');
    writeFileSync(join(folder, 'seal.key'), old);
    for (const name of ['one.key', 'two.key', 'three.key'])
      assert.throws(() => textIn(name), { code: 'data-damaged' }, name);
  });

  test('a power cut between two files loses nothing, and the next renewal finishes it', () => {
    const files = openSealedFolder(folder);
    files.writeSealed('one.key', bytes('first'));
    files.writeSealed('two.key', bytes('second'));
    const cut = mkdtempSync(join(tmpdir(), 'seal-cut-'));
    try {
      for (const name of readdirSync(folder)) copyFileSync(join(folder, name), join(cut, name));
      renewSeal(folder);
      // as it lies there when the power goes after the first file: its successor beside the old key
      copyFileSync(join(folder, 'seal.key'), join(folder, 'seal.next.key'));
      copyFileSync(join(cut, 'seal.key'), join(folder, 'seal.key'));
      copyFileSync(join(cut, 'two.key'), join(folder, 'two.key'));
      assert.deepEqual([textIn('one.key'), textIn('two.key')], ['first', 'second']);
      openSealedFolder(folder).writeSealed('three.key', bytes('third'));
      renewSeal(folder);
      assert.deepEqual([textIn('one.key'), textIn('two.key'), textIn('three.key')], ['first', 'second', 'third']);
      assert.equal(readdirSync(folder).includes('seal.next.key'), false);
    } finally {
      rmSync(cut, { recursive: true, force: true });
    }
  });
});
