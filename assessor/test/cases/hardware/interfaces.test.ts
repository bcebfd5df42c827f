import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Declaration, DeclaredInterface } from '@hearthward/product';
import { debugInterfaces, physicalInterfaces } from '../../../src/cases/hardware/interfaces.ts';
import { portsOn, portsShipped } from '../../../src/cases/hardware/ports.ts';
import type { Data, FileProbe, Judgement } from '../../../src/model.ts';
import type { BoardProbe } from '../../../src/observe/system/seen.ts';
import type { Target } from '../../../src/target.ts';
import { KETTLE } from '../exposure/fake-kettle-declaration.ts';

/** A system in a few files, as a laboratory reads it out. */
const boardOf = (files: Readonly<Record<string, string>>): BoardProbe => ({
  text: async (path) => files[path],
  names: async (folder) => [
    ...new Set(
      Object.keys(files).flatMap((path) =>
        path.startsWith(`${folder}/`) ? (path.slice(folder.length + 1).split('/')[0] ?? []) : [],
      ),
    ),
  ],
});
const named = (ports: readonly { kind: string; name: string }[]) => ports.map(({ kind, name }) => `${kind} ${name}`);

const SYSTEMS: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
  ['nothing', { 'proc/cmdline': 'quiet console=tty1\n' }, []],
  ['a console that is asked for', { 'proc/cmdline': 'console=ttyS0,115200n8' }, ['serial ttyS0']],
  [
    'the active console, whatever was asked for',
    { 'proc/cmdline': 'console=ttyS0', 'sys/class/tty/console/active': 'tty0 ttyAMA0\n' },
    ['serial ttyAMA0'],
  ],
  [
    'logins of systemd and of BusyBox',
    {
      'etc/systemd/system/getty.target.wants/serial-getty@ttymxc0.service': '',
      'etc/inittab': '#ttyS9::respawn:/sbin/getty ttyS9\nttyS1::respawn:/bin/sh\n::respawn:/sbin/getty -L ttyS2 115200',
    },
    ['serial ttymxc0', 'serial ttyS1', 'serial ttyS2'],
  ],
  [
    'test access that nobody disabled',
    {
      'proc/device-tree/soc/jtag@4000/compatible': 'x\0',
      'proc/device-tree/swd@1/status': 'disabled\0',
    },
    ['test-access soc/jtag@4000'],
  ],
  [
    'a gadget that is bound, and one that is not',
    {
      'sys/kernel/config/usb_gadget/g1/UDC': 'fe980000.usb\n',
      'sys/kernel/config/usb_gadget/g1/functions/ffs.adb/x': '',
      'sys/kernel/config/usb_gadget/g2/UDC': '\n',
      'sys/kernel/config/usb_gadget/g2/functions/acm.0/x': '',
    },
    ['usb-device ffs.adb'],
  ],
  [
    'sticks where ports take new devices, and a card',
    {
      'sys/bus/usb/drivers/uas/bind': '',
      'sys/bus/usb/devices/usb1/authorized_default': '1\n',
      'sys/block/mmcblk1/device/type': 'SD\n',
      'sys/block/mmcblk0/device/type': 'MMC\n',
    },
    ['usb-storage uas', 'memory-card mmcblk1'],
  ],
  [
    'no stick where ports take nothing new',
    { 'sys/bus/usb/drivers/usb-storage/bind': '', 'sys/bus/usb/devices/usb1/authorized_default': '0\n' },
    [],
  ],
  [
    'debuggers of the kernel and of programs',
    {
      'proc/cmdline': 'kgdboc=ttyS1',
      'proc/mounts': 'debugfs /sys/kernel/debug debugfs rw 0 0\n',
      'proc/sys/kernel/sysrq': '16\n',
      'proc/7/cmdline': '/usr/sbin/adbd\0--root\0',
      'proc/8/cmdline': 'node\0--inspect=0.0.0.0\0main.js\0',
    },
    [
      'kernel-debug debugfs',
      'kernel-debug kgdboc',
      'kernel-debug sysrq',
      'process-debug adbd',
      'process-debug inspector',
    ],
  ],
];
for (const [name, files, expected] of SYSTEMS)
  test(`a running system shows ${name}`, async () => assert.deepEqual(named(await portsOn(boardOf(files))), expected));

