import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { duplexPair } from 'node:stream';
import { test } from 'node:test';
import { newRecoveryCodes, without } from '../../src/access/factors/recovery.ts';
import { readBody } from '../../src/panel/http/body.ts';
import { readFrames, writeFrame } from '../../src/secrets/frames.ts';
import { connectSigner, serveSigner } from '../../src/secrets/remote.ts';
import type { ReleasedKey, Signer } from '../../src/secrets/signer.ts';
import { viewOf, wiping } from '../../src/secrets/wiping.ts';
import { bench, Browser, OWN, setUp } from '../panel/bench.ts';
import { withApp } from '../panel/second-step.ts';

/** Bytes of a secret are zero once the work with them is done, also where it failed. */

const isWiped = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
const FORM = 'application/x-www-form-urlencoded';

test('bytes-are-zero-after-the-work-and-after-its-failure', () => {
  const secret = randomBytes(32);
  assert.equal(
    wiping(secret, (bytes) => bytes.length),
    32,
  );
  assert.ok(isWiped(secret));
  const other = randomBytes(32);
  assert.throws(() => wiping(other, () => assert.fail('as asked')), /as asked/);
  assert.ok(isWiped(other));
});

test('a-view-is-the-same-bytes-also-inside-a-larger-block', () => {
  const block = Uint8Array.from({ length: 64 }, (_, at) => at + 1);
  const view = viewOf(block.subarray(10, 20));
  assert.deepEqual([...view], [...block.subarray(10, 20)]);
  view.fill(0);
  assert.equal(block.filter((byte) => byte === 0).length, 10, 'and nothing beside them');
});

test('the-bytes-of-a-form-with-a-password-are-zero-once-it-is-read-or-refused', () => {
  for (const text of [`user=owner&password=${OWN}`, `password=${OWN}&password=x`, `password=%zz${OWN}`]) {
    const bytes = Buffer.from(text);
    readBody(bytes, FORM, 'form');
    assert.ok(isWiped(bytes), text);
  }
  const json = Buffer.from(JSON.stringify({ password: OWN }));
  assert.equal(readBody(json, 'application/json', 'json').ok, true);
  assert.ok(isWiped(json));
});

test('what-recovery-codes-were-drawn-from-is-zero-once-they-are-text', () => {
  const drawn: Uint8Array[] = [];
  const { shown, kept } = newRecoveryCodes((bytes) => {
    const random = randomBytes(bytes);
    drawn.push(random);
    return random;
  });
  assert.equal(drawn.length, 11, 'a key and ten codes');
  assert.ok(drawn.every(isWiped));
  assert.equal(without(kept, shown[3] ?? '')?.tags.length, 9, 'and they open what they did');
});

test('every-random-byte-that-becomes-a-secret-of-a-person-is-wiped', async (t) => {
  const drawn: { readonly bytes: Uint8Array; readonly copy: Buffer }[] = [];
  const made = await bench({
    drawn: (bytes) => void drawn.push({ bytes, copy: Buffer.from(bytes) }),
  });
  t.after(() => made.app.close());
  const owner = await setUp(made.app);
  // from here on nothing is drawn that may be known: the first guess has made the record that no password opens
  await new Browser(made.app, '192.0.2.3').logIn('nobody-has-This-one');
  drawn.splice(0);
  await withApp(made, owner);
  await owner.submit('/', '/logout', {});
  await new Browser(made.app, '192.0.2.4').logIn();
  const lengths = drawn.map(({ bytes }) => bytes.length);
  for (const [length, what] of [
    [20, 'the secret of an app'],
    [16, 'a recovery code'],
    [32, 'the id of a session'],
  ] as const)
    assert.ok(lengths.includes(length), what);
  for (const { bytes, copy } of drawn) assert.ok(isWiped(bytes) && !isWiped(copy), `${bytes.length} bytes`);
});

test('a-key-that-a-frame-carries-stays-at-neither-end-nor-in-the-pieces-that-it-came-in', async () => {
  const [near, far] = duplexPair();
  const key = randomBytes(32);
  const seen: Buffer[] = [];
  far.on('data', (chunk: Buffer) => seen.push(chunk));
  const taken = new Promise<Buffer>((resolve) => readFrames(far, ({ body }) => resolve(body)));
  const whole: Buffer[] = [];
  const [sink, source] = duplexPair();
  source.on('data', (chunk: Buffer) => whole.push(Buffer.from(chunk)));
  writeFrame(sink, { id: 1 }, key);
  await new Promise(setImmediate);
  // as a socket may deliver it: in three pieces, two of them with a part of the key
  const bytes = Buffer.concat(whole);
  for (const [from, to] of [
    [0, 5],
    [5, bytes.length - 20],
    [bytes.length - 20, bytes.length],
  ] as const)
    near.write(Buffer.from(bytes.subarray(from, to)));
  assert.deepEqual(await taken, key, 'who asked for it has it');
  await new Promise(setImmediate);
  assert.ok(seen.length >= 3 && seen.every(isWiped));
});

test('a-released-key-is-wiped-in-the-signer-once-it-is-sent', async () => {
  const key = randomBytes(32);
  const copy = Buffer.from(key);
  const signer = { release: async (): Promise<ReleasedKey> => ({ key, certificates: [] }) } as unknown as Signer;
  const [near, far] = duplexPair();
  serveSigner(signer, far);
  const got = await connectSigner(near).release('data');
  assert.deepEqual(got.key, copy);
  assert.ok(isWiped(key));
});
