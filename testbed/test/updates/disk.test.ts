import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, memoryDisk, type Durable } from '../../src/updates/crashes/disk.ts';

/** Text of a file on a disk that a crash left; undefined where it has none. */
const textOf = (left: Durable, path: string): string | undefined => {
  const { disk } = memoryDisk(left);
  return disk.look(path) && Buffer.concat([...disk.read(path)]).toString();
};
const textsAfter = (crashes: readonly Durable[], path: string): Set<string | undefined> =>
  new Set(crashes.map((left) => textOf(left, path)));

test('a file whose name was not synced may be gone, whatever it contains', () => {
  const { disk, crashes } = memoryDisk();
  const writing = disk.create('/new', { executable: false });
  writing.append(Buffer.from('text'));
  writing.sync();
  assert.deepEqual(textsAfter(crashes(), '/new'), new Set([undefined, 'text']));
  disk.syncFolder('/');
  assert.deepEqual(textsAfter(crashes(), '/new'), new Set(['text']));
});

test('a file whose contents were not synced may be empty, torn or whole', () => {
  const { disk, crashes } = memoryDisk();
  const writing = disk.create('/new', { executable: false });
  disk.syncFolder('/');
  writing.append(Buffer.from('text'));
  assert.deepEqual(textsAfter(crashes(), '/new'), new Set(['', 'te', '\0\0xt', 'text']));
  disk.syncFile('/new');
  assert.deepEqual(textsAfter(crashes(), '/new'), new Set(['text']));
});

test('writing in place may leave the old, the new, and either half of both', () => {
  const { disk, crashes } = memoryDisk();
  disk.overwrite('/record', Buffer.from('old!'));
  disk.syncFile('/record');
  disk.syncFolder('/');
  disk.overwrite('/record', Buffer.from('NEW?'));
  assert.deepEqual(textsAfter(crashes(), '/record'), new Set(['old!', 'NEW?', 'NEd!', 'olW?']));
});

test('a rename that was not synced leaves the one name or the other, never both and never neither', () => {
  const { disk, crashes } = memoryDisk();
  disk.overwrite('/a', Buffer.from('x'));
  disk.syncFile('/a');
  disk.syncFolder('/');
  disk.rename('/a', '/b');
  const names = new Set(crashes().map((left) => memoryDisk(left).disk.list('/').join()));
  assert.deepEqual(names, new Set(['a', 'b']));
});

test('what nobody synced may be kept in any order', () => {
  const { disk, crashes } = memoryDisk();
  for (const name of ['a', 'b', 'c']) disk.makeFolder(`/${name}`);
  const found = new Set(crashes().map((left) => memoryDisk(left).disk.list('/').join('')));
  assert.deepEqual(found, new Set(['', 'a', 'b', 'c', 'ab', 'ac', 'bc', 'abc']));
});

test('disks that hold the same have the same key, and others have not', () => {
  const made = (text: string): Durable => {
    const { disk, synced } = memoryDisk();
    disk.makeFolder('/folder');
    disk.overwrite('/folder/file', Buffer.from(text));
    return synced();
  };
  assert.equal(keyOf(made('one')), keyOf(made('one')));
  assert.notEqual(keyOf(made('one')), keyOf(made('two')));
});

test('every effect is told once, and a full disk refuses what needs space', () => {
  const effects: string[] = [];
  let full = false;
  const { disk } = memoryDisk(
    undefined,
    (effect) => effects.push(effect),
    () => full,
  );
  disk.overwrite('/record', Buffer.from('old!'));
  disk.syncFile('/record');
  full = true;
  assert.throws(() => disk.makeFolder('/folder'), { code: 'ENOSPC' });
  disk.overwrite('/record', Buffer.from('new!'));
  assert.deepEqual(effects, ['create /record', 'overwrite /record', 'sync /record', 'overwrite /record']);
});
