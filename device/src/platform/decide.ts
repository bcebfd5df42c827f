/**
 * How processor and kernel protect what runs: read from what Linux publishes about itself (proc(5)), never assumed.
 */
export interface Platform {
  /** pages of data cannot be executed: the processor’s bit (x86 `nx`), or its architecture where every such processor has it */
  readonly noExecute: boolean;
  /** addresses are drawn anew for each process: stack, libraries and heap (2), without the heap (1), none (0) */
  readonly randomised: 'whole' | 'part' | 'none' | 'unknown';
  /** each process sees pages of its own, enforced by a memory management unit */
  readonly ownPages: boolean;
  /** places of this process that may be both written and executed; what the compiler of a JavaScript engine needs is one */
  readonly writableCode: number;
  /** of this process: an account that is not root, no capability but that of opening a low port, and no way to more */
  readonly unprivileged: boolean;
  readonly started: StartedAs;
}

/** How the system under the device was started, as far as it says so. */
export interface StartedAs {
  /** secure boot of the firmware (UEFI 2.10, 3.3); `none` where it is no UEFI, or tells nobody */
  readonly firmware: 'on' | 'off' | 'none';
  /** the root is held by dm-verity against a tree of hashes, and is not written */
  readonly verifiedRoot: boolean;
  /** kernel_lockdown(7): the kernel runs no code but its own */
  readonly lockdown: 'integrity' | 'confidentiality' | 'none';
}

/** Texts of the files of the same names, empty where the system has none. */
export interface PlatformFiles {
  readonly architecture: string;
  /** /proc/cpuinfo */
  readonly processor: string;
  /** /proc/sys/kernel/randomize_va_space */
  readonly randomise: string;
  /** /proc/self/maps */
  readonly maps: string;
  /** first lines of /proc/self/smaps */
  readonly pages: string;
  /** /proc/self/status */
  readonly status: string;
  /** of the firmware: the variable SecureBoot, a character for each byte */
  readonly secureBoot: string;
  /** /proc/self/mounts */
  readonly mounts: string;
  /** of /sys/block/dm-0 on: `dm/name` and `dm/uuid` */
  readonly mapped: readonly { readonly name: string; readonly uuid: string }[];
  /** /sys/kernel/security/lockdown */
  readonly lockdown: string;
}

/** Architectures whose page tables all have the bit (Arm ARM, DDI 0487, UXN; RISC-V Privileged, X of a PTE). */
const ALWAYS: ReadonlySet<string> = new Set(['arm64', 'riscv64']);
const RANDOMISED = { '2': 'whole', '1': 'part', '0': 'none' } as const satisfies Record<string, Platform['randomised']>;
/** include/uapi/linux/capability.h */
const NET_BIND_SERVICE = 1n << 10n;

// EN 303 645 5.6-8, G044 6.6.8: what the hardware does about access to memory is read, and told
export const platformOf = (files: PlatformFiles): Platform => {
  const status = (name: string): string => new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(files.status)?.[1]?.trim() ?? '';
  const accounts = status('Uid').split(/\s+/);
  const held = BigInt(`0x${status('CapPrm') || 'ffffffff'}`);
  return {
    noExecute: ALWAYS.has(files.architecture) || /^flags\s*:.*\bnx\b/m.test(files.processor),
    randomised: RANDOMISED[files.randomise.trim() as keyof typeof RANDOMISED] ?? 'unknown',
    ownPages: /^MMUPageSize:\s+\d+ kB$/m.test(files.pages),
    writableCode: files.maps.split('\n').filter((line) => /^[0-9a-f]+-[0-9a-f]+ .wx/.test(line)).length,
    unprivileged:
      accounts.length === 4 &&
      !accounts.includes('0') &&
      (held & ~NET_BIND_SERVICE) === 0n &&
      status('NoNewPrivs') === '1',
    started: startedAs(files),
  };
};

/** The variable begins with four bytes of attributes (efivarfs). */
const ATTRIBUTES = 4;

// EN 303 645 5.7-1, G044 6.7.1: what of a secure boot the system shows is read, and said to be none where there is none
const startedAs = ({ secureBoot, mounts, mapped, lockdown }: PlatformFiles): StartedAs => {
  const byte = secureBoot.charCodeAt(ATTRIBUTES);
  // the last mount lies over those before it
  const root = mounts
    .split('\n')
    .map((line) => line.split(' '))
    .findLast(([, at]) => at === '/');
  const [source, , , options = ''] = root ?? [];
  const device = mapped.find(({ name }, at) => source === `/dev/dm-${at}` || source === `/dev/mapper/${name.trim()}`);
  const locked = /\[(integrity|confidentiality)\]/.exec(lockdown)?.[1];
  return {
    firmware: Number.isNaN(byte) ? 'none' : byte === 1 ? 'on' : 'off',
    // as libcryptsetup names what it opens
    verifiedRoot: device?.uuid.startsWith('CRYPT-VERITY-') === true && options.split(',').includes('ro'),
    lockdown: locked === 'integrity' || locked === 'confidentiality' ? locked : 'none',
  };
};

/** What a person is told: nothing that is data runs, and nobody knows beforehand where things lie. */
export const isMemoryProtected = ({ noExecute, randomised, ownPages }: Platform): boolean =>
  noExecute && ownPages && randomised === 'whole';

/** One line for whoever looks after the device, as the catalogue of events knows it (`outcome`). */
export const describePlatform = (platform: Platform, apart: boolean): string =>
  [
    `apart ${yes(apart && platform.unprivileged)}`,
    `nx ${yes(platform.noExecute)}`,
    `aslr ${platform.randomised}`,
    `mmu ${yes(platform.ownPages)}`,
    `writable code ${platform.writableCode}`,
    `boot ${platform.started.firmware}`,
    `verity ${yes(platform.started.verifiedRoot)}`,
    `lockdown ${platform.started.lockdown}`,
  ].join(', ');
const yes = (is: boolean): string => (is ? 'yes' : 'no');
