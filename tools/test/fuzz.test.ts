import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fuzz, tryOne } from '../fuzz/driver.ts';
import { TARGETS } from '../fuzz/targets.ts';

/** The same numbers every time (a linear congruential generator, Numerical Recipes). */
const drawing = () => {
  let state = 1;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
};
const after = (most: number) => (inputs: number) => inputs >= most;

test('every parser reads or refuses what it is given, for a while', async () => {
  for (const [name, target] of Object.entries(TARGETS)) {
    const { finding } = await fuzz(target, after(100), drawing());
    assert.equal(finding, undefined, `${name}: ${String(finding?.thrown)}`);
  }
});

test('what was found once is never found again', async () => {
  const folder = join(import.meta.dirname, '..', 'fuzz', 'regressions');
  for (const file of existsSync(folder) ? readdirSync(folder) : []) {
    const target = TARGETS[file.slice(0, file.lastIndexOf('.'))];
    assert.ok(target, `${file} is of no target`);
    await tryOne(target.run, readFileSync(join(folder, file)));
  }
});

test('the driver finds what throws, and keeps what reaches further', async () => {
  const fragile = {
    seeds: [Buffer.from('{"a":1}')],
    run: (bytes: Uint8Array) => {
      if (bytes.includes(0xff)) throw new RangeError('no such byte');
    },
  };
  const { finding } = await fuzz(fragile, after(100_000), drawing());
  assert.ok(finding?.thrown instanceof RangeError && finding.bytes.includes(0xff));
  const sound = TARGETS['sound'];
  assert.ok(sound);
  const { kept, inputs } = await fuzz(sound, after(2_000), drawing());
  assert.ok(kept > sound.seeds.length && inputs >= 2_000, `${kept} of ${inputs}`);
});

test('an input that takes too much, or reaches what all objects have, is found', async () => {
  const one = Buffer.from('x');
  const polluting = (): void => void Object.assign(Object.prototype, { polluted: 1 });
  await assert.rejects(tryOne(polluting, one), /prototype of all Object/);
  Reflect.deleteProperty(Object.prototype, 'polluted');
  const kept: Buffer[] = [];
  await assert.rejects(
    tryOne(() => void kept.push(Buffer.alloc(300 * 1024 * 1024, 1)), one),
    /bytes/,
  );
  await tryOne(() => undefined, one);
});
