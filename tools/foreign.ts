/**
 * Assesses two products that others made, Mosquitto and Node-RED as their packages install them, with the command that
 * anyone would use. Their statements must be honest: every row there, what is known to be wrong found, nothing passed
 * that is not listed with its reason in `testbed/foreign/expectations.ts`, and the product left as it was.
 *
 * Where Mosquitto or the registry is absent the product is skipped by name; in CI that fails.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Finding, Statement, Target } from '@hearthward/assessor';
import { CODES, rows } from '@hearthward/standards';
import { MOSQUITTO, NODE_RED, type Expectation } from '../testbed/foreign/expectations.ts';
import { ROOT } from './tree.ts';

const NODE_RED_VERSION = '5.0.7';
const INSTALL_MS = 240_000;
const START_MS = 60_000;
const ASSESS_MS = 300_000;

/** A product that runs, and what of it must be as before when the assessment is over. */
interface Running {
  readonly process: ChildProcess;
  readonly url: string;
  readonly port: number;
  /** what a change by the assessor would alter */
  readonly state: () => Promise<string>;
  /** puts back what the assessor may leave, and says what that was */
  readonly tidy: () => Promise<readonly string[]>;
}
type Started = { readonly ok: true; readonly running: Running } | { readonly ok: false; readonly because: string };
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
  const run = spawnSync('npx', ['--no-install', 'hearthward', ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
    timeout: ASSESS_MS,
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
    await check('it still answers, and is as it was', async () => {
      assert.equal(running.process.exitCode, null, 'it has ended');
      const left = await running.tidy();
      for (const one of left) console.log(`      put back: ${one}`);
      assert.equal(await running.state(), before);
    });
  } finally {
    await end(running.process);
  }
}

async function checkFolder(folder: string, { declaration, fails, mayPass }: Expectation): Promise<void> {
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
          .filter((row) => row.topics.some((topic) => topic in fails))
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

async function startMosquitto(dir: string): Promise<Started> {
  const program = ['/usr/sbin/mosquitto', '/usr/bin/mosquitto', '/usr/local/sbin/mosquitto'].find((path) =>
    existsSync(path),
  );
  if (program === undefined) return { ok: false, because: 'mosquitto is not installed' };
  const port = await freePort();
  // Without a listener in its configuration, as packaged, it is in local-only mode and asks for no account.
  const child = spawnLogged(program, ['-p', String(port)], dir);
  await answering(child, () => mqttExchange(port, []), dir);
  // Something of a home, kept by the broker: what a stranger must not be able to read.
  await mqttExchange(port, [publishPacket('home/hall/presence', 'nobody')]);
  const running = { process: child, port, url: `mqtt://127.0.0.1:${port}` };
  const state = async () => (await mqttExchange(port, [subscribePacket('#')], 500)).toString('latin1');
  return { ok: true, running: { ...running, state, tidy: async () => [] } };
}

async function startNodeRed(dir: string): Promise<Started> {
  const install = [
    'install',
    '--prefix',
    dir,
    `node-red@${NODE_RED_VERSION}`,
    '--no-audit',
    '--no-fund',
    '--no-progress',
  ];
  const installed = spawnSync('npm', install, {
    cwd: dir,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: INSTALL_MS,
  });
  if (installed.status !== 0)
    return { ok: false, because: `npm could not install it: ${installed.stderr.trim().split('\n').at(-1)}` };
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = join(dir, 'node_modules', 'node-red', 'red.js');
  // Nothing is hardened and nothing softened; the address alone is narrowed, since a test opens no port to others.
  const args = [program, '--userDir', join(dir, 'user'), '--port', String(port), '-D', 'uiHost=127.0.0.1'];
  const child = spawnLogged(process.execPath, args, dir);
  await answering(child, () => fetch(`${url}/flows`), dir);
  const flows = async () =>
    (await (await fetch(`${url}/flows`)).json()) as readonly { id: string; type: string; label?: string }[];
  const had = new Set((await flows()).map((flow) => flow.id));
  const state = async () =>
    JSON.stringify([
      await flows(),
      await (await fetch(`${url}/settings/user`)).json(),
      await (await fetch(`${url}/context/global`)).json(),
    ]);
  /** A flow that was added has no way back in the declaration; the test that allowed the change takes it out again. */
  const tidy = async () => {
    const added = (await flows()).filter((flow) => flow.type === 'tab' && !had.has(flow.id));
    for (const flow of added) await fetch(`${url}/flow/${flow.id}`, { method: 'DELETE' });
    return added.map((flow) => `the flow “${flow.label}”`);
  };
  return { ok: true, running: { process: child, port, url, state, tidy } };
}

const spawnLogged = (program: string, args: readonly string[], dir: string): ChildProcess => {
  const log = openSync(join(dir, 'log'), 'a');
  return spawn(program, args, { cwd: dir, stdio: ['ignore', log, log] });
};

/** Asks until it answers; a program that ended, or the time that is up, is a fault with the end of its log. */
async function answering(child: ChildProcess, ask: () => Promise<unknown>, dir: string): Promise<void> {
  const until = Date.now() + START_MS;
  let said: unknown;
  while (Date.now() < until && child.exitCode === null) {
    try {
      await ask();
      return;
    } catch (error) {
      said = error;
      await pause(250);
    }
  }
  await end(child);
  throw new Error(`it did not start: ${readFileSync(join(dir, 'log'), 'utf8').slice(-500)}`, { cause: said });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(late);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** MQTT 3.1.1, chapter 3: connects without a name, sends packets, and gives what came back after CONNACK. */
async function mqttExchange(port: number, packets: readonly Buffer[], listenMs = 100): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1');
  const parts: Buffer[] = [];
  socket.on('data', (part: Buffer) => parts.push(part));
  socket.setTimeout(2_000, () => socket.destroy(new Error('no answer')));
  await once(socket, 'connect');
  socket.write(Buffer.from([0x10, 12, 0, 4, ...Buffer.from('MQTT'), 4, 2, 0, 60, 0, 0]));
  await once(socket, 'data');
  for (const packet of packets) socket.write(packet);
  await pause(listenMs);
  socket.end(Buffer.from([0xe0, 0]));
  socket.destroy();
  const all = Buffer.concat(parts);
  assert.equal(all[3], 0, 'CONNACK refuses');
  return all.subarray(4);
}
const text = (value: string): number[] => [0, Buffer.byteLength(value), ...Buffer.from(value)];
/** Retained, QoS 0. */
const publishPacket = (topic: string, payload: string): Buffer => {
  const body = [...text(topic), ...Buffer.from(payload)];
  return Buffer.from([0x31, body.length, ...body]);
};
const subscribePacket = (filter: string): Buffer => {
  const body = [0, 1, ...text(filter), 0];
  return Buffer.from([0x82, body.length, ...body]);
};

const PRODUCTS: readonly Foreign[] = [
  { name: 'Mosquitto, as Debian packages it', service: 'broker', expected: MOSQUITTO, start: startMosquitto },
  {
    name: `Node-RED ${NODE_RED_VERSION}, as npm installs it`,
    service: 'editor',
    expected: NODE_RED,
    start: startNodeRed,
  },
];

try {
  const wanted = process.argv.slice(2);
  for (const product of PRODUCTS)
    if (wanted.length === 0 || wanted.includes(product.expected.declaration.product.id)) await assessOne(product);
} finally {
  if (process.env['KEEP'] === undefined) rmSync(scratch, { recursive: true, force: true });
  else console.log(scratch);
}
console.log(`\n${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ''}`);
process.exitCode = count.failed > 0 ? 1 : 0;
