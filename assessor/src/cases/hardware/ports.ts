import type { PortKind } from '@hearthward/product';
import type { FileProbe } from '../../model.ts';
import type { BoardProbe } from '../../observe/system/seen.ts';

/** Ports and ways to debug that are on, as Linux and its usual first programs publish them; nothing is written. */
export interface PortSeen {
  readonly kind: PortKind;
  /** as the system calls it: `ttyS0`, a gadget's function */
  readonly name: string;
}

// EN 303 645 5.6-3, 5.6-4, TS 103 645 4.6-2, G044 6.6.3, 6.6.4, G045 PH-1-1, PH-1-2: each port, by what the system shows of it
export async function portsOn(board: BoardProbe): Promise<readonly PortSeen[]> {
  const line = (await board.text('proc/cmdline')) ?? '';
  const active = (await board.text('sys/class/tty/console/active'))?.trim().split(/\s+/);
  const units = await Promise.all(WANTED.map(async (folder) => (await board.names(folder)).flatMap(gettyOf)));
  const lines = [
    ...(active ?? consolesIn(line)),
    ...units.flat(),
    ...inittabIn((await board.text('etc/inittab')) ?? ''),
  ];
  return unique([
    ...lines.filter(isSerial).map((name) => ({ kind: 'serial', name }) as const),
    ...(await testAccess(board)),
    ...(await gadgets(board)),
    ...(await storage(board)),
    ...(await debugging(board, line)),
  ]);
}

const WANTED = ['etc/systemd/system/multi-user.target.wants', 'etc/systemd/system/getty.target.wants'];
const consolesIn = (line: string): readonly string[] =>
  line.split(/\s+/).flatMap((word) => /^console=([^,]+)/.exec(word)?.[1] ?? []);
const gettyOf = (unit: string): readonly string[] => /^serial-getty@(.+)\.service$/.exec(unit)?.slice(1) ?? [];
const inittabIn = (text: string): readonly string[] =>
  text
    .split('\n')
    .filter((row) => !row.startsWith('#'))
    .flatMap(
      (row) => /getty\b.*?\b(tty[A-Z]\w*|hvc\d+|console)\b/.exec(row)?.[1] ?? /^(tty[A-Z]\w*):/.exec(row)?.[1] ?? [],
    );
/** `tty1` is a screen and a keyboard, and no line */
const isSerial = (name: string): boolean => name !== '' && !/^tty\d*$/.test(name);

/** A node without a status is in use (Devicetree Specification 0.4, 2.3.4). */
async function testAccess(board: BoardProbe): Promise<readonly PortSeen[]> {
  const found: PortSeen[] = [];
  for (const folder of ['proc/device-tree', 'proc/device-tree/soc'])
    for (const node of (await board.names(folder)).filter((name) => /^(?:jtag|swd|dap)\b/.test(name))) {
      const status = (await board.text(`${folder}/${node}/status`))?.replace(/\0+$/, '');
      if (status === undefined || status === 'okay' || status === 'ok')
        found.push({ kind: 'test-access', name: `${folder}/${node}`.slice('proc/device-tree/'.length) });
    }
  return found;
}

const GADGETS = 'sys/kernel/config/usb_gadget';
/** Functions of gadgets that are bound to a controller (configfs), and gadgets that are one module. */
async function gadgets(board: BoardProbe): Promise<readonly PortSeen[]> {
  const found: PortSeen[] = [];
  for (const gadget of await board.names(GADGETS)) {
    if (((await board.text(`${GADGETS}/${gadget}/UDC`)) ?? '').trim() === '') continue;
    for (const name of await board.names(`${GADGETS}/${gadget}/functions`)) found.push({ kind: 'usb-device', name });
  }
  const modules = (await board.names('sys/module')).filter((name) => /^g_[a-z_]+$/.test(name));
  return [...found, ...modules.map((name) => ({ kind: 'usb-device', name }) as const)];
}

const USB = 'sys/bus/usb';
async function storage(board: BoardProbe): Promise<readonly PortSeen[]> {
  const driver = (await board.names(`${USB}/drivers`)).find((name) => name === 'usb-storage' || name === 'uas');
  const hosts = (await board.names(`${USB}/devices`)).filter((name) => /^usb\d+$/.test(name));
  const takes = await Promise.all(
    hosts.map(async (host) => (await board.text(`${USB}/devices/${host}/authorized_default`))?.trim() !== '0'),
  );
  const found: PortSeen[] = driver !== undefined && takes.includes(true) ? [{ kind: 'usb-storage', name: driver }] : [];
  for (const name of await board.names('sys/block'))
    if ((await board.text(`sys/block/${name}/device/type`))?.trim() === 'SD') found.push({ kind: 'memory-card', name });
  return found;
}

async function debugging(board: BoardProbe, line: string): Promise<readonly PortSeen[]> {
  const mounts = ((await board.text('proc/mounts')) ?? '').split('\n').map((row) => row.split(' ')[2]);
  const asked = line.split(/\s+/).flatMap((word) => /^(kgdboc|kgdbwait)\b/.exec(word)?.[1] ?? []);
  const keys = Number((await board.text('proc/sys/kernel/sysrq')) ?? 0) > 0 ? ['sysrq'] : [];
  const kernel = [...['debugfs', 'tracefs'].filter((kind) => mounts.includes(kind)), ...asked, ...keys];
  const found: PortSeen[] = kernel.map((name) => ({ kind: 'kernel-debug', name }));
  for (const pid of (await board.names('proc')).filter((name) => /^\d+$/.test(name))) {
    const words = ((await board.text(`proc/${pid}/cmdline`)) ?? '').split('\0');
    const program = words[0]?.split('/').at(-1);
    if (program === 'adbd' || program === 'gdbserver') found.push({ kind: 'process-debug', name: program });
    if (words.some((word) => /^--inspect\b/.test(word))) found.push({ kind: 'process-debug', name: 'inspector' });
  }
  return found;
}

/** What a file system as shipped would switch on: consoles that the loader asks for, logins, a debug bridge. */
export async function portsShipped(files: Pick<FileProbe, 'read'>): Promise<readonly PortSeen[]> {
  const found: PortSeen[] = [];
  const serial = (names: readonly string[]): void =>
    void found.push(...names.filter(isSerial).map((name) => ({ kind: 'serial', name }) as const));
  for await (const { path, bytes } of files.read('software')) {
    const name = path.split('/').at(-1) ?? '';
    const text = (): string => Buffer.from(bytes.subarray(0, MOST_BYTES)).toString('latin1');
    if (/(?:^|\/)etc\/systemd\/system\/[^/]+\.wants\/[^/]+$/.test(path)) serial(gettyOf(name));
    if (/(?:^|\/)etc\/inittab$/.test(path)) serial(inittabIn(text()));
    if (/(?:^|\/)boot\/(?:cmdline\.txt|extlinux\/extlinux\.conf|loader\/entries\/[^/]+\.conf)$/.test(path)) {
      serial(consolesIn(text()));
    }
    if (/(?:^|\/)s?bin\/(?:adbd|gdbserver)$/.test(path)) found.push({ kind: 'process-debug', name });
  }
  return unique(found);
}
const MOST_BYTES = 64 * 1024;

const unique = (ports: readonly PortSeen[]): readonly PortSeen[] => [
  ...new Map(ports.map((port) => [`${port.kind} ${port.name}`, port])).values(),
];
