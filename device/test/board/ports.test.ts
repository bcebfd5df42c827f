import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import declaration from '@hearthward/example-hub';
import { message } from '@hearthward/web';
import * as fc from 'fast-check';
import type { Board, PortShown } from '../../src/board/board.ts';
import { decidePorts, NO_DRIFT, type PortsState } from '../../src/board/decide.ts';
import { linuxPorts } from '../../src/board/linux/ports.ts';
import { standOnBoard } from '../../src/board/standing.ts';

/** A system as the kernel shows it, in a folder. */
const withSystem = (files: Readonly<Record<string, string>>, work: (root: string) => void): void => {
  const root = mkdtempSync(join(tmpdir(), 'board-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    work(root);
  } finally {
    rmSync(root, { recursive: true });
  }
};
const shownOf = (files: Readonly<Record<string, string>>, testAccess: readonly string[] = []): readonly string[] => {
  let found: readonly string[] = [];
  withSystem(files, (root) => {
    const { on, unseen } = linuxPorts({ root, testAccess }).ports();
    assert.deepEqual(unseen, []);
    found = on.map(({ kind, name }) => `${kind} ${name}`);
  });
  return found;
};

describe('what a Linux system shows of its ports', () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
    ['nothing at all', {}, []],
    [
      'a console that is asked for',
      { 'proc/cmdline': 'quiet console=tty1 console=ttyS0,115200n8\n' },
      ['serial ttyS0'],
    ],
    [
      'the consoles that are active, whatever was asked for',
      { 'proc/cmdline': 'console=ttyS0', 'sys/class/tty/console/active': 'tty0 ttyAMA0\n' },
      ['serial ttyAMA0'],
    ],
    [
      'a login that systemd starts',
      { 'etc/systemd/system/getty.target.wants/serial-getty@ttymxc0.service': '' },
      ['serial ttymxc0'],
    ],
    [
      'a login of BusyBox',
      { 'etc/inittab': '::sysinit:/etc/init.d/rcS\n#ttyS9::respawn:/sbin/getty ttyS9\nttyS1::respawn:/bin/sh\n' },
      ['serial ttyS1'],
    ],
    [
      'a gadget with a debug bridge that is bound',
      {
        'sys/kernel/config/usb_gadget/g1/UDC': 'fe980000.usb\n',
        'sys/kernel/config/usb_gadget/g1/functions/ffs.adb/x': '',
        'sys/kernel/config/usb_gadget/g2/UDC': '\n',
        'sys/kernel/config/usb_gadget/g2/functions/acm.0/x': '',
      },
      ['usb-device ffs.adb'],
    ],
    ['a gadget that is a module', { 'sys/module/g_serial/refcnt': '1' }, ['usb-device g_serial']],
    [
      'sticks that are taken',
      { 'sys/bus/usb/drivers/usb-storage/bind': '', 'sys/bus/usb/devices/usb1/authorized_default': '1\n' },
      ['usb-storage usb-storage'],
    ],
    [
      'no stick where the ports take nothing new',
      { 'sys/bus/usb/drivers/usb-storage/bind': '', 'sys/bus/usb/devices/usb1/authorized_default': '0\n' },
      [],
    ],
    [
      'a card in its slot, and not the memory on the board',
      { 'sys/block/mmcblk0/device/type': 'MMC\n', 'sys/block/mmcblk1/device/type': 'SD\n' },
      ['memory-card mmcblk1'],
    ],
    [
      'what the kernel is debugged by',
      {
        'proc/self/mounts': 'debugfs /sys/kernel/debug debugfs rw 0 0\nproc /proc proc rw 0 0\n',
        'proc/cmdline': 'kgdboc=ttyS1,115200',
        'proc/sys/kernel/sysrq': '16\n',
        'proc/sys/kernel/kptr_restrict': '0\n',
        'proc/sys/kernel/dmesg_restrict': '1\n',
        'proc/sys/kernel/yama/ptrace_scope': '1\n',
      },
      ['kernel-debug debugfs', 'kernel-debug kgdboc', 'kernel-debug sysrq', 'kernel-debug kptr_restrict'],
    ],
  ];
  for (const [name, files, expected] of cases) test(name, () => assert.deepEqual(shownOf(files), expected));

  test('test access by its node of the device tree: on without a status, off where it is disabled', () => {
    const nodes = ['soc/jtag@4000', 'soc/swd@5000', 'soc/etm@6000'];
    const files = {
      'proc/device-tree/soc/jtag@4000/compatible': 'x\0',
      'proc/device-tree/soc/swd@5000/status': 'disabled\0',
      'proc/device-tree/soc/swd@5000/compatible': 'x\0',
    };
    assert.deepEqual(shownOf(files, nodes), ['test-access soc/jtag@4000']);
  });

  test('what cannot be read is no port that is off: it is named', () => {
    withSystem({ 'sys/class/tty/console/active/folder': '' }, (root) =>
      assert.deepEqual(linuxPorts({ root }).ports().unseen, ['sys/class/tty/console/active']),
    );
  });

  test('closes what can be closed from here, and says so only where the system shows it', () => {
    const files = {
      'sys/bus/usb/drivers/uas/bind': '',
      'sys/bus/usb/devices/usb2/authorized_default': '1\n',
      'proc/sys/kernel/sysrq': '1\n',
      'proc/cmdline': 'console=ttyS0',
    };
    withSystem(files, (root) => {
      const { ports, closePort } = linuxPorts({ root });
      assert.equal(closePort({ kind: 'usb-storage', name: 'uas' }), true);
      assert.equal(closePort({ kind: 'kernel-debug', name: 'sysrq' }), true);
      assert.equal(closePort({ kind: 'serial', name: 'ttyS0' }), false, 'a console ends with the kernel');
      assert.equal(readFileSync(join(root, 'proc/sys/kernel/sysrq'), 'utf8'), '0');
      assert.deepEqual(ports().on, [{ kind: 'serial', name: 'ttyS0' }]);
    });
  });
});

