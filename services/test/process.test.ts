import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { FromServices } from '../src/front/process.ts';
import { identityRequest, makeKeys } from './bench.ts';
import { declarationOf } from './declaration.ts';

const MAIN = new URL('../src/main.ts', import.meta.url).pathname;

describe('process', () => {
  let folder: string;
  let declaration: string;
  const children: ChildProcess[] = [];
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'process-'));
    declaration = join(folder, 'hub.json');
    await writeFile(declaration, JSON.stringify(declarationOf('hub')));
  });
  after(() => {
    // an assertion that failed must not leave its process behind, nor this one waiting for it
    for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
    return rm(folder, { recursive: true, force: true });
  });

  const started = (data: string, https = '127.0.0.1:0', file = declaration) => {
    const options = ['--data', join(folder, data), '--declaration', file, '--https', https];
    options.push('--enrolment', '127.0.0.1:0', '--mqtts', '127.0.0.1:0');
    const child = fork(MAIN, options, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [] });
    children.push(child);
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    // not `close`: it does not come once this side has disconnected
    const silent = new Promise<void>((resolve) => child.stderr?.on('end', () => resolve()));
    const ended = new Promise<{ code: number | null; errors: string }>((resolve) =>
      child.on('exit', (code) => void silent.then(() => resolve({ code, errors }))),
    );
    return { child, ended, first: next(child) };
  };

  it('says-ready-makes-devices-and-stops-with-its-parent', async () => {
    const { child, ended, first } = started('one');
    const ready = await first;
    assert.equal(ready.type, 'ready');
    const asked = async (message: object) => {
      const answer = next(child);
      child.send(message);
      return answer;
    };
    const request = await identityRequest(await makeKeys());
    const made = await asked({ type: 'make-device', id: 7, request });
    assert.ok(made.type === 'device-made' && made.id === 7 && made.bundle.serial === request.serial);
    const again = await asked({ type: 'make-device', id: 8, request });
    assert.ok(again.type === 'refused' && again.code === 'serial-already-made');
    const operator = await asked({ type: 'create-operator', name: 'alice' });
    assert.ok(operator.type === 'operator-created' && operator.password.length === 16);
    const samples = await asked({ type: 'sample-passwords', n: 3 });
    assert.ok(samples.type === 'sample-passwords' && samples.csv.split('\n').length === 5);
    assert.equal((await asked({ type: 'unknown' })).type, 'refused');

    const second = started('one');
    const fault = await second.first;
    assert.ok(fault.type === 'fault' && fault.code === 'data-owned');
    assert.deepEqual((await second.ended).code, 65);

    child.disconnect();
    assert.deepEqual(await ended, { code: 0, errors: '' });
  });

  it('stops-on-sigterm', async () => {
    const { child, ended, first } = started('two');
    assert.equal((await first).type, 'ready');
    child.kill('SIGTERM');
    assert.equal((await ended).code, 0);
  });

  it('names-an-occupied-port-in-one-line', async () => {
    const occupant = createServer();
    await new Promise<void>((resolve) => occupant.listen(0, '127.0.0.1', resolve));
    const { port } = occupant.address() as { port: number };
    const { first, ended } = started('three', `127.0.0.1:${port}`);
    const fault = await first;
    const { code, errors } = await ended;
    await new Promise((resolve) => occupant.close(resolve));
    assert.ok(fault.type === 'fault' && fault.code === 'port-occupied');
    assert.equal(code, 65);
    assert.equal(errors.trimEnd().split('\n').length, 1);
    assert.match(errors, new RegExp(`127.0.0.1:${port} is occupied`));
  });

  it('names-a-bad-declaration-and-wrong-usage-in-one-line', async () => {
    const bad = join(folder, 'bad.json');
    await writeFile(bad, '{');
    for (const [run, expected] of [
      [started('four', '127.0.0.1:0', bad), 65],
      [started('five', 'nowhere'), 64],
    ] as const) {
      const { code, errors } = await run.ended;
      assert.equal(code, expected);
      assert.equal(errors.trimEnd().split('\n').length, 1);
      assert.doesNotMatch(errors, /\n\s+at /);
    }
  });
});

const next = (child: ChildProcess) =>
  new Promise<FromServices>((resolve) => child.once('message', (message) => resolve(message as FromServices)));
