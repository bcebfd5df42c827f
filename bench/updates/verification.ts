import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { placesOf, systemDisk, verifySlot } from '@hearthward/device/updates';
import { AT_ONCE, runPass } from '../../device/src/integrity/pass.ts';
import { verifySteps } from '../../device/src/updates/slots/verify.ts';
import { byPath } from '@hearthward/protocol';
import type { Measured } from '../measured.ts';

/**
 * How fast a slot is held against its manifest, as before every start: against OpenSSL's own tool over the same bytes in
 * one file. Both take turns; the system has read all of it before. Then the same while the device runs, in slices: the
 * longest that it keeps its process at a time, beside the 50 ms that nobody may have to wait.
 */
export const verification = async (): Promise<readonly Measured[]> => {
  const dir = mkdtempSync(join(tmpdir(), 'hearthward-verify-'));
  try {
    const places = placesOf(dir, 'a');
    // as an application is: many small files, a few large ones
    const lengths = [
      ...Array.from({ length: 4000 }, () => 16 * 1024),
      ...Array.from({ length: 4 }, () => 32 * 1024 * 1024),
    ];
    const whole: Buffer[] = [];
    const files = lengths.map((length, at) => {
      // no key: bytes to measure with
      const bytes = randomBytes(length);
      const path = `${String(at % 40).padStart(2, '0')}/${at}`;
      mkdirSync(dirname(join(places.files, path)), { recursive: true });
      writeFileSync(join(places.files, path), bytes);
      whole.push(bytes);
      return { path, sha256: createHash('sha256').update(bytes).digest('hex'), length };
    });
    const manifest = JSON.stringify({
      v: 1,
      product: 'hub',
      number: 1,
      entry: files[0]?.path,
      files: files.sort(byPath),
    });
    writeFileSync(places.manifest, manifest);
    const digest = createHash('sha256').update(manifest).digest('hex');
    const one = join(dir, 'one');
    writeFileSync(one, Buffer.concat(whole));
    const took = { ours: [] as number[], openssl: [] as number[], each: [] as number[] };
    const names = files.map(({ path }) => join(places.files, path));
    for (let turn = 0; turn < TURNS; turn++) {
      took.ours.push(
        seconds(() => {
          const verified = verifySlot(systemDisk, dir, 'a', digest);
          if (!verified.ok) throw new Error(`${verified.path}: ${verified.because}`);
        }),
      );
      took.openssl.push(seconds(() => execFileSync('openssl', ['dgst', '-sha256', one], { stdio: 'ignore' })));
      took.each.push(seconds(() => execFileSync('openssl', ['dgst', '-sha256', ...names], { stdio: 'ignore' })));
    }
    let longest = 0;
    let working = performance.now();
    const pace = {
      now: AT_ONCE.now,
      rest: async (millis: number, signal: AbortSignal): Promise<void> => {
        longest = Math.max(longest, performance.now() - working);
        await AT_ONCE.rest(millis, signal);
        working = performance.now();
      },
    };
    const passed = await runPass(verifySteps(systemDisk, dir, 'a', digest), pace, new AbortController().signal);
    if (!passed.ok) throw new Error(`${passed.path}: ${passed.because}`);
    const mib = lengths.reduce((sum, length) => sum + length, 0) / 1024 / 1024;
    const speed = (of: readonly number[]): number => mib / ([...of].sort((a, b) => a - b)[TURNS >> 1] ?? NaN);
    const what = `a slot of ${files.length} files verified`;
    const ours = { value: speed(took.ours), unit: 'MiB/s' };
    return [
      { what, ...ours, yardstick: 'openssl dgst -sha256 of the same files', yardstickValue: speed(took.each) },
      { what, ...ours, yardstick: 'of one file as long as all of them', yardstickValue: speed(took.openssl) },
      {
        what: 'the longest slice of a pass while it runs',
        value: longest,
        unit: 'ms',
        yardstick: 'what nobody may have to wait longer than',
        yardstickValue: 50,
      },
    ];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
};

const TURNS = 5;

const seconds = (work: () => unknown): number => {
  const began = performance.now();
  work();
  return (performance.now() - began) / 1000;
};
