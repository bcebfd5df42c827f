import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test, type TestContext } from 'node:test';
import { openDataFolder } from '../src/start/data-folder.ts';
import {
  allGone,
  freePorts,
  hearthward,
  HUB_DECLARATION,
  NO_PROC,
  processesOf,
  ROOT,
  run,
  scratch,
} from './command.ts';
import { hubAddress } from '../src/start/addresses.ts';

const ONE_LAST_LINE = /(^|\n)hearthward: [^\n]+\n$/;
const progress = (data: string) =>
  JSON.parse(readFileSync(join(data, 'start.json'), 'utf8')) as Record<string, unknown>;

const occupied = async (t: TestContext, address: string, port: number): Promise<void> => {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(port, address, resolve));
  t.after(() => server.close());
};

test('an-occupied-port-of-the-services-is-65-and-names-the-port', async (t) => {
  const data = join(scratch(t), 'data');
  const base = await freePorts();
  await occupied(t, '127.0.0.1', base + 1);
  const ended = await hearthward('start', '--once', '--data', data, '--port-base', String(base));
  assert.equal(ended.code, 65);
  assert.match(ended.error, ONE_LAST_LINE);
  assert.match(ended.error, new RegExp(`127\\.0\\.0\\.1:${base + 1} is occupied: stop the program`));
});

test('a-store-of-a-later-version-is-65-and-left-as-it-is', async (t) => {
  const data = join(scratch(t), 'data');
  openDataFolder(data, await freePorts()).release();
  const store = new DatabaseSync(join(data, 'services', 'services.sqlite'));
  store.exec('create table schema_version (version integer primary key, applied_at bigint not null)');
  store.exec('insert into schema_version values (99, 0)');
  store.close();
  const ended = await hearthward('start', '--once', '--data', data);
  assert.equal(ended.code, 65);
  assert.match(ended.error, ONE_LAST_LINE);
  assert.match(ended.error, /version 99 of the store.*start the version that wrote it/);
});

test('services-that-run-already-own-their-folder', { skip: NO_PROC }, async (t) => {
  const data = join(scratch(t), 'services');
  const base = await freePorts();
  const at = (offset: number) => `127.0.0.1:${base + offset}`;
  const words = ['services', 'run', '--data', data, '--declaration', HUB_DECLARATION];
  const first = run([...words, '--https', at(0), '--mqtts', at(1), '--enrolment', at(3)]);
  await first.prints(at(0));
  const second = await hearthward(...words, '--https', at(0), '--mqtts', at(1), '--enrolment', at(3));
  assert.equal(second.code, 65);
  assert.match(second.error, /owned by another running instance: stop the other instance/);
  assert.equal(second.out, '');
  // The group, as a terminal sends it.
  process.kill(-(first.process.pid ?? 0), 'SIGINT');
  const ended = await first.ended;
  assert.deepEqual([ended.code, ended.error], [0, '']);
  assert.deepEqual(processesOf(data), []);
});

test('a-device-module-with-a-mistake-is-65-in-one-line', async (t) => {
  const folder = scratch(t);
  const module = join(folder, 'device.ts');
  writeFileSync(module, 'export default {\n  a: = 1,\n};\n');
  const ended = await hearthward('device', 'run', module, '--data', join(folder, 'data'));
  assert.equal(ended.code, 65);
  assert.match(ended.error, /^hearthward: device did not start: SyntaxError[^\n]*; mend [^\n]*device\.ts\n$/);
});

test('a-full-disk-is-65-and-the-next-start-resumes', async (t) => {
  let mount: string | undefined;
  t.after(() => mount !== undefined && spawnSync('umount', ['-l', mount]));
  const disk = scratch(t);
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', disk]).status !== 0)
    return t.skip('needs root, and the right to mount');
  mount = disk;
  const data = join(disk, 'data');
  openDataFolder(data, await freePorts()).release();
  const ballast = join(disk, 'ballast');
  // room for the store and not for an image
  writeFileSync(ballast, Buffer.alloc(88 << 20));
  const full = await hearthward('start', '--once', '--data', data);
  assert.equal(full.code, 65, full.error);
  assert.match(full.error, ONE_LAST_LINE);
  assert.match(full.error, /free (some )?space/);
  rmSync(ballast);
  const next = run(['start', '--data', data]);
  await next.prints('the factory makes one hub');
  next.process.kill('SIGINT');
  assert.equal((await next.ended).code, 130);
});

// One line through its phases: each start goes on where the one before was interrupted.
test('interrupted-at-any-phase-ends-every-process-and-resumes', { skip: NO_PROC, timeout: 400_000 }, async (t) => {
  const data = join(scratch(t), 'data');
  const base = await freePorts();
  const words = ['start', '--data', data, '--port-base', String(base)];
  const interrupted = async (phase: string, whom: 'group' | 'parent') => {
    const started = run(words);
    await started.prints(phase);
    process.kill((started.process.pid ?? 0) * (whom === 'group' ? -1 : 1), 'SIGINT');
    const ended = await started.ended;
    assert.equal(ended.code, 130, `${phase}: ${ended.error}`);
    assert.match(ended.error, /hearthward: interrupted before it was done; run the command again to go on\n$/);
    assert.deepEqual(processesOf(data), [], `${phase}: a process is left`);
  };

  await interrupted('starting the manufacturer', 'group');
  assert.equal(progress(data)['deviceMade'], false);
  // one that was made for another folder would only be copied
  rmSync(join(ROOT, 'node_modules/.cache/hearthward-images'), { recursive: true, force: true });
  await interrupted('making the hub’s image', 'parent');
  await interrupted('its release is signed by two', 'group');
  assert.equal(progress(data)['deviceMade'], false);
  await interrupted('starting the hub', 'group');
  assert.equal(progress(data)['deviceMade'], true);

  // While it runs: nobody else gets the folder, and it goes on unharmed until it is killed.
  const line = run(words);
  await line.prints('setting the hub up as a person would');
  const second = await hearthward(...words);
  assert.equal(second.code, 65);
  assert.match(second.error, /^hearthward: [^\n]*used by another start[^\n]*\n$/);
  await line.prints('Device panel');
  line.process.kill('SIGKILL');
  assert.equal((await line.ended).code, 'SIGKILL');
  await allGone(data);

  // Set up and enrolled already, though the folder does not know: it goes on to the assessment, and says which part fell.
  const { deviceSetUp: _forgotten, ...known } = progress(data);
  writeFileSync(join(data, 'start.json'), JSON.stringify({ ...known, deviceSetUp: false }));
  const resumed = run(words);
  await resumed.prints('assessing the running hub');
  const services = processesOf(data).find(({ command }) => command.includes('--mqtts'));
  assert.ok(services);
  process.kill(services.pid, 'SIGKILL');
  const fallen = await resumed.ended;
  assert.equal(fallen.code, 70, fallen.error);
  assert.match(fallen.error, /hearthward: services ended by itself \(SIGKILL\)[^\n]*start again, nothing is lost\n$/);
  assert.doesNotMatch(fallen.error, /set up in|the factory makes/);
  assert.equal(progress(data)['deviceSetUp'], true);
  assert.deepEqual(processesOf(data), []);

  // The hub's own port.
  await occupied(t, hubAddress(base), base + 2);
  const blocked = await hearthward(...words);
  assert.equal(blocked.code, 65);
  assert.match(blocked.error, ONE_LAST_LINE);
  assert.match(blocked.error, new RegExp(`hub did not start: [^\\n]*${base + 2}`));
  assert.deepEqual(processesOf(data), []);
});
