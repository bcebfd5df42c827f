/**
 * Assesses two products that others made, Mosquitto and Node-RED as their packages install them, with the command that
 * anyone would use. Their statements must be honest: every row there, what is known to be wrong found, nothing passed
 * that is not listed with its reason in `testbed/foreign/expectations.ts`, and the product left as it was.
 *
 * Where Mosquitto or the registry is absent the product is skipped by name; in CI that fails.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding, Observation, Statement, Target } from '@hearthward/assessor';
import { CODES, rows } from '@hearthward/standards';
import { MOSQUITTO, NODE_RED, type Expectation } from '../testbed/foreign/expectations.ts';
import { end, type Running, type Started } from '../testbed/foreign/running.ts';
import { startMosquitto } from '../testbed/foreign/start-mosquitto.ts';
import { NODE_RED_VERSION, startNodeRed } from '../testbed/foreign/start-node-red.ts';
import { ROOT } from './tree.ts';

const COMMAND_MS = 300_000;
/** what npx would run */
const BIN = join(ROOT, 'node_modules/.bin/hearthward');

interface Foreign {
  readonly name: string;
  readonly service: string;
  readonly expected: Expectation;
  readonly start: (dir: string) => Promise<Started>;
}

const scratch = mkdtempSync(join(tmpdir(), 'hearthward-foreign-'));
const count = { passed: 0, failed: 0, skipped: 0 };

const check = async (what: string, test: () => void | Promise<void>): Promise<void> => {
  try {
    await test();
    count.passed++;
    console.log(`ok    ${what}`);
  } catch (error) {
    if (!(error instanceof assert.AssertionError)) throw error;
    count.failed++;
    console.log(`FAIL  ${what}\n      ${error.message.replaceAll('\n', '\n      ')}`);
  }
};
const hearthward = (...args: string[]) => {
  const run = spawnSync(process.execPath, [BIN, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
    timeout: COMMAND_MS,
  });
  return { code: run.status, out: run.stdout, error: run.stderr };
};

async function assessOne({ name, service, expected, start }: Foreign): Promise<void> {
  console.log(`\n${name}`);
  const dir = join(scratch, expected.declaration.product.id);
  mkdirSync(dir);
  const started = await start(dir);
  if (!started.ok) {
    count.skipped++;
    if (process.env['CI'] === 'true') count.failed++;
    console.log(`skipped: ${name}: ${started.because}`);
    return;
  }
  const { running } = started;
  try {
    await check('its declaration is in order', () => {
      const checked = hearthward('product', 'check', expected.file);
      assert.equal(checked.code, 0, checked.out + checked.error);
    });
    const before = await running.state();
    const target = join(dir, 'target.json');
    writeFileSync(target, JSON.stringify(targetOf(expected, service, running)));
    const assessed = hearthward('assess', target, '--out', join(dir, 'evidence'));
    const folder = assessed.out.trimEnd().split('\n').at(-1) ?? '';
    await check('assess ends with 1, since rows fail, and names the evidence folder', () => {
      assert.equal(assessed.code, 1, assessed.error);
      assert.ok(existsSync(join(folder, 'findings.json')), folder);
    });
    if (!existsSync(join(folder, 'findings.json'))) return;
    await checkFolder(folder, expected);
    const left = await running.tidy();
    for (const one of left) console.log(`      put back by this test: ${one}`);
    await check('it still answers, and is as it was but for what the evidence records', async () => {
      assert.equal(running.process.exitCode, null, 'it has ended');
      assert.ok(left.length <= acceptedChanges(folder), `${left.length} changes were left, fewer are recorded`);
      assert.equal(await running.state(), before);
    });
  } finally {
    await end(running.process);
  }
}

