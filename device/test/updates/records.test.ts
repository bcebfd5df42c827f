import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  chooseRecord,
  decodeRecord,
  encodeRecord,
  GIVEN_UP,
  nextSequence,
  RECORD_BYTES,
  type Slot,
  type SlotRecord,
} from '../../src/updates/slots/records.ts';
import { agreeOnFloor } from '../../src/updates/slots/floors.ts';

const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const plain = { noNullPrototype: true } as const;
const image = fc.record(
  {
    digest: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex')),
    number: uint32,
    securityVersion: uint32,
  },
  plain,
);
const slot: fc.Arbitrary<Slot> = fc.oneof(
  fc.constant({ state: 'empty' as const }),
  fc.record({ state: fc.constantFrom('staged', 'trial', 'confirmed'), image }, plain),
  fc.record({ state: fc.constant('failed' as const), image, because: fc.constantFrom(...GIVEN_UP) }, plain),
);
const records: fc.Arbitrary<SlotRecord> = fc.record(
  {
    sequence: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    active: fc.constantFrom('a' as const, 'b' as const),
    triesLeft: fc.integer({ min: 0, max: 255 }),
    orderlyLeft: fc.integer({ min: 0, max: 255 }),
    floor: uint32,
    slots: fc.record({ a: slot, b: slot }, plain),
  },
  plain,
);
const some: SlotRecord = {
  sequence: 7n,
  active: 'b',
  triesLeft: 2,
  orderlyLeft: 4,
  floor: 3,
  slots: {
    a: { state: 'confirmed', image: { digest: 'aa'.repeat(32), number: 4, securityVersion: 3 } },
    b: { state: 'trial', image: { digest: 'bb'.repeat(32), number: 5, securityVersion: 4 } },
  },
};

test('a record reads as it was written, in a fixed size', () => {
  fc.assert(
    fc.property(records, (record) => {
      const bytes = encodeRecord(record);
      assert.equal(bytes.length, RECORD_BYTES);
      assert.deepEqual(decodeRecord(bytes), record);
    }),
  );
});

test('a record with any one bit flipped is none', () => {
  const whole = encodeRecord(some);
  for (let bit = 0; bit < whole.length * 8; bit += 1) {
    const flipped = Buffer.from(whole);
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    assert.equal(decodeRecord(flipped), undefined, `bit ${bit}`);
  }
});

test('a record torn anywhere between an old and a new one is none of both, or one of them', () => {
  const old = encodeRecord(some);
  const next = encodeRecord({ ...some, sequence: 9n, active: 'a' });
  for (let at = 0; at <= RECORD_BYTES; at += 1) {
    const torn = Buffer.concat([next.subarray(0, at), old.subarray(at)]);
    const read = decodeRecord(torn);
    assert.ok(read === undefined || torn.equals(old) || torn.equals(next), `torn at ${at}`);
  }
});

test('the later of two valid records holds, also where the sequence begins again', () => {
  const sequence = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.constantFrom(2n ** 64n - 1n, 0n, 2n ** 63n),
  );
  fc.assert(
    fc.property(sequence, fc.boolean(), (first, swapped) => {
      const older = encodeRecord({ ...some, sequence: first });
      const newer = encodeRecord({ ...some, sequence: nextSequence(first), floor: 9 });
      const chosen = chooseRecord(swapped ? [newer, older] : [older, newer]);
      assert.equal(chosen?.record.floor, 9);
      assert.equal(chosen.writeTo, swapped ? 1 : 0, 'what is written next is the older one');
    }),
  );
});

test('a lost record leaves the other, and two lost ones leave none', () => {
  const whole = encodeRecord(some);
  const lost = Buffer.alloc(RECORD_BYTES, 0xff);
  for (const bad of [undefined, lost, Buffer.alloc(0), whole.subarray(0, 511), Buffer.concat([whole, whole])]) {
    assert.deepEqual(chooseRecord([whole, bad]), { record: some, writeTo: 1 });
    assert.deepEqual(chooseRecord([bad, whole]), { record: some, writeTo: 0 });
    assert.equal(chooseRecord([bad, bad]), undefined);
  }
});

test('a floor that was put back in one place is seen, and the highest holds', () => {
  assert.deepEqual(agreeOnFloor({ record: 4, store: 4, counter: 4 }), { floor: 4, tampered: [] });
  assert.deepEqual(agreeOnFloor({ record: 3, store: 4 }), { floor: 4, tampered: ['record'] });
  assert.deepEqual(agreeOnFloor({ record: 4, store: 3 }), { floor: 4, tampered: ['store'] });
  assert.deepEqual(agreeOnFloor({ record: 3, store: 3, counter: 4 }), { floor: 4, tampered: ['record', 'store'] });
  assert.deepEqual(agreeOnFloor({ record: 4, store: 4, counter: 2 }), { floor: 4, tampered: ['counter'] });
});

test('a raise that a power cut left unfinished is no tampering, and hides none', () => {
  assert.deepEqual(agreeOnFloor({ record: 5, store: 4, counter: 4 }, 5), { floor: 5, tampered: [] });
  assert.deepEqual(agreeOnFloor({ record: 5, store: 5, counter: 4 }, 5), { floor: 5, tampered: [] });
  assert.deepEqual(agreeOnFloor({ record: 4, store: 4, counter: 4 }, 5), { floor: 4, tampered: [] });
  assert.deepEqual(agreeOnFloor({ record: 5, store: 3, counter: 4 }, 5), { floor: 5, tampered: ['store'] });
  assert.deepEqual(agreeOnFloor({ record: 3, store: 4, counter: 4 }, 5), { floor: 4, tampered: ['record'] });
});