describe('ports against the declaration', () => {
  const decide = decidePorts(declaration.interfaces);
  const serial: PortShown = { kind: 'serial', name: 'ttyS0' };

  test('a port is told once for as long as it lasts, and again when it comes back', () => {
    const shown = (state: PortsState, on: readonly PortShown[]) =>
      decide(state, { kind: 'shown', on, state: 'initialised' });
    const first = shown(NO_DRIFT, [serial]);
    assert.deepEqual(first.effects, [{ kind: 'close', drift: { ...serial, because: 'declared-off' } }]);
    assert.deepEqual(shown(first.state, [serial]).effects, []);
    const gone = shown(first.state, []);
    assert.deepEqual(gone.state.drifts, []);
    assert.equal(shown(gone.state, [serial]).effects.length, 1);
  });

  test('exactly what the declaration has on in this state is no drift', () => {
    const name = fc.constantFrom('a', 'b');
    const kind = fc.constantFrom<PortShown['kind']>('serial', 'usb-device', 'memory-card');
    const states = fc.subarray<'factory-default' | 'initialised'>(['factory-default', 'initialised']);
    const row = fc.record({ kind, name: fc.option(name, { nil: undefined }), enabled: states });
    const [panel] = declaration.interfaces;
    assert.ok(panel);
    fc.assert(
      fc.property(fc.array(row, { maxLength: 4 }), fc.record({ kind, name }), (rows, port) => {
        const declared = rows.map((each, at) => ({
          ...panel,
          id: `row-${at}`,
          enabled: each.enabled,
          port: { kind: each.kind, ...(each.name === undefined ? {} : { name: each.name }) },
        }));
        const { state } = decidePorts(declared)(NO_DRIFT, { kind: 'shown', on: [port], state: 'initialised' });
        const its =
          rows.find((each) => each.kind === port.kind && each.name === port.name) ??
          rows.find((each) => each.kind === port.kind && each.name === undefined);
        const because = its ? (its.enabled.includes('initialised') ? undefined : 'declared-off') : 'not-declared';
        assert.deepEqual(
          state.drifts.map((drift) => drift.because),
          because ? [because] : [],
        );
      }),
    );
  });

  const standing = (board: Board) => {
    const told: unknown[] = [];
    const stands = standOnBoard({
      board,
      declaration,
      state: () => 'initialised',
      record: (kind, detail) => void told.push([kind, detail]),
      decide: decidePorts,
    });
    return { told, ...stands };
  };

  test('an open console is closed where the board can, and told to the log and on the page of safety', () => {
    let on: readonly PortShown[] = [];
    let able = false;
    const { told, observe, checks } = standing({
      ports: () => ({ on, unseen: [] }),
      closePort: () => {
        if (able) on = [];
        return able;
      },
    });
    observe();
    assert.deepEqual([told, checks('en')], [[], [{ good: true, text: message('en', 'board.ports') }]]);
    on = [serial];
    observe();
    observe();
    const event = { port: 'serial ttyS0', because: 'declared-off' };
    assert.deepEqual(told, [['port-drift', { ...event, closed: 'no' }]]);
    assert.deepEqual(checks('en'), [{ good: false, text: message('en', 'board.ports.on') }]);
    on = [];
    observe();
    able = true;
    on = [serial];
    observe();
    assert.deepEqual(told[1], ['port-drift', { ...event, closed: 'yes' }]);
    assert.deepEqual(
      checks('en'),
      [{ good: true, text: message('en', 'board.ports') }],
      'what was closed is no longer open',
    );
  });

  test('a board that cannot say is not called good', () => {
    const { observe, checks } = standing({ ports: () => ({ on: [], unseen: ['proc/cmdline'] }) });
    observe();
    assert.deepEqual(checks('en'), [{ good: false, text: message('en', 'board.ports.unseen') }]);
    const silent = standing({});
    silent.observe();
    assert.deepEqual(silent.checks('en'), [], 'and one without ports says nothing of them');
  });
});