async function checkFolder(folder: string, { declaration, fails, mayFail, mayPass }: Expectation): Promise<void> {
  const statements = CODES.map((code): Statement => {
    const printed = hearthward('statement', folder, '--code', code, '--format', 'json');
    assert.equal(printed.code, 0, printed.error);
    return JSON.parse(printed.out) as Statement;
  });
  const findings = JSON.parse(readFileSync(join(folder, 'findings.json'), 'utf8')) as readonly Finding[];
  printTable(statements);
  const every = statements.flatMap(({ code, rows: list }) =>
    list.map((row) => ({ ...row, name: `${code} ${row.ref}` })),
  );

  await check('a statement for each of the four codes with every row', () => {
    for (const { code, rows: list } of statements)
      assert.deepEqual(
        list.map((row) => row.ref),
        rows(code).map((row) => row.ref),
        code,
      );
  });
  await check('what is known to be wrong is found, with evidence', () => {
    for (const [topic, why] of Object.entries(fails)) {
      const finding = findings.find((one) => one.topic === topic);
      assert.equal(finding?.verdict, 'FAIL', `${topic}: ${why}; found ${finding?.verdict}: ${finding?.because}`);
      assert.ok(finding.evidence.length > 0, `${topic} fails without evidence`);
    }
  });
  await check('no row passes that is not listed with its reason', () => {
    const passing = every.filter((row) => row.verdict === 'PASS' && mayPass[row.name] === undefined);
    assert.deepEqual(
      passing.map((row) => `${row.name}: ${row.reason}`),
      [],
    );
  });
  await check('no row fails but by what is known, or because the declaration says so itself', () => {
    const known = new Set(
      CODES.flatMap((code) =>
        rows(code)
          .filter((row) => row.topics.some((topic) => topic in fails || topic in mayFail))
          .map((row) => `${code} ${row.ref}`),
      ),
    );
    const strange = every.filter((row) => row.verdict === 'FAIL' && row.support === 'Y' && !known.has(row.name));
    assert.deepEqual(
      strange.map((row) => `${row.name}: ${row.reason}`),
      [],
    );
  });
  await check('what is not claimed has its reason, and no case broke', () => {
    for (const row of every) {
      assert.notEqual(row.verdict, 'ERROR', `${row.name}: ${row.reason}`);
      if (row.support === 'N') assert.ok(row.reason, `${row.name} is N without a reason`);
    }
    const claimed = Object.values(declaration.rows).flatMap((byRef) => Object.values(byRef));
    assert.ok(
      claimed.every((claim) => claim.support === 'N'),
      'N/A follows from facts alone',
    );
  });
  await check('verify accepts the folder, and judge finds the same offline', () => {
    const verified = hearthward('verify', folder);
    assert.equal(verified.code, 0, verified.error);
    const judged = hearthward('judge', folder);
    assert.equal(judged.code, 1, judged.error);
    assert.match(judged.out, /The same verdicts as recorded\./);
  });
}

/** Calls of a changing function that the evidence records as accepted. */
const acceptedChanges = (folder: string): number =>
  readFileSync(join(folder, 'observations.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Observation)
    .filter((one) => one.case === 'change-authentication' && one.kind === 'tried')
    .filter((one) => (one.data as { answer: { success: boolean } }).answer.success).length;

function printTable(statements: readonly Statement[]): void {
  console.log(`      ${'code'.padEnd(24)}PASS  FAIL  INCONCLUSIVE  N   N/A`);
  for (const { code, rows: list } of statements) {
    const verdict = (wanted: string) => String(list.filter((row) => row.verdict === wanted).length);
    const notClaimed = String(list.filter((row) => row.support === 'N').length);
    console.log(
      `      ${code.padEnd(24)}${verdict('PASS').padEnd(6)}${verdict('FAIL').padEnd(6)}${verdict('INCONCLUSIVE').padEnd(14)}${notClaimed.padEnd(4)}${verdict('N/A')}`,
    );
  }
}

/** One unit on loopback, allowed by the test that started it; only its own port is scanned. */
const targetOf = (expected: Expectation, service: string, { url, port }: Running): Target => ({
  schema: 'hearthward/target/1',
  declaration: join(ROOT, expected.file),
  authorisation: {
    by: 'the test that started it',
    statement: 'A unit that runs for this test alone, with nobody’s data in it.',
    until: new Date(Date.now() + 86_400_000).toISOString().slice(0, 10),
    changes: true,
    destructive: false,
  },
  services: { [service]: { url } },
  host: { address: '127.0.0.1', ports: String(port) },
});

const PRODUCTS: readonly Foreign[] = [
  { name: 'Mosquitto, as Debian packages it', service: 'broker', expected: MOSQUITTO, start: startMosquitto },
  {
    name: `Node-RED ${NODE_RED_VERSION}, as npm installs it`,
    service: 'editor',
    expected: NODE_RED,
    start: startNodeRed,
  },
];

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
try {
  const wanted = process.argv.slice(2);
  for (const product of PRODUCTS)
    if (wanted.length === 0 || wanted.includes(product.expected.declaration.product.id)) await assessOne(product);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`\n${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ''}`);
process.exitCode = count.failed > 0 ? 1 : 0;
