/**
 * Benchmarks: each prints what it measured beside a yardstick of the same run, because machines differ and are noisy.
 *
 *   npm run bench [-- NAME ...]
 */
import { certificates } from './certificates.ts';
import { connections } from './connections/connections.ts';
import { handshakes } from './connections/handshakes.ts';
import { firstStatement } from './first-statement.ts';
import { flood } from './flood.ts';
import { log } from './log.ts';
import { login } from './login.ts';
import type { Measured } from './measured.ts';
import { erasingOne } from './privacy/erasing.ts';
import { ingestOfPeople } from './privacy/ingest.ts';
import { redaction } from './redaction.ts';
import { starting } from './starting/starting.ts';
import { check } from './updates/check.ts';
import { delta } from './updates/delta.ts';
import { memory } from './updates/memory.ts';
import { verification } from './updates/verification.ts';

const BENCHES: Readonly<Record<string, () => Promise<readonly Measured[]>>> = {
  certificates,
  connections,
  handshakes,
  'first-statement': firstStatement,
  flood,
  log,
  login,
  'privacy-erasing': erasingOne,
  'privacy-ingest': ingestOfPeople,
  redaction,
  starting,
  'update-check': check,
  'update-delta': delta,
  'update-memory': memory,
  'update-verification': verification,
};

const asked = process.argv.slice(2);
for (const [name, bench] of Object.entries(BENCHES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  for (const { what, value, unit, yardstick, yardstickValue } of await bench()) {
    console.log(
      `${name}: ${what} ${value.toFixed(2)} ${unit}; ${yardstick} ${yardstickValue.toFixed(2)} ${unit}; ratio ${(value / yardstickValue).toFixed(2)}`,
    );
  }
}
