/**
 * Fuzzes every parser, or those that are named, by hand and for long. What it finds lies in `tools/fuzz/regressions/` after
 * that, where the tests try it from then on.
 *
 *   npm run fuzz -- [NAME]... [--minutes N]
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DIGESTS } from '@hearthward/protocol';
import { fuzz } from './driver.ts';
import { TARGETS } from './targets.ts';

const { values, positionals } = parseArgs({ options: { minutes: { type: 'string' } }, allowPositionals: true });
const minutes = Number(values.minutes ?? 1);
const unknown = positionals.filter((name) => !Object.hasOwn(TARGETS, name));
if (unknown.length > 0 || !(minutes > 0)) {
  console.error(`usage: npm run fuzz -- [NAME]... [--minutes N]; there are ${Object.keys(TARGETS).join(', ')}`);
  process.exit(64);
}
const names = positionals.length > 0 ? positionals : Object.keys(TARGETS);
for (const name of names) {
  const target = TARGETS[name];
  if (!target) continue;
  const end = Date.now() + (minutes * 60_000) / names.length;
  const { inputs, kept, finding } = await fuzz(target, () => Date.now() > end, Math.random);
  console.log(`${name}: ${inputs} inputs, ${kept} of them reached something new`);
  if (!finding) continue;
  mkdirSync(join(import.meta.dirname, 'regressions'), { recursive: true });
  const file = join(
    import.meta.dirname,
    'regressions',
    `${name}.${createHash(DIGESTS.sha256.digest).update(finding.bytes).digest('hex').slice(0, 12)}`,
  );
  writeFileSync(file, finding.bytes);
  console.log(`  thrown over: ${String(finding.thrown)}; kept as ${file}`);
  process.exitCode = 1;
}
