import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  PACK_LIMITS,
  PACK_PREFIX_BYTES,
  packHead,
  readPackIndex,
  readPackPrefix,
  type PackBlock,
} from '../../src/index.ts';

const block = (at: number, bytes: number, changes: Partial<PackBlock> = {}): PackBlock => ({
  files: ['a'.repeat(64)],
  from: [],
  at,
  bytes,
  unpacked: 10,
  ...changes,
});
const read = (blocks: readonly PackBlock[], extra = 0) => {
  const head = packHead({ v: 1, blocks: [...blocks] });
  const prefix = readPackPrefix(head.subarray(0, PACK_PREFIX_BYTES));
  assert.ok(prefix.ok);
  assert.equal(prefix.value.indexBytes, head.length - PACK_PREFIX_BYTES);
  const bodies = blocks.reduce((sum, { bytes }) => sum + bytes, 0);
  return readPackIndex(head.subarray(PACK_PREFIX_BYTES), head.length + bodies + extra);
};

test('what-was-written-is-read', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { maxLength: 20 }), (lengths) => {
      let at = 0;
      const blocks = lengths.map((bytes) => {
        const next = block(at, bytes);
        at += bytes;
        return next;
      });
      assert.deepEqual(read(blocks), { ok: true, value: { v: 1, blocks } });
    }),
  );
});

test('refuses-blocks-that-overlap-leave-gaps-or-end-elsewhere-than-the-pack', () => {
  assert.equal(read([block(0, 5), block(4, 5)]).ok, false);
  assert.equal(read([block(0, 5), block(6, 5)]).ok, false);
  assert.equal(read([block(0, 5)], 1).ok, false);
  assert.equal(read([block(0, 5)], -1).ok, false);
});

test('refuses-a-block-that-would-take-more-memory-than-a-device-has-for-it', () => {
  const two = ['a'.repeat(64), 'b'.repeat(64)];
  const large = PACK_LIMITS.blockBytes + 1;
  assert.equal(read([block(0, 5, { files: two, unpacked: large })]).ok, false);
  assert.equal(read([block(0, 5, { from: two, unpacked: large })]).ok, false);
  // one file without dictionary is decoded as a stream
  assert.equal(read([block(0, 5, { unpacked: large })]).ok, true);
});

test('refuses-a-head-that-is-not-one', () => {
  assert.equal(readPackPrefix(Buffer.from('HWPACK2\n\0\0\0\0', 'latin1')).ok, false);
  assert.equal(readPackPrefix(Buffer.alloc(3)).ok, false);
  const huge = Buffer.concat([Buffer.from('HWPACK1\n', 'latin1'), Buffer.from([0xff, 0xff, 0xff, 0xff])]);
  assert.deepEqual(readPackPrefix(huge), {
    ok: false,
    code: 'pack-too-large',
    because: 'an index of 4294967295 bytes',
  });
  for (const bytes of ['', '{}', '[', '{"v":1,"blocks":[{}]}', '{"v":2,"blocks":[]}']) {
    assert.equal(readPackIndex(Buffer.from(bytes), 100).ok, false);
  }
});
