import type { Declaration, PortKind } from '../schema/declaration.ts';

/**
 * What an image of Linux must have, and must not have, so that nothing is switched on which the declaration has off:
 * kernel settings, masked units of systemd, modules that are never loaded, words of the kernel's command line. It says
 * nothing of what is declared as switched on. Leaves to the builder of the image to put the files in, and to
 * `notHardened` to find what is missing.
 */
export interface Hardening {
  readonly files: readonly HardeningFile[];
  /** words that the kernel's command line has */
  readonly commandLine: readonly string[];
  /** beginnings of words that it has not */
  readonly notInCommandLine: readonly string[];
  /** programs that are nowhere in the image */
  readonly programs: readonly string[];
}
/** `path` from the image's root; a link to `/dev/null` masks a unit of systemd (systemctl(1), mask). */
export type HardeningFile = { readonly path: string } & ({ readonly text: string } | { readonly link: '/dev/null' });

/** As the kernel's documentation has them (admin-guide/sysctl); each switches a way to look into it off. */
export const SYSCTLS = {
  'kernel.sysrq': 0,
  'kernel.kptr_restrict': 2,
  'kernel.dmesg_restrict': 1,
  'kernel.perf_event_paranoid': 3,
  'kernel.yama.ptrace_scope': 2,
  'kernel.unprivileged_bpf_disabled': 1,
  'kernel.kexec_load_disabled': 1,
} as const;

/** What is masked where no console and no debugging is declared. */
const UNITS: Readonly<Partial<Record<PortKind, readonly string[]>>> = {
  serial: ['serial-getty@.service', 'console-getty.service', 'container-getty@.service'],
  'kernel-debug': ['debug-shell.service', 'sys-kernel-debug.mount', 'sys-kernel-tracing.mount'],
  'usb-device': ['usb-gadget.target', 'adbd.service'],
};
const MODULES: Readonly<Partial<Record<PortKind, readonly string[]>>> = {
  'usb-storage': ['usb-storage', 'uas'],
  'usb-device': ['g_serial', 'g_ether', 'g_mass_storage', 'g_ffs', 'g_multi', 'libcomposite'],
};
const PROGRAMS: Readonly<Partial<Record<PortKind, readonly string[]>>> = {
  'process-debug': ['gdbserver', 'gdb', 'lldb-server', 'strace', 'ltrace', 'openocd'],
  'usb-device': ['adbd'],
};
/** What begins with one of these asks for a console, a debugger, or a shell before everything else. */
const WORDS: Readonly<Partial<Record<PortKind, readonly string[]>>> = {
  serial: ['console=ttyS', 'console=ttyAMA', 'console=ttymxc', 'console=ttyUSB', 'earlycon', 'earlyprintk'],
  'kernel-debug': ['kgdboc', 'kgdbwait', 'nokaslr', 'init=', 'systemd.debug-shell', 'rd.break'],
};

// EN 303 645 5.6-4, TS 103 645 4.6-2, G044 6.6.4, G045 PH-1-1, PH-1-2: an image has nothing on that the declaration has off
export function hardening(declaration: Declaration): Hardening {
  const off = (kind: PortKind): boolean => !isOn(declaration, kind);
  const of = (table: Readonly<Partial<Record<PortKind, readonly string[]>>>): readonly string[] =>
    Object.entries(table).flatMap(([kind, names]) => (off(kind as PortKind) ? names : []));
  const modules = of(MODULES);
  return {
    files: [
      ...(off('kernel-debug')
        ? [
            {
              path: 'etc/sysctl.d/90-hearthward.conf',
              text: lines(Object.entries(SYSCTLS).map(([key, value]) => `${key} = ${value}`)),
            },
          ]
        : []),
      ...(modules.length > 0
        ? [
            {
              path: 'etc/modprobe.d/90-hearthward.conf',
              text: lines(modules.map((module) => `install ${module} /bin/false`)),
            },
          ]
        : []),
      ...(off('usb-storage')
        ? [
            {
              path: 'etc/udev/rules.d/90-hearthward.rules',
              // interface class 08: mass storage (usb.org, defined class codes)
              text: lines([
                'ACTION=="add", SUBSYSTEM=="usb", ENV{ID_USB_INTERFACES}=="*:08????:*", ATTR{authorized}="0"',
              ]),
            },
          ]
        : []),
      ...of(UNITS).map((unit) => ({ path: `etc/systemd/system/${unit}`, link: '/dev/null' }) as const),
    ],
    commandLine: off('serial') ? ['systemd.getty_auto=0'] : [],
    notInCommandLine: of(WORDS),
    programs: of(PROGRAMS),
  };
}

/** In the hands of people: before and after the set-up. */
const isOn = ({ interfaces }: Declaration, kind: PortKind): boolean =>
  interfaces.some(({ port, enabled }) => port?.kind === kind && enabled.length > 0);

const lines = (all: readonly string[]): string =>
  `${['# From the product declaration: `hearthward product derive hardening`.', ...all].join('\n')}\n`;
