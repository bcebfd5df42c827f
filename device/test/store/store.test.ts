import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { createSealer } from '../../src/secrets/sealer.ts';
import type { SecurityEvent, StateStore } from '../../src/seams.ts';
import { EVENT_LOG, openStore } from '../../src/store/store.ts';
import { temporaryFolder } from '../stand-in/factory.ts';

const sealer = () => createSealer(Buffer.alloc(32, 7));
const event = (index: number): SecurityEvent => ({
  at: new Date(index).toISOString(),
  kind: 'login-failed',
  detail: { index },
});

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let open: StateStore[];
const pathOf = () => join(folder.path, 'state.sqlite');
const opened = (options: Partial<Parameters<typeof openStore>[0]> = {}): StateStore => {
  const store = openStore({ path: pathOf(), sealer: sealer(), ...options });
  open.push(store);
  return store;
};
const bytesOnDisk = async (): Promise<Buffer> => {
  const names = await readdir(folder.path);
  return Buffer.concat(await Promise.all(names.map((name) => readFile(join(folder.path, name)))));
};

describe('the store', () => {
  beforeEach(async () => {
    folder = await temporaryFolder();
    open = [];
  });
  afterEach(async () => {
    for (const store of open) store.close();
    await folder.remove();
  });

  test('keeps what was written, and shows nothing of it on disk', async () => {
    const store = opened();
    store.writeAll({ settings: { name: 'MARKER-in-the-clear' }, setup: { step: 'initialised' } });
    store.appendEvent({ ...event(1), detail: { note: 'MARKER-in-the-clear' } });
    assert.equal((await bytesOnDisk()).includes('MARKER'), false);
    store.close();
    assert.deepEqual(opened().read('settings'), { name: 'MARKER-in-the-clear' });
  });

  test('refuses a second instance while the first runs', () => {
    opened();
    assert.throws(() => opened(), { code: 'data-owned' });
  });

  test('a killed instance leaves no lock behind', async () => {
    const module = new URL('../../src/store/store.ts', import.meta.url).href;
    const sealing = new URL('../../src/secrets/sealer.ts', import.meta.url).href;
    const script = `import { openStore } from '${module}'; import { createSealer } from '${sealing}';
    const store = openStore({ path: '${pathOf()}', sealer: createSealer(Buffer.alloc(32, 7)) });
    store.write('room', 'kept'); process.send('written'); setInterval(() => 0, 1e6);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 2, 2, 'ipc'] });
    await once(child, 'message');
    assert.throws(() => opened(), { code: 'data-owned' });
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(opened().read('room'), 'kept');
  });

  test('refuses the data of another version, and leaves them as they are', () => {
    opened().close();
    const other = new DatabaseSync(pathOf());
    other.exec('UPDATE format SET version = 99');
    other.close();
    assert.throws(() => opened(), { code: 'data-other-version', message: /format 99, this version reads 3/ });
    const after = new DatabaseSync(pathOf());
    assert.equal(after.prepare('SELECT version FROM format').get()?.['version'], 99);
    after.close();
  });

  test('on a full disk nothing is written and nothing is lost', () => {
    const store = opened({ maxPages: 12 });
    store.write('kept', 'before');
    const much = 'x'.repeat(200_000);
    assert.throws(() => store.writeAll({ kept: 'after', much }), { code: 'disk-full' });
    assert.deepEqual([store.read('kept'), store.read('much')], ['before', undefined]);
    store.write('kept', 'small again');
    store.close();
    assert.equal(opened({ maxPages: 12 }).read('kept'), 'small again');
  });

  test('a value that is moved to another room is refused', () => {
    const store = opened();
    store.writeAll({ guest: { role: 'guest' }, owner: { role: 'owner' } });
    store.close();
    const hand = new DatabaseSync(pathOf());
    hand.exec("UPDATE document SET body = (SELECT body FROM document WHERE room = 'owner') WHERE room = 'guest'");
    hand.close();
    const again = opened();
    assert.deepEqual(again.read('owner'), { role: 'owner' });
    assert.throws(() => again.read('guest'), { code: 'data-damaged' });
  });

  test('what is erased is gone from the files, and an old copy of it is no use with the new key', async () => {
    const store = opened();
    store.writeAll({ secret: { name: 'somebody' }, setup: { step: 'initialised' } });
    store.appendEvent(event(1));
    store.close();
    const old = new DatabaseSync(pathOf());
    const body = old.prepare("SELECT body FROM document WHERE room = 'secret'").get()?.['body'] as Uint8Array;
    old.close();

    const again = opened();
    again.erase(['secret']);
    assert.deepEqual([again.read('secret'), again.read('setup')], [undefined, { step: 'initialised' }]);
    assert.equal(again.events(10).length, 1, 'events stay unless they are named');
    assert.equal((await bytesOnDisk()).includes(Buffer.from(body)), false);
    again.close();

    const restored = new DatabaseSync(pathOf());
    restored.prepare('INSERT INTO document (room, body) VALUES (?, ?)').run('secret', body);
    restored.close();
    const last = opened();
    assert.throws(() => last.read('secret'), { code: 'data-damaged' });
    last.erase([EVENT_LOG, 'secret']);
    assert.deepEqual(last.events(10), []);
  });

  test('the event log keeps the newest and is bounded', () => {
    const store = opened({ room: { routine: 5, notable: 5, vital: 5 } });
    for (let index = 0; index < 12; index++) store.appendEvent(event(index));
    assert.deepEqual(
      store.events(100).map(({ detail }) => detail['index']),
      [11, 10, 9, 8, 7],
    );
    assert.equal(store.events(2).length, 2);
  });

  test('a folder that cannot be one is named', () => {
    assert.throws(() => opened({ path: '/dev/null/state.sqlite' }), { code: 'data-unreadable' });
  });
});
