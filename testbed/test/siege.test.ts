import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Besieged } from './siege.ts';

/** Both ends of every connection are in one process; the system's usual bound of descriptors is far below. */
const COUNT = process.env['CI'] ? 5000 : 400;
const DESCRIPTORS = COUNT * 2 + 2000;
/** MiB for so many connections, both ends: 15 kB each, and what the line itself needs to answer. */
const MOST_MIB = 100 + (COUNT * 15) / 1024;

test(`${COUNT} connections that say nothing keep nobody from being served`, { timeout: 400_000 }, async () => {
  const program = fileURLToPath(new URL('siege.ts', import.meta.url));
  const { stdout } = await promisify(execFile)('sh', [
    '-c',
    `ulimit -n ${DESCRIPTORS} && exec "$0" "$@"`,
    process.execPath,
    program,
    String(COUNT),
  ]);
  const results = JSON.parse(stdout) as readonly Besieged[];
  assert.deepEqual(
    results.map(({ listener }) => listener),
    ['panel', 'site', 'enrolment', 'messages'],
  );
  for (const { listener, waited, left, opened, grewBy } of results) {
    assert.ok(
      waited.every((millis) => millis >= 0),
      `${listener}: somebody honest was not served`,
    );
    assert.ok(Math.max(...waited) < 5_000, `${listener}: somebody honest waited ${Math.max(...waited).toFixed()} ms`);
    assert.ok(left <= 1024, `${listener}: ${left} of ${opened} besiegers are still there`);
    assert.ok(grewBy < MOST_MIB, `${listener}: grew by ${grewBy.toFixed()} MiB`);
  }
});
