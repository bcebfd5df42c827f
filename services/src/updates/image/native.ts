/** Systems and processors that add-ons are made for, in the words of npm and Node: `linux-arm64`. */
export interface Platform {
  readonly os: string;
  readonly cpu: string;
}

type Systems = string | readonly string[];

export const HERE: Platform = { os: process.platform, cpu: process.arch };

export function readPlatform(text: string): Platform | undefined {
  const [, os, cpu] = /^(aix|android|darwin|freebsd|linux|openbsd|win32)-([a-z0-9]+)$/.exec(text) ?? [];
  return os === undefined || cpu === undefined ? undefined : { os, cpu };
}
export const platformName = ({ os, cpu }: Platform): string => `${os}-${cpu}`;

/** Whether a package says that it runs there; one that says nothing runs everywhere. */
export const isFor = (
  { os = [], cpu = [] }: { readonly os?: Systems; readonly cpu?: Systems },
  platform: Platform,
): boolean => allows(os, platform.os) && allows(cpu, platform.cpu);

/** npm's lists: what is named is allowed, or all but what stands behind a `!`. */
const allows = (systems: Systems, name: string): boolean => {
  const list = [systems].flat();
  if (list.includes('any')) return true;
  const named = list.filter((each) => !each.startsWith('!'));
  return !list.includes(`!${name}`) && (named.length === 0 || named.includes(name));
};

/**
 * What an add-on was made for, by its first bytes: ELF (System V ABI, e_machine), Mach-O (loader.h, cputype), PE (Microsoft's
 * PE format, Machine). Undefined where it is none of these.
 */
export function madeFor(bytes: Buffer): Platform | undefined {
  if (bytes.length < 64) return undefined;
  const named = (os: string, cpu: string | undefined) => (cpu === undefined ? undefined : { os, cpu });
  if (bytes.readUInt32BE(0) === 0x7f454c46) return named('linux', ELF[bytes.readUInt16LE(18)]);
  if (bytes.readUInt32LE(0) === 0xfeedfacf) return named('darwin', MACH_O[bytes.readUInt32LE(4)]);
  const header = bytes.readUInt32LE(0x3c);
  if (bytes.toString('latin1', 0, 2) === 'MZ' && header + 6 <= bytes.length)
    return named('win32', PE[bytes.readUInt16LE(header + 4)]);
  return undefined;
}
const ELF: Readonly<Record<number, string>> = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64', 243: 'riscv64' };
const MACH_O: Readonly<Record<number, string>> = { 0x01000007: 'x64', 0x0100000c: 'arm64' };
const PE: Readonly<Record<number, string>> = { 0x014c: 'ia32', 0x8664: 'x64', 0xaa64: 'arm64' };
