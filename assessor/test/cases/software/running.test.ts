import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Data } from '../../../src/model.ts';
import { codeIn, mappingsOf, socketsIn, statusOf, writableBy } from '../../../src/observe/system/formats.ts';
import { createSystem } from '../../../src/observe/system/system.ts';
import { KETTLE } from '../exposure/fake-kettle.ts';
import { is, judged } from '../exposure/fake-kettle-run.ts';

const DECLARED = {
  ...KETTLE,
  privilegeControls: [
    { id: 'init', process: 'init', user: 'root', privileges: [], because: 'first', commandLine: ['init'] },
    { id: 'web', process: 'web', user: 'www', privileges: [], because: 'network', commandLine: ['web'] },
    { id: 'keys', process: 'keys', user: 'keys', privileges: [], because: 'keys', commandLine: ['keys'] },
  ],
};
const GOOD = {
  pid: 7,
  users: [33],
  groups: [33],
  capabilities: [] as string[],
  mayGain: false,
  writableCode: 0,
  executableData: 0,
  ownPages: true,
  personality: 0,
  network: false,
  code: 4,
  writable: [] as string[],
  unread: [] as string[],
};
type Seen = Readonly<Record<string, Partial<typeof GOOD> | null>>;
const processes = (others: Seen = {}): [string, string, Data][] =>
  Object.entries<Partial<typeof GOOD> | null>({
    init: { pid: 1, users: [0], groups: [0], capabilities: ['CAP_SETUID'], mayGain: true, code: 1 },
    web: { users: [33], network: true },
    keys: { pid: 8, users: [34], groups: [34] },
  }).flatMap(([id, own]) => (others[id] === null ? [] : [['process', id, { ...GOOD, ...own, ...others[id] }]]));
const privilege = (others: Seen = {}, more: [string, string, Data][] = []) =>
  judged('least-privilege-software', [...processes(others), ...more], DECLARED);
const MACHINE = { processor: true, noExecute: true, randomised: 2 };
const memory = (others: Seen = {}, machine: Partial<typeof MACHINE> | null = {}) =>
  judged(
    'memory-protection',
    [
      ...(machine ? [['machine', 'product', { ...MACHINE, ...machine }] as [string, string, Data]] : []),
      ...processes(others),
    ],
    DECLARED,
  );

test('each process under its own account, with no right beyond what is declared, passes', () =>
  is(privilege(), 'PASS'));
const TOO_MUCH: Readonly<Record<string, readonly [Seen, RegExp]>> = {
  'what faces the network as root': [{ web: { users: [0] } }, /web .* network .* root/],
  'root only as saved user': [{ web: { users: [33, 0] } }, /root/],
  'root that is declared, with the network': [{ init: { network: true } }, /init/],
  'root where another account is declared': [{ keys: { users: [0] } }, /keys runs as root/],
  'a capability that is not declared': [{ web: { capabilities: ['CAP_NET_ADMIN'] } }, /CAP_NET_ADMIN/],
  'code that it can change': [{ web: { writable: ['/opt/web.js'] } }, /\/opt\/web\.js/],
  'an account that two have': [{ keys: { users: [33] } }, /web and keys/],
};
for (const [name, [others, word]] of Object.entries(TOO_MUCH))
  test(`refuses ${name}`, () => is(privilege(others), 'FAIL', word));
test('leaves open what does not run, is not named, or cannot be seen', () => {
  is(privilege({ keys: null }), 'INCONCLUSIVE', /keys was not running/);
  is(privilege({ web: { unread: ['fd'] } }), 'INCONCLUSIVE', /fd/);
  is(privilege({ web: { code: 0 } }), 'INCONCLUSIVE', /code of web/);
  is(privilege({}, [['process', 'product', { ...GOOD, pid: 99, users: [35] }]]), 'INCONCLUSIVE', /99/);
  is(privilege({ init: null, web: null, keys: null }), 'INCONCLUSIVE');
  is(privilege({}, [['process', 'web', { pid: 'x' }]]), 'ERROR');
});

