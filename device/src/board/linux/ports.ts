import { url as inspectorUrl } from 'node:inspector';
import type { Board, PortShown } from '../board.ts';
import { systemFiles, type SystemFiles } from './reading.ts';

/**
 * What a Linux system shows of ports and of ways to debug, in the kernel's public formats. `root` is `/` but for tests.
 * `testAccess`: nodes of the device tree that are JTAG, SWD or their like, as `soc/jtag@4000`; there is no way to know
 * them by themselves.
 */
// EN 303 645 5.6-3, 5.6-4, TS 103 645 4.6-2, G044 6.6.3, 6.6.4, G045 PH-1-1, PH-1-2: each port, by what the system shows of it
export const linuxPorts = (
  given: { readonly root?: string; readonly testAccess?: readonly string[] } = {},
): Required<Pick<Board, 'ports' | 'closePort'>> => {
  const { root = '/', testAccess = [] } = given;
  const own = root === '/';
  const read = (files: SystemFiles): readonly PortShown[] => [
    ...serialLines(files),
    ...testAccess.filter((node) => isOn(files, node)).map((name) => ({ kind: 'test-access', name }) as const),
    ...gadgets(files).map(({ name }) => ({ kind: 'usb-device', name }) as const),
    ...storage(files),
    ...kernelDebug(files),
    ...(own && inspectorUrl() !== undefined ? [{ kind: 'process-debug', name: 'inspector' } as const] : []),
  ];
  return {
    ports: () => {
      const files = systemFiles(root);
      return { on: read(files), unseen: files.unseen() };
    },
    closePort: (port) => {
      close(systemFiles(root), port);
      return !read(systemFiles(root)).some(({ kind, name }) => kind === port.kind && name === port.name);
    },
  };
};

/** Places that are read; whoever confines the process lets it read these. */
export const PORT_PLACES = [
  '/proc/cmdline',
  '/proc/device-tree/',
  '/proc/sys/kernel/',
  '/sys/class/tty/console/',
  '/sys/kernel/config/usb_gadget/',
  '/sys/module/',
  '/sys/bus/usb/',
  '/sys/block/',
  '/etc/inittab',
  '/etc/systemd/system/',
] as const;

/** Consoles and logins; a virtual console (`tty1`) is a screen and a keyboard, and no line. */
function serialLines(files: SystemFiles): readonly PortShown[] {
  const line = (files.text('proc/cmdline') ?? '').split(/\s+/);
  const asked = line.flatMap((word) => /^console=([^,]+)/.exec(word)?.[1] ?? []);
  const active = files.text('sys/class/tty/console/active')?.split(/\s+/);
  const units = ['multi-user.target.wants', 'getty.target.wants'].flatMap((folder) =>
    files.names(`etc/systemd/system/${folder}`).flatMap((unit) => /^serial-getty@(.+)\.service$/.exec(unit)?.[1] ?? []),
  );
  const inittab = (files.text('etc/inittab') ?? '')
    .split('\n')
    .filter((row) => !row.startsWith('#'))
    .flatMap((row) => /getty\b.*?\b((?:tty[A-Z]\w*|hvc\d+|console))\b|^(tty[A-Z]\w*):/.exec(row)?.slice(1) ?? [])
    .filter((name): name is string => name !== undefined);
  const names = [...(active ?? asked), ...units, ...inittab].filter((name) => name !== '' && !/^tty\d*$/.test(name));
  return [...new Set(names)].map((name) => ({ kind: 'serial', name }));
}

/** A node without a status is in use (Devicetree Specification 0.4, 2.3.4). */
function isOn(files: SystemFiles, node: string): boolean {
  const there = files.names(`proc/device-tree/${node}`).length > 0;
  return there && ['okay', 'ok', undefined].includes(files.text(`proc/device-tree/${node}/status`));
}

const GADGETS = 'sys/kernel/config/usb_gadget';
/** Functions of gadgets that are bound to a controller (configfs), and gadgets that are one module. */
function gadgets(files: SystemFiles): readonly { readonly name: string; readonly gadget?: string }[] {
  const bound = files.names(GADGETS).filter((gadget) => (files.text(`${GADGETS}/${gadget}/UDC`) ?? '').trim() !== '');
  return [
    ...bound.flatMap((gadget) =>
      files.names(`${GADGETS}/${gadget}/functions`).map((name) => ({ name, gadget }) as const),
    ),
    ...files
      .names('sys/module')
      .filter((name) => /^g_(?:serial|ether|mass_storage|ffs|multi|acm_ms|cdc|zero|webcam|audio|hid|midi)$/.test(name))
      .map((name) => ({ name })),
  ];
}

const USB = 'sys/bus/usb';
/** The driver of sticks and disks, on a machine whose USB ports take new devices; cards in slots, which eMMC is not. */
function storage(files: SystemFiles): readonly PortShown[] {
  const driver = files.names(`${USB}/drivers`).find((name) => name === 'usb-storage' || name === 'uas');
  const taking = hosts(files).some((host) => files.text(`${USB}/devices/${host}/authorized_default`) !== '0');
  const cards = files.names('sys/block').filter((name) => files.text(`sys/block/${name}/device/type`) === 'SD');
  return [
    ...(driver !== undefined && taking ? [{ kind: 'usb-storage', name: driver } as const] : []),
    ...cards.map((name) => ({ kind: 'memory-card', name }) as const),
  ];
}
const hosts = (files: SystemFiles): readonly string[] =>
  files.names(`${USB}/devices`).filter((name) => /^usb\d+$/.test(name));

/** What lets somebody on the system look into the kernel or into other programs (Documentation/admin-guide/sysctl). */
export const KERNEL_SETTINGS = [
  { name: 'sysrq', least: 0, most: 0 },
  { name: 'kptr_restrict', least: 1, most: 2 },
  { name: 'dmesg_restrict', least: 1, most: 1 },
  { name: 'perf_event_paranoid', least: 2, most: 4 },
  { name: 'yama/ptrace_scope', least: 1, most: 3 },
] as const;

function kernelDebug(files: SystemFiles): readonly PortShown[] {
  const mounts = (files.text('proc/self/mounts') ?? '').split('\n').map((row) => row.split(' ')[2] ?? '');
  const mounted = ['debugfs', 'tracefs'].filter((kind) => mounts.includes(kind));
  const line = (files.text('proc/cmdline') ?? '').split(/\s+/);
  const asked = line.flatMap((word) => /^(kgdboc|kgdbwait|nokaslr)\b/.exec(word)?.[1] ?? []);
  const loose = KERNEL_SETTINGS.filter(({ name, least, most }) => {
    const value = files.text(`proc/sys/kernel/${name}`);
    return value !== undefined && !(Number(value) >= least && Number(value) <= most);
  });
  return [...mounted, ...asked, ...loose.map(({ name }) => name)].map((name) => ({ kind: 'kernel-debug', name }));
}

function close(files: SystemFiles, { kind, name }: PortShown): void {
  if (kind === 'usb-device') {
    for (const { gadget } of gadgets(files).filter((each) => each.name === name))
      if (gadget !== undefined) files.write(`${GADGETS}/${gadget}/UDC`, '\n');
  }
  if (kind === 'usb-storage')
    for (const host of hosts(files)) files.write(`${USB}/devices/${host}/authorized_default`, '0');
  const setting = KERNEL_SETTINGS.find((each) => each.name === name);
  if (kind === 'kernel-debug' && setting) files.write(`proc/sys/kernel/${name}`, String(setting.least));
}
