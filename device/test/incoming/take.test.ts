import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ScanVerdict } from '../../src/incoming/scanner.ts';
import { takeFile } from '../../src/incoming/take.ts';
import { remadeWav } from '../../src/incoming/wav.ts';
import { eicar, wavOf } from './eicar.ts';

const TONE = Buffer.from([128, 160, 185, 160, 128, 96, 71, 96]);
const WAV = ['audio/wav'];

test('a sound is written anew: nothing that came with its samples is kept', async () => {
  const clean = wavOf(TONE);
  const taken = await takeFile(undefined, WAV, wavOf(TONE, { before: eicar() }));
  assert.ok(taken.ok);
  assert.ok(clean.equals(taken.bytes));
  assert.equal(Buffer.from(taken.bytes).includes('EICAR'), false);
  assert.ok(clean.equals(remadeWav(clean) ?? new Uint8Array()), 'what is in its canonical form stays as it is');
});

test('what is no such sound is refused, whatever it is called', async () => {
  const good = wavOf(TONE);
  const without = (from: number, to: number) => Buffer.concat([good.subarray(0, from), good.subarray(to)]);
  const changed = (at: number, byte: number) => Buffer.from(good.map((each, index) => (index === at ? byte : each)));
  for (const [what, bytes] of Object.entries({
    'nothing at all': Buffer.alloc(0),
    'the test file of scanners': eicar(),
    'a program': Buffer.from('\u007fELF\u0002\u0001\u0001'),
    'a sound with something behind it': Buffer.concat([good, eicar()]),
    'a sound that is cut off': good.subarray(0, -1),
    'a sound without format': without(12, 36),
    'no samples': wavOf(Buffer.alloc(0)),
    'another coding than PCM': wavOf(TONE, { kind: 85 }),
    'a rate that no hub plays': wavOf(TONE, { rate: 7_919 }),
    'more than five seconds': wavOf(Buffer.alloc(40_002)),
    'a chunk longer than the file': changed(40, 255),
    'half a sample': changed(34, 16),
  })) {
    assert.deepEqual(await takeFile(undefined, WAV, bytes), { ok: false, because: 'wrong-format' }, what);
  }
  assert.deepEqual(await takeFile(undefined, ['image/png'], good), { ok: false, because: 'wrong-format' });
});

test('a file that the scanner has not let through is not read at all', async () => {
  const verdicts: readonly ScanVerdict[] = [
    { kind: 'malware' },
    { kind: 'not-scanned', because: 'unreachable' },
    { kind: 'not-scanned', because: 'no-answer' },
  ];
  for (const verdict of verdicts)
    assert.deepEqual(await takeFile(async () => verdict, WAV, wavOf(TONE)), { ok: false, because: verdict.kind });
  assert.equal((await takeFile(async () => ({ kind: 'clean' }), WAV, wavOf(TONE))).ok, true);
});

test('whatever bytes come, a sound is taken in its canonical form or not at all', () => {
  const cut = fc
    .tuple(
      fc.uint8Array({ minLength: 1, maxLength: 64 }),
      fc.array(fc.tuple(fc.nat(120), fc.nat(255)), { maxLength: 4 }),
    )
    .map(([samples, changes]) => {
      const bytes = wavOf(samples);
      for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
      return bytes;
    });
  fc.assert(
    fc.property(fc.oneof(cut, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      const made = remadeWav(bytes);
      if (made) assert.deepEqual(remadeWav(made), made);
    }),
    { numRuns: 2_000 },
  );
});
