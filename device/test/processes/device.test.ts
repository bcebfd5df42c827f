import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import declaration from '@hearthward/example-hub';
import { hub } from '@hearthward/example-hub/hub';
import { pressButton, startDeviceInProcess, type Listen, type RunningDevice } from '../../src/index.ts';
import { examineLog } from '../../src/logging/examine.ts';
import { openKeystore } from '../../src/secrets/keystore.ts';
import { LABEL_PASSWORD, manufactured, temporaryFolder } from '../stand-in/factory.ts';
import { NEW_PASSWORD, person, setUp } from '../stand-in/person.ts';
import { startServices } from '../stand-in/services.ts';

const HUB = fileURLToPath(import.meta.resolve('@hearthward/example-hub/hub'));
type Closers = (() => unknown)[];
interface Started {
  readonly boot: ChildProcess;
  readonly listen: Listen;
}

const closeAll = async (closers: Closers): Promise<void> => {
  for (const close of closers.splice(0).reverse()) await close();
};

const made = async (closers: Closers) => {
  const folder = await temporaryFolder();
  closers.push(folder.remove);
  const services = await startServices();
  closers.push(services.close);
  await manufactured(folder.path, { authority: services.authority, services: services.urls });
  const keystore = openKeystore(folder.path);
  const { certificate } = keystore.keys().panel;
  keystore.close();
  return { dataDir: folder.path, services, certificate };
};

/** The hub as it runs in a home: boot, and its control loop, signer and core. */
const started = async (closers: Closers, dataDir: string): Promise<Started> => {
  const boot = spawn(process.execPath, [HUB, '--data', dataDir], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  closers.push(async () => {
    if (boot.exitCode !== null || boot.signalCode !== null) return;
    boot.kill('SIGTERM');
    await once(boot, 'exit');
  });
  const [message] = (await once(boot, 'message')) as [{ type: string; listen: Listen }];
  assert.equal(message.type, 'ready');
  return { boot, listen: message.listen };
};

const childrenOf = async (pid: number): Promise<readonly number[]> =>
  (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim().split(' ').filter(Boolean).map(Number);
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    assert.equal((fault as NodeJS.ErrnoException).code, 'ESRCH');
    return false;
  }
};
const gone = async (pids: readonly number[]): Promise<void> => {
  while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 10));
};
const onlyLinux = { skip: process.platform !== 'linux' && 'it looks into /proc', timeout: 400_000 };

