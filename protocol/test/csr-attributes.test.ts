import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  readCsrAttributes,
  SEALING,
  SIGNATURES,
  writeCsrAttributes,
  type SealingId,
  type SignatureId,
} from '../src/index.ts';

const signatures = (Object.keys(SIGNATURES) as SignatureId[]).filter((id) => id !== 'rsa-2048-sha256');
const sealings = Object.keys(SEALING) as SealingId[];

test('a device reads what the services wrote', () => {
  assert.deepEqual(readCsrAttributes(writeCsrAttributes({})), {});
  for (const signature of signatures)
    for (const sealing of sealings)
      assert.deepEqual(readCsrAttributes(writeCsrAttributes({ signature, sealing })), { signature, sealing });
});

test('reads the example of RFC 7030, 4.5.2, and takes the curve from it', () => {
  // challengePassword, an unknown attribute with a value, serialNumber; a P-384 key with ecdsa-with-SHA384
  const answer = 'MEEGCSqGSIb3DQEJBzASBgcqhkjOPQIBMQcGBSuBBAAiMBYGCSqGSIb3DQEJDjEJBgcrBgEBAQEWBggqhkjOPQQDAw==';
  assert.deepEqual(readCsrAttributes(answer), { signature: 'ecdsa-p384-sha384' });
});

test('hostile attributes are none, or wishes of the registry, and never a crash', () => {
  const good = Buffer.from(writeCsrAttributes({ signature: 'ed25519', sealing: 'aes-256-gcm' }), 'base64');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.nat().map((at) => flipped(good, at)),
      ),
      (bytes) => {
        const read = readCsrAttributes(Buffer.from(bytes).toString('base64'));
        if (read?.signature) assert.ok(Object.hasOwn(SIGNATURES, read.signature));
      },
    ),
    { numRuns: 20_000 },
  );
  assert.equal(readCsrAttributes('A'.repeat(5_000)), undefined);
  assert.equal(readCsrAttributes('not base64!'), undefined);
});

test('two wishes for one thing are none', () => {
  const two = ['ecdsa-p256-sha256', 'ecdsa-p384-sha384'] as const;
  const bodies = two.map((signature) => Buffer.from(writeCsrAttributes({ signature }), 'base64').subarray(2));
  const both = Buffer.concat(bodies);
  const der = Buffer.concat([Buffer.of(0x30, both.length), both]);
  assert.deepEqual(readCsrAttributes(der.toString('base64')), {});
});

const flipped = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  const bit = at % (copy.length * 8);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
};
