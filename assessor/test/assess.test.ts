import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CODES, rows } from '@hearthward/standards';
import { judgeFolder } from '../src/judge/folder.ts';
import type { Assessed } from '../src/assessment.ts';
import { assess } from '../src/run.ts';
import * as cases from './fake/cases.ts';
import { PASSWORD, startFakeProduct, writeTarget, type FakeProduct } from './fake-product.ts';

const { kills, ...fixed } = cases;
const all = Object.values(fixed);
const clock = { now: () => Date.parse('2026-11-21T10:00:00Z'), wait: async () => undefined };

let product: FakeProduct;
let done: Extract<Assessed, { ok: true }>;
before(async () => {
  product = await startFakeProduct();
  const result = await assess({
    targetFile: product.targetFile,
    out: join(product.folder, 'evidence'),
    cases: all,
    clock,
  });
  assert.ok(result.ok, JSON.stringify(result));
  done = result;
});
after(() => product.close());

const verdictOf = (id: string): string | undefined => done.findings.find((finding) => finding.case === id)?.verdict;
const becauseOf = (id: string): string => done.findings.find((finding) => finding.case === id)?.because ?? '';

test('writes a statement for each code in which no row is missing', () => {
  for (const code of CODES) {
    const written = JSON.parse(readFileSync(join(done.dir, 'statements', `${code}.json`), 'utf8'));
    assert.deepEqual(
      written.rows.map((row: { ref: string }) => row.ref),
      rows(code).map((row) => row.ref),
    );
    assert.equal(written.product, 'lamp');
  }
});

test('passes no row without evidence that exists', () => {
  const known = new Set(
    readFileSync(join(done.dir, 'observations.jsonl'), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).id),
  );
  const passing = done.statements.flatMap((statement) => statement.rows).filter((row) => row.verdict === 'PASS');
  assert.ok(passing.length > 0);
  for (const row of passing) {
    assert.ok(row.evidence.length > 0, row.ref);
    for (const id of row.evidence) assert.ok(known.has(id), id);
  }
});

test('refuses to pass on nothing, or on less than the topic', () => {
  assert.equal(verdictOf('reads-the-login'), 'PASS');
  assert.equal(verdictOf('passes-on-nothing'), 'INCONCLUSIVE');
  assert.equal(verdictOf('leaves-something'), 'INCONCLUSIVE');
  assert.match(becauseOf('leaves-something'), /Not covered: the absolute limit/);
});

test('makes a case that breaks an ERROR with its cause in one line', () => {
  assert.equal(verdictOf('throws'), 'ERROR');
  assert.match(becauseOf('throws'), /cannot read the page/);
});

test('makes a case that used up its budget INCONCLUSIVE, though it caught the refusal', () => {
  assert.equal(verdictOf('swallows-its-budget'), 'INCONCLUSIVE');
  assert.match(becauseOf('swallows-its-budget'), /budget of 3 failed logins/);
});

test('runs what disturbs after what reads, and nothing that the authorisation does not allow', () => {
  assert.equal(verdictOf('disturbs'), 'PASS');
  assert.equal(verdictOf('destroys'), 'INCONCLUSIVE');
  assert.match(becauseOf('destroys'), /cannot be put back/);
  assert.match(becauseOf('never-ready'), /no image was given/);
});

test('judges the same offline, from the folder alone', () => {
  const again = judgeFolder(done.dir, all);
  assert.ok(again.ok);
  assert.deepEqual(again.statements, done.statements);
  assert.deepEqual(again.findings, done.findings);
});