test('software as shipped shows what it would switch on', async () => {
  const files: Pick<FileProbe, 'read'> = {
    read: async function* () {
      const shipped = {
        'rootfs/etc/inittab': 'ttyS0::respawn:/bin/sh',
        'rootfs/etc/systemd/system/multi-user.target.wants/serial-getty@ttyS1.service': '',
        'boot/extlinux/extlinux.conf': 'append root=/dev/mmcblk0p2 console=ttyAMA0,115200',
        'rootfs/usr/bin/adbd': 'ELF',
        'rootfs/usr/share/doc/console.txt': 'console=ttyS9',
      };
      for (const [path, text] of Object.entries(shipped)) yield { path, bytes: Buffer.from(text) };
    },
  };
  assert.deepEqual(named(await portsShipped(files)), [
    'serial ttyS0',
    'serial ttyS1',
    'serial ttyAMA0',
    'process-debug adbd',
  ]);
});

const [lan] = KETTLE.interfaces;
const face = (id: string, more: Partial<DeclaredInterface>): DeclaredInterface => ({
  ...(lan ?? assert.fail('the kettle has no interface')),
  id,
  kind: 'physical',
  debug: false,
  enabled: [],
  ...more,
});
const BOARDED: Declaration = {
  ...KETTLE,
  interfaces: [
    face('pads', { debug: true, port: { kind: 'serial' } }),
    face('stick', { port: { kind: 'usb-storage', name: 'uas' }, enabled: ['initialised'] }),
    face('slot', { port: { kind: 'memory-card' } }),
  ],
};
type Row = readonly [kind: string, subject: string, data: Data];
const LOOKED: Row = ['looked', 'product', { system: true }];
const port = (kind: 'on' | 'shipped', of: string, name: string): Row => [kind, 'product', { kind: of, name }];
const judged = (
  which: typeof debugInterfaces,
  rows: readonly Row[],
  declaration: Declaration = BOARDED,
): Judgement['verdict'] =>
  which.judge({
    declaration,
    assessedAt: '2026-11-26T00:00:00.000Z',
    observations: rows.map(([kind, subject, data], n) => ({
      id: `${which.id}/${n + 1}`,
      case: which.id,
      kind,
      subject,
      at: '2026-11-26T00:00:00.000Z',
      data,
      blobs: [],
    })),
  }).verdict;

test('what is on as it is declared passes', () => {
  assert.equal(judged(debugInterfaces, [LOOKED]), 'PASS');
  assert.equal(judged(physicalInterfaces, [LOOKED]), 'PASS');
  assert.equal(judged(physicalInterfaces, [LOOKED, port('on', 'usb-storage', 'uas')]), 'PASS');
});

test('a port fails that is declared off, or that nobody declares, running or shipped', () => {
  for (const kind of ['on', 'shipped'] as const) {
    assert.equal(judged(debugInterfaces, [LOOKED, port(kind, 'serial', 'ttyS0')]), 'FAIL');
    assert.equal(judged(debugInterfaces, [LOOKED, port(kind, 'process-debug', 'adbd')]), 'FAIL');
  }
  assert.equal(judged(physicalInterfaces, [LOOKED, port('on', 'memory-card', 'mmcblk1')]), 'FAIL');
  assert.equal(judged(physicalInterfaces, [LOOKED, port('on', 'usb-device', 'mass_storage.0')]), 'FAIL');
});

test('a debug interface that is declared to be on fails, and one that nothing shows is left open', () => {
  const pads = (more: Partial<DeclaredInterface>): Declaration => ({
    ...BOARDED,
    interfaces: [face('pads', { debug: true, ...more })],
  });
  assert.equal(judged(debugInterfaces, [LOOKED], pads({ enabled: ['initialised'], port: { kind: 'serial' } })), 'FAIL');
  assert.equal(judged(debugInterfaces, [LOOKED], pads({})), 'INCONCLUSIVE');
});

test('nothing passes where the system showed nothing', () => {
  for (const which of [debugInterfaces, physicalInterfaces]) {
    assert.equal(judged(which, []), 'INCONCLUSIVE');
    assert.equal(judged(which, [['looked', 'product', { system: false }]]), 'INCONCLUSIVE');
    assert.equal(judged(which, [LOOKED, ['on', 'product', { kind: 'serial' }]]), 'ERROR');
    const target = { artefacts: { board: ['x'] } } as unknown as Target;
    assert.deepEqual(which.ready(BOARDED, target), { ok: true });
    assert.equal(which.ready(BOARDED, {} as Target).ok, false);
    assert.equal(which.ready({ ...BOARDED, interfaces: [] }, target).ok, false);
  }
});
