import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { BUDGETS } from '../../src/processes/boot/budgets.ts';
import { settleOwners } from '../../src/processes/boot/ownership.ts';
import { surroundingsOf } from '../../src/processes/boot/surroundings.ts';
import { decideSeparation, ownUsers, underOwnUser, type Surroundings } from '../../src/processes/boot/users.ts';
import { STAGE_CAPABILITIES } from '../../src/platform/units.ts';
import { manufactured, temporaryFolder } from '../stand-in/factory.ts';
import { startServices } from '../stand-in/services.ts';

const HUB = fileURLToPath(import.meta.resolve('@hearthward/example-hub/hub'));
const USERS = ownUsers();
const FINE: Surroundings = { uid: 0, tool: '/usr/bin/setpriv', closed: undefined, accounts: [] };
const closers: (() => unknown)[] = [];

/** Lines of /proc/PID/status, by their names. */
const statusOf = (pid: number): Readonly<Record<string, string>> =>
  Object.fromEntries(
    readFileSync(`/proc/${pid}/status`, 'utf8')
      .split('\n')
      .map((line) => line.split(/:\s*/, 2).map((part) => part.trim().replace(/\s+/g, ' ')) as [string, string]),
  );
const childrenOf = (pid: number): readonly number[] =>
  readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