test('writes no secret anywhere in the folder', () => {
  for (const name of readdirSync(done.dir, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    const text = readFileSync(join(name.parentPath, name.name), 'utf8');
    assert.ok(!text.includes(PASSWORD), name.name);
    assert.ok(!text.includes('correct horse'), name.name);
    for (const session of product.sessions) assert.ok(!text.includes(session), name.name);
  }
});

test('escapes what a hostile target says', () => {
  const report = readFileSync(join(done.dir, 'report.html'), 'utf8');
  assert.ok(report.includes('&lt;script&gt;alert(1)'));
  assert.ok(!/<script|<b>One|<i>TLS|\u202e/.test(report));
  const statement = readFileSync(join(done.dir, 'statements', 'mcmc-g045@2024.html'), 'utf8');
  assert.ok(statement.includes('Lamp &lt;b&gt;One') && !statement.includes('<b>One'));
});

test('refuses a folder that holds something, and leaves it alone', async () => {
  const refused = await assess({ targetFile: product.targetFile, out: product.folder, cases: all, clock });
  assert.ok(!refused.ok && refused.code === 'bad-output');
  assert.ok(existsSync(product.targetFile));
});

test('refuses a code, row or case that does not exist', async () => {
  const out = join(product.folder, 'never');
  const code = await assess({ targetFile: product.targetFile, out, cases: all, clock, codes: ['no-code'] });
  assert.ok(!code.ok && code.code === 'unknown-code');
  const row = await assess({ targetFile: product.targetFile, out, cases: all, clock, only: ['5.99-1'] });
  assert.ok(!row.ok && row.code === 'unknown-row');
  assert.ok(!existsSync(out));
});

test('runs only what is chosen, and still states every row', async () => {
  const result = await assess({
    targetFile: product.targetFile,
    out: join(product.folder, 'some'),
    cases: all,
    clock,
    only: ['brute-force'],
    codes: ['mcmc-g044@2023'],
  });
  assert.ok(result.ok);
  assert.deepEqual(
    result.statements.map((one) => [one.code, one.rows.length]),
    [['mcmc-g044@2023', 69]],
  );
  assert.match(result.findings.find((one) => one.case === 'reads-the-login')?.because ?? '', /not chosen/);
});

test('stops when the target dies, and says so of every case that was left', async () => {
  const mortal = await startFakeProduct();
  const left = { ...fixed.readsTheLogin, id: 'left' };
  const out = join(mortal.folder, 'evidence');
  const result = await assess({ targetFile: mortal.targetFile, out, cases: [kills(mortal.close), left], clock });
  assert.ok(result.ok);
  const finding = result.findings.find((one) => one.case === 'left');
  assert.equal(finding?.verdict, 'INCONCLUSIVE');
  assert.equal(finding?.because, 'stopped because the target no longer answers');
});

test('an interrupted run leaves nothing that looks complete', async () => {
  const stop = new AbortController();
  const slow = {
    ...fixed.readsTheLogin,
    id: 'slow',
    observe: () => (stop.abort(), new Promise<void>(() => undefined)),
  };
  const folder = join(product.folder, 'interrupted');
  const result = await assess({
    targetFile: writeTarget(product.folder, product.port, product.certificate),
    out: folder,
    cases: [slow],
    clock,
    signal: stop.signal,
  });
  assert.ok(!result.ok && result.code === 'interrupted');
  assert.ok(!existsSync(folder));
});

test('an interruption waits until a case has put back what it changed', async () => {
  const stop = new AbortController();
  let put: 'changed' | 'back' | undefined;
  const restoring = {
    ...fixed.readsTheLogin,
    id: 'restoring',
    effect: 'disturbing' as const,
    putsBack: true as const,
    observe: async (probe: Parameters<typeof fixed.readsTheLogin.observe>[0]) => {
      put = 'changed';
      stop.abort();
      const [service = ''] = Object.keys(probe.target.services);
      const reached = await probe.http.request(service, { method: 'GET', path: '/' });
      if (reached.ok) put = 'back';
    },
  };
  const result = await assess({
    targetFile: writeTarget(product.folder, product.port, product.certificate),
    out: join(product.folder, 'interrupted-in-a-change'),
    cases: [restoring],
    clock,
    signal: stop.signal,
  });
  assert.ok(!result.ok && result.code === 'interrupted');
  assert.equal(put, 'back');
});