test('a processor and a kernel that protect memory pass', () => is(memory(), 'PASS'));
test('refuses a machine that does not, and a process that undoes it', () => {
  is(memory({}, { noExecute: false }), 'FAIL', /processor/);
  is(memory({}, { randomised: 0 }), 'FAIL', /expected/);
  is(memory({ web: { personality: 0x004_0000 } }), 'FAIL', /always the same/);
  is(memory({ web: { personality: 0x040_0000 } }), 'FAIL', /execute whatever/);
  is(memory({ web: { executableData: 1 } }), 'FAIL', /stack/);
  is(memory({ web: { writableCode: 1 } }), 'FAIL', /no reason/);
});
test('leaves open what could not be read of it', () => {
  is(memory({}, { randomised: 1 }), 'INCONCLUSIVE', /heaps/);
  is(memory({}, { randomised: -1 }), 'INCONCLUSIVE');
  is(memory({}, { processor: false, noExecute: false }), 'INCONCLUSIVE');
  is(memory({ web: { ownPages: false } }), 'INCONCLUSIVE', /own pages/);
  is(memory({}, null), 'INCONCLUSIVE');
});

test('reads the formats of the kernel', () => {
  const status =
    'Name:\tweb\nUid:\t33\t33\t0\t33\nGid:\t33\t33\t33\t33\nGroups:\t4 27 \nCapPrm:\t0000000000000400\nCapBnd:\t0000000000000000\nNoNewPrivs:\t0\n';
  assert.deepEqual(statusOf(status), {
    users: [33, 0],
    groups: [33, 4, 27],
    capabilities: ['CAP_NET_BIND_SERVICE'],
    mayGain: false,
  });
  assert.equal(statusOf('Name: none'), undefined);
  const maps =
    '55d0-55d1 r-xp 00000000 08:01 7 /usr/bin/node\n7f00-7f01 rwxp 00000000 00:00 0 \n7ffc-7ffd rwxp 00000000 00:00 0 [stack]\n';
  assert.deepEqual(mappingsOf(maps), { writableCode: 2, executableData: 1 });
  assert.deepEqual(codeIn(['node', '/opt/hub.js', '--data', '/var/lib/x'], maps), ['/usr/bin/node', '/opt/hub.js']);
  assert.deepEqual(socketsIn('  sl  local\n 0: 0100007F:1F90 00000000:0000 0A 0:0 00:0 0 33 0 4711 1 0\n'), ['4711']);
  const file = { path: '/x', uid: 0, gid: 4, mode: 0o100_664, folder: false };
  assert.equal(writableBy(file, { users: [33], groups: [4] }), true);
  assert.equal(writableBy(file, { users: [33], groups: [33] }), false);
  assert.equal(
    writableBy({ ...file, mode: 0o100_444, uid: 33 }, { users: [33], groups: [] }),
    true,
    'an owner may make it so',
  );
  assert.equal(
    writableBy({ ...file, mode: 0o041_777, folder: true }, { users: [33], groups: [] }),
    false,
    'a sticky folder',
  );
});

test('reads the processes of a product from a system that was read out, and of no other', async () => {
  const root = await mkdtemp(join(tmpdir(), 'hearthward-system-'));
  try {
    const put = async (pid: number, parent: number, command: string): Promise<void> => {
      const at = join(root, 'proc', String(pid));
      await mkdir(join(at, 'net'), { recursive: true });
      await mkdir(join(at, 'fd'));
      await writeFile(join(at, 'stat'), `${pid} (a) b) S ${parent} 1 1`);
      await writeFile(join(at, 'cmdline'), command.replaceAll(' ', '\0'));
      await writeFile(
        join(at, 'status'),
        'Uid:\t33\t33\t33\t33\nGid:\t33\nGroups:\t\nCapPrm:\t0\nCapBnd:\t0\nNoNewPrivs:\t1\n',
      );
      await writeFile(join(at, 'maps'), '');
      await writeFile(join(at, 'net', 'tcp'), 'head\n 0: a b 0A 0 0 0 33 0 4711 1\n');
    };
    await put(1, 0, 'init');
    await put(5, 1, 'node /opt/hub.js');
    await put(6, 5, 'node /opt/web.js');
    await symlink('socket:[4711]', join(root, 'proc', '6', 'fd', '4'));
    await put(9, 1, 'somebody else');
    const target = { artefacts: { runningSystem: [root], processes: [5] } };
    const seen = await createSystem(target as never, (path) => path).processes();
    assert.deepEqual(
      seen.map(({ pid, network }) => [pid, network]),
      [
        [5, false],
        [6, true],
      ],
    );
    assert.deepEqual(seen[1]?.unread, []);
  } finally {
    await rm(root, { recursive: true });
  }
});
