/**
 * Runs the README's quick start once, in a folder of its own, and holds what it leaves against what is promised:
 * a statement for each code in which no row is missing and none passes without evidence; the same verdicts offline;
 * a folder that is accepted as signed and refused after one byte is changed.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CODES, rows } from '@hearthward/standards';
import type { Statement } from '@hearthward/assessor';
import { ROOT } from './tree.ts';

const scratch = mkdtempSync(join(tmpdir(), 'hearthward-acceptance-'));
// the hub’s processes have accounts of their own
chmodSync(scratch, 0o711);
const PORT_BASE = '18440';
/** what npx would run */
const BIN = join(ROOT, 'node_modules/.bin/hearthward');
const START = ['start', '--silent', '--', '--once', '--data', join(scratch, 'data'), '--port-base', PORT_BASE];
const hearthward = (...args: string[]) => {
  const run = spawnSync(process.execPath, [BIN, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
  });
  return { code: run.status, out: run.stdout, error: run.stderr };
};
const done = (what: string) => console.log(`ok    ${what}`);

try {
  const began = performance.now();
  const start = spawnSync('npm', START, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 28,
  });
  console.log(start.stdout);
  const seconds = (performance.now() - began) / 1000;
  // Mandatory rows are N (an identity in software, procedures without records), so the honest exit code is 1.
  assert.ok(start.status === 0 || start.status === 1, `start --once ended with ${start.status}`);
  const folder = start.stdout.trimEnd().split('\n').at(-1) ?? '';
  assert.ok(statSync(folder).isDirectory(), 'the last line is the evidence folder');
  done(`start --once: ${seconds.toFixed(1)} s, exit code ${start.status}`);
  // beside what only reads the folder of the first
  const again = startAgain();

  let anyFailing = false;
  const lacks = new Map<string, string>();
  for (const code of CODES) {
    const statement = JSON.parse(hearthward('statement', folder, '--code', code, '--format', 'json').out) as Statement;
    assert.deepEqual(
      statement.rows.map((row) => row.ref),
      rows(code).map((row) => row.ref),
      `${code}: no row is missing`,
    );
    for (const row of statement.rows) {
      if (row.verdict === 'PASS') assert.ok(row.evidence.length > 0, `${code} ${row.ref} passes without evidence`);
      if (row.support === 'N' || row.support === 'N/A')
        assert.ok(row.reason, `${code} ${row.ref} is ${row.support} without a reason`);
      const [, place] = /^the target file does not say .* \((\/[^)]+)\)/.exec(row.reason ?? '') ?? [];
      if (row.verdict === 'INCONCLUSIVE' && place !== undefined) lacks.set(place, row.reason ?? '');
      anyFailing ||= row.verdict === 'FAIL' || (row.support === 'N' && row.status === 'M');
    }
    for (const format of ['html', 'md', 'csv'])
      assert.ok(
        hearthward('statement', folder, '--code', code, '--format', format).out.length > 1000,
        `${code} as ${format}`,
      );
  }
  assert.equal(start.status, anyFailing ? 1 : 0, 'the exit code says what the statements say');
  assert.deepEqual(
    [...lacks.keys()].sort(),
    ['/artefacts/packetFilter', '/handling', '/handling/failPart', '/releases', '/shortLives'],
    'what the target file of a start does not say',
  );
  for (const place of ['/releases', '/shortLives']) assert.match(lacks.get(place) ?? '', /start --thorough/);
  done('a row that is open for want of something says what, where, and how it is had');
  done('a statement for each of the four codes, no row missing, none passing without evidence');

  const judged = hearthward('judge', folder);
  assert.equal(judged.code, start.status, judged.error);
  assert.match(judged.out, /The same verdicts as recorded\./);
  done('judge gives the same verdicts offline');

  assert.equal(hearthward('verify', folder).code, 0);
  const changed = join(scratch, 'changed');
  for (const file of ['observations.jsonl', 'findings.json', 'manifest.json', join('statements', `${CODES[1]}.json`)]) {
    cpSync(folder, changed, { recursive: true });
    const bytes = readFileSync(join(changed, file));
    const at = Math.floor(bytes.length / 2);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(join(changed, file), bytes);
    assert.equal(hearthward('verify', changed).code, 65, `${file} with one bit changed is refused`);
    rmSync(changed, { recursive: true });
  }
  cpSync(folder, changed, { recursive: true });
  appendFileSync(join(changed, 'added'), 'x');
  assert.equal(hearthward('verify', changed).code, 65, 'an added file is refused');
  done('verify accepts the folder, and refuses it after one bit is changed or a file is added');

  const secrets = join(scratch, 'data', 'secrets');
  const planted = readdirSync(secrets)
    .filter((name) => name.endsWith('-password'))
    .map((name) => readFileSync(join(secrets, name), 'utf8').trim());
  assert.ok(planted.length >= 3);
  const leaked = filesBelow(folder).filter((file) => planted.some((secret) => readFileSync(file).includes(secret)));
  assert.deepEqual(leaked, []);
  done('no password stands in the evidence');

  const resumed = await again;
  assert.equal(resumed.status, start.status, resumed.stderr);
  assert.doesNotMatch(resumed.stderr, /setting the hub up/, 'the second start resumes');
  done('the next start resumes');

  const list = join(ROOT, '..', 'shared', 'standards', 'provision-list.txt');
  if (existsSync(list)) {
    const match = JSON.parse(hearthward('standards', 'match', list, '--json').out) as {
      lines: { ref: string | null }[];
      missing: string[];
    };
    assert.equal(match.lines.filter((line) => line.ref !== null).length, 67);
    assert.deepEqual(match.missing, ['5.12-2']);
    done('67 of 67 lines of a flat list recognised, 5.12-2 missing');
  }
  assert.equal(hearthward('standards', 'show', 'no-such-code').code, 65);
  assert.equal(hearthward('standards', 'show', 'etsi-en-303-645', '9.9-9').code, 65);
  assert.equal(hearthward('no-such-command').code, 64);
  done('bad input ends with its exit code');
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function startAgain(): Promise<{ readonly status: number | null; readonly stderr: string }> {
  const child = spawn('npm', START, { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stderr }));
  });
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