describe('processes under accounts of their own', () => {
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  test('everything runs as one user only for a reason that is told', () => {
    const because = (users: typeof USERS | undefined, around: Partial<Surroundings>) => {
      const decided = decideSeparation(users, { ...FINE, ...around });
      return decided.apart ? 'apart' : decided.because;
    };
    assert.equal(because(USERS, {}), 'apart');
    assert.equal(because(undefined, {}), 'not-declared');
    assert.equal(because(USERS, { uid: 1000 }), 'not-root');
    assert.equal(because(USERS, { uid: undefined }), 'not-root');
    assert.equal(because(USERS, { tool: undefined }), 'no-tool');
    assert.equal(because(USERS, { closed: '/root' }), 'closed');
    assert.equal(
      because(USERS, { accounts: [`games:x:${USERS.core.uid}:60:games:/usr/games:/sbin/nologin`] }),
      'taken',
    );
    assert.equal(because(USERS, { accounts: [`hearthward-core:x:${USERS.core.uid}:60722::/:/sbin/nologin`] }), 'apart');
  });

  test('nobody shares an account, and only who reads the bundle is in the group of the device', () => {
    const { group, ...accounts } = USERS;
    const ids = Object.values(accounts).flatMap(({ uid }) => uid);
    assert.equal(new Set([0, group, ...ids]).size, 6);
    const separation = decideSeparation(USERS, FINE);
    const command = (name: 'core' | 'control', lowPort?: boolean) => underOwnUser(separation, name, ['node'], lowPort);
    assert.ok(command('control').includes('--clear-groups'));
    assert.ok(command('core').includes(`--groups=${group}`));
    assert.ok(command('core').includes('--bounding-set=-all'));
    assert.ok(command('core', true).includes('--bounding-set=-all,+net_bind_service'));
    assert.deepEqual(underOwnUser({ apart: false, because: 'not-root' }, 'core', ['node']), ['node']);
  });

  const asRoot = { skip: process.getuid?.() !== 0 && 'only root may give files and processes to other accounts' };

  test(
    'whatever root left in the data folder is whose it has to be, and nobody owns the code that runs',
    asRoot,
    async () => {
      const folder = await temporaryFolder();
      closers.push(folder.remove);
      const at = (path: string) => join(folder.path, path);
      for (const each of ['keys', 'state', 'updates', 'slots/a/files', 'slots/b/files'])
        mkdirSync(at(each), { recursive: true });
      const files = [
        'keys/k',
        'state/s',
        'updates/u',
        'slots/a/files/hub.js',
        'slots/b/files/hub.js',
        'slots/record-0',
      ];
      for (const each of [...files, 'bundle.json', 'elsewhere']) writeFileSync(at(each), '', { mode: 0o666 });
      // what core could plant to be given what is not its own
      symlinkSync(at('elsewhere'), at('state/link'));
      linkSync(at('elsewhere'), at('state/second-name'));
      settleOwners(folder.path, USERS, 'a');
      const seen = (path: string) => {
        const { uid, gid, mode } = statSync(at(path));
        return [uid, gid, (mode & 0o7777).toString(8)];
      };
      const { signer, core, updater, group } = USERS;
      assert.deepEqual(seen('.'), [0, 0, '711']);
      assert.deepEqual(seen('keys'), [signer.uid, signer.gid, '700']);
      assert.deepEqual(seen('keys/k'), [signer.uid, signer.gid, '600']);
      assert.deepEqual(seen('state/s'), [core.uid, core.gid, '600']);
      assert.deepEqual(seen('updates/u'), [updater.uid, updater.gid, '600']);
      assert.deepEqual(seen('bundle.json'), [0, group, '640']);
      assert.deepEqual(seen('slots'), [0, updater.gid, '1775']);
      assert.deepEqual(seen('slots/a/files/hub.js'), [0, 0, '644']);
      assert.deepEqual(seen('slots/b/files/hub.js'), [updater.uid, updater.gid, '644']);
      assert.deepEqual(seen('slots/record-0'), [updater.uid, updater.gid, '644']);
      assert.equal(seen('elsewhere')[0], 0);
      // after a switch the other slot runs
      settleOwners(folder.path, USERS, 'b');
      assert.deepEqual(seen('slots/b/files/hub.js'), [0, 0, '644']);
      assert.deepEqual(seen('slots/a/files/hub.js'), [updater.uid, updater.gid, '644']);
    },
  );

  test('a link in place of a private folder starts nothing', asRoot, async () => {
    const folder = await temporaryFolder();
    closers.push(folder.remove);
    mkdirSync(join(folder.path, 'elsewhere'));
    symlinkSync(join(folder.path, 'elsewhere'), join(folder.path, 'keys'));
    assert.throws(() => settleOwners(folder.path, USERS, undefined), { code: 'data-unreadable' });
    assert.equal(statSync(join(folder.path, 'elsewhere')).uid, 0);
  });

  const closed = surroundingsOf([process.execPath, HUB]).closed;
  const reachable = {
    skip: asRoot.skip || (closed !== undefined && `other accounts cannot get to ${closed}`),
    timeout: 400_000,
  };

  /** The hub as it runs in a home; its processes by what their command lines name. */
  const running = async (): Promise<{
    boot: ChildProcess;
    dataDir: string;
    pids: Readonly<Record<string, number>>;
  }> => {
    const folder = await temporaryFolder();
    closers.push(folder.remove);
    const services = await startServices();
    closers.push(services.close);
    await manufactured(folder.path, { authority: services.authority, services: services.urls });
    // no more than the unit of systemd leaves to whoever starts the others
    const set = ['-all', ...STAGE_CAPABILITIES.map((name) => name.replace('CAP_', '+').toLowerCase())].join(',');
    const confined = ['--no-new-privs', `--bounding-set=${set}`, process.execPath];
    const boot = spawn('setpriv', [...confined, HUB, '--data', folder.path, '--apart'], {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    closers.push(async () => {
      boot.kill('SIGTERM');
      if (boot.exitCode === null && boot.signalCode === null) await once(boot, 'exit');
    });
    await once(boot, 'message');
    const named = (pid: number): string => {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return command[command.indexOf('--role') + 1]?.match(/^(core|control)$/)?.[0] ?? 'signer';
    };
    return {
      boot,
      dataDir: folder.path,
      pids: Object.fromEntries(childrenOf(boot.pid ?? 0).map((pid) => [named(pid), pid])),
    };
  };

  test('the hub’s processes run apart, and what one is not to reach its account cannot reach', reachable, async () => {
    const { pids, dataDir } = await running();
    assert.deepEqual(Object.keys(pids).sort(), ['control', 'core', 'signer']);
    for (const [name, pid] of Object.entries(pids)) {
      const status = statusOf(pid);
      const { uid, gid } = USERS[name as 'core'];
      assert.equal(status['Uid'], Array(4).fill(uid).join(' '), name);
      assert.equal(status['Gid'], Array(4).fill(gid).join(' '), name);
      assert.equal(status['Groups'], name === 'control' ? '' : String(USERS.group), name);
      for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
        assert.equal(Number(`0x${status[set]}`), 0, name);
      assert.equal(status['NoNewPrivs'], '1', name);
      const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
      const { data, descriptors } = BUDGETS[name as 'core'];
      assert.match(limits, new RegExp(String.raw`^Max open files +${descriptors} +${descriptors} `, 'm'), name);
      assert.match(limits, new RegExp(String.raw`^Max data size +${data << 20} +${data << 20} `, 'm'), name);
    }
    const { core, signer } = USERS;
    const owners = (folder: string) =>
      readdirSync(join(dataDir, folder)).map((name) => statSync(join(dataDir, folder, name)));
    assert.ok(owners('keys').every(({ uid, mode }) => uid === signer.uid && (mode & 0o077) === 0));
    assert.ok(owners('state').every(({ uid, mode }) => uid === core.uid && (mode & 0o077) === 0));

    // what the account of core tries
    const separation = decideSeparation(USERS, FINE);
    const tried = async (script: string): Promise<number | null> => {
      const [program = '', ...args] = underOwnUser(separation, 'core', ['/bin/sh', '-c', script]);
      const child = spawn(program, args, { stdio: 'ignore' });
      await once(child, 'exit');
      return child.exitCode;
    };
    assert.equal(await tried(`cat '${dataDir}/bundle.json'`), 0, 'the positive control');
    assert.notEqual(await tried(`cat '${dataDir}/keys/keystore.sqlite'`), 0);
    assert.notEqual(await tried(`echo >> '${HUB}'`), 0);
    assert.notEqual(await tried(`echo > '${dirname(HUB)}/new.ts'`), 0);
    assert.notEqual(await tried(`echo > '${dataDir}/new'`), 0);
  });

  test('a device that has to be apart and cannot be does not start', reachable, async () => {
    const folder = await temporaryFolder();
    closers.push(folder.remove);
    const services = await startServices();
    closers.push(services.close);
    await manufactured(folder.path, { authority: services.authority, services: services.urls });
    execFileSync('chown', ['-R', `${USERS.core.uid}:${USERS.core.gid}`, folder.path]);
    const command = underOwnUser(decideSeparation(USERS, FINE), 'core', [
      process.execPath,
      HUB,
      '--data',
      folder.path,
      '--apart',
    ]);
    const [program = '', ...args] = command;
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    const [code] = (await once(child, 'close')) as [number];
    assert.equal(code, 65);
    assert.match(said, /only root may start processes under other accounts \(not-apart\)/);
  });
});