/** One device for all of them: each finds it as the one before has left it, set up after the first. */
describe('the processes of a device', { ...onlyLinux, timeout: 900_000 }, () => {
  const closers: Closers = [];
  after(() => closeAll(closers));
  let unit: Awaited<ReturnType<typeof made>>;
  let running: Started;
  before(async () => {
    unit = await made(closers);
    running = await started(closers, unit.dataDir);
  }, onlyLinux);
  const someone = () => person(running.listen['panel']?.port ?? 0, unit.certificate);
  const AGAIN = 'four-Loud-Mountains';

  test('a device as processes is set up by a person, enrols and reports', onlyLinux, async () => {
    const { services } = unit;
    assert.deepEqual([services.enrolments, services.messages], [[], []]);
    assert.equal((await setUp(someone(), LABEL_PASSWORD)).status, 200);
    const { body } = await services.message('/telemetry');
    const { fields } = body as { fields: Record<string, unknown> };
    assert.deepEqual(Object.keys(fields).sort(), [
      'discarded-readings',
      'failed-logins',
      'humidity',
      'target-temperature',
      'temperature',
      'uptime',
    ]);
    assert.deepEqual([fields['target-temperature'], fields['failed-logins']], [20, 0]);
    assert.equal((await childrenOf(running.boot.pid ?? 0)).length, 3);
  });

  test('the button is heard by a device as it runs in a home, and by nobody on the network', onlyLinux, async () => {
    const who = someone();
    const form = async () => (await who.get('/forgotten')).body.includes('name="labelPassword"');
    assert.equal(await form(), false);
    assert.equal(pressButton(unit.dataDir).pid, running.boot.pid);
    while (!(await form())) await new Promise((resolve) => setTimeout(resolve, 20));
    const again = { labelPassword: LABEL_PASSWORD, password: AGAIN, repeat: AGAIN };
    const { status, location } = await who.submit('/forgotten', '/forgotten', again);
    assert.deepEqual([status, location], [303, '/login']);
  });

  test('a fault is one line, an exit code, and no process left', onlyLinux, async () => {
    const { dataDir } = unit;
    const outcome = async (folder: string) => {
      const boot = spawn(process.execPath, [HUB, '--data', folder], { stdio: ['ignore', 'pipe', 'pipe'] });
      const chunks: Buffer[] = [];
      boot.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
      await once(boot, 'close');
      return { code: boot.exitCode, line: Buffer.concat(chunks).toString('utf8') };
    };
    const second = await outcome(dataDir);
    assert.equal(second.code, 65);
    assert.match(second.line, /^.* is used by another running device \(data-owned\)\. .*\n$/);
    const nothing = await outcome('/nonexistent-device');
    assert.equal(nothing.code, 65);
    assert.match(nothing.line, /^There is no finished device .* \(not-manufactured\)\. .*\n$/);
    assert.equal(isAlive(running.boot.pid ?? 0), true);

    const occupied = createServer().listen(0, '127.0.0.1');
    await once(occupied, 'listening');
    closers.push(() => new Promise((resolve) => occupied.close(resolve)));
    const other = await temporaryFolder();
    closers.push(other.remove);
    await manufactured(other.path, {
      listen: { panel: { address: '127.0.0.1', port: (occupied.address() as AddressInfo).port } },
    });
    const taken = await outcome(other.path);
    assert.equal(taken.code, 65);
    assert.match(taken.line, /^panel cannot listen .* \(port-occupied\)\. .*\n$/);
  });

  test('every key is made anew by the processes that a home has, and opens at the next start', onlyLinux, async () => {
    const who = someone();
    await who.submit('/login', '/login', { user: 'owner', password: AGAIN });
    for (const keys of ['stored', 'connection']) {
      const answer = await who.submit('/safety', '/safety/keys', { keys, current: AGAIN });
      assert.equal(answer.status, 200, keys);
      assert.match(answer.body, /: new\./, keys);
    }
    const { boot } = running;
    const processes = await childrenOf(boot.pid ?? 0);
    boot.kill('SIGTERM');
    await once(boot, 'exit');
    assert.deepEqual([boot.exitCode, processes.map(isAlive)], [0, [false, false, false]]);
    running = await started(closers, unit.dataDir);
    const login = await someone().submit('/login', '/login', { user: 'owner', password: AGAIN });
    assert.equal(login.status, 303);
  });

  test('core is started again when it dies, and the control loop does not notice', onlyLinux, async () => {
    const { boot } = running;
    const [control = 0, ...processes] = await childrenOf(boot.pid ?? 0);
    const ready = once(boot, 'message');
    process.kill(processes.at(-1) ?? 0, 'SIGKILL');
    const [said] = (await ready) as [{ type: string; listen: Listen }];
    assert.equal(said.type, 'ready');
    await gone(processes);
    assert.equal(isAlive(control), true);
    running = { boot, listen: said.listen };
  });

  test('a long press of the button erases what people have put in', onlyLinux, async () => {
    pressButton(unit.dataDir, 'long');
    while (!(await someone().get('/setup')).body.includes('name="labelPassword"'))
      await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal((await setUp(someone(), LABEL_PASSWORD)).status, 200);
  });

  test('core, signer and control loop never outlive boot', onlyLinux, async () => {
    const processes = await childrenOf(running.boot.pid ?? 0);
    assert.equal(processes.length, 3);
    running.boot.kill('SIGKILL');
    await once(running.boot, 'exit');
    await gone(processes);
    const again = await started(closers, unit.dataDir);
    assert.ok(again.listen['panel'], 'and nothing keeps the next start from the data');
  });
});

test(
  'in one process: set up, used, and reset to the factory state without a trace',
  { timeout: 400_000 },
  async (t) => {
    const closers: Closers = [];
    t.after(() => closeAll(closers));
    const { dataDir, services, certificate } = await made(closers);
    const start = async (): Promise<RunningDevice> => {
      const device = await startDeviceInProcess({ declaration, product: hub, dataDir });
      closers.push(device.stop);
      return device;
    };
    let device = await start();
    assert.equal(device.state(), 'factory-default');
    const someone = person(device.listen['panel']?.port ?? 0, certificate);
    assert.equal((await setUp(someone, LABEL_PASSWORD)).status, 200);
    assert.equal(device.state(), 'initialised');
    assert.equal((await someone.submit('/', '/functions/set-target', { target: '23.5' })).status, 303);
    assert.equal((JSON.parse((await someone.get('/api/status')).body) as { target: number }).target, 23.5);
    await services.message('/telemetry');
    const wrong = await someone.submit('/reset', '/reset', { password: 'not the password' });
    assert.equal(wrong.status, 403);
    assert.equal((await someone.submit('/reset', '/reset', { password: NEW_PASSWORD })).status, 303);
    assert.equal(device.state(), 'factory-default');
    assert.deepEqual(
      device.events(10).map(({ kind }) => kind),
      ['factory-reset'],
    );
    await device.stop();
    assert.deepEqual(examineLog(dataDir), { ok: true, entries: 1, unsealed: 0 }, 'the log begins anew, under a seal');
    const keystore = openKeystore(dataDir);
    assert.equal(keystore.keys().channel, undefined, 'the operational key is gone');
    keystore.close();

    device = await start();
    assert.equal(device.state(), 'factory-default');
    const next = person(device.listen['panel']?.port ?? 0, certificate);
    assert.equal((await setUp(next, LABEL_PASSWORD)).status, 200);
    assert.equal((JSON.parse((await next.get('/api/status')).body) as { target: number }).target, 20);
    await device.stop();
  },
);
