import type { ProcessSeen } from './seen.ts';

/** What files below /proc/PID say, by value (proc(5)). */
export type Rights = Pick<ProcessSeen, 'users' | 'groups' | 'capabilities' | 'mayGain'>;

/** undefined where it is not the status of a process */
export const statusOf = (text: string): Rights | undefined => {
  const line = (name: string): string | undefined => new RegExp(`^${name}:[ \t]*(.*)$`, 'm').exec(text)?.[1]?.trim();
  const numbers = (name: string): readonly number[] =>
    (line(name) ?? '')
      .split(/\s+/)
      .filter((each) => each !== '')
      .map(Number);
  const users = numbers('Uid');
  const permitted = line('CapPrm');
  if (users.length !== 4 || permitted === undefined || !/^[0-9a-f]{1,16}$/.test(permitted)) return undefined;
  const bounding = line('CapBnd') ?? 'f';
  return {
    users: [...new Set(users)],
    groups: [...new Set([...numbers('Gid'), ...numbers('Groups')])],
    capabilities: named(BigInt(`0x${permitted}`)),
    // a program that is setuid, or has capabilities, gives them to whoever runs it
    mayGain: line('NoNewPrivs') !== '1' && /[1-9a-f]/.test(bounding),
  };
};

/** include/uapi/linux/capability.h, in the order of their numbers. */
const CAPABILITIES = (
  'chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap linux_immutable net_bind_service ' +
  'net_broadcast net_admin net_raw ipc_lock ipc_owner sys_module sys_rawio sys_chroot sys_ptrace sys_pacct sys_admin ' +
  'sys_boot sys_nice sys_resource sys_time sys_tty_config mknod lease audit_write audit_control setfcap mac_override ' +
  'mac_admin syslog wake_alarm block_suspend audit_read perfmon bpf checkpoint_restore'
).split(' ');
const named = (set: bigint): readonly string[] =>
  Array.from({ length: 64 }, (_, number) => number)
    .filter((number) => (set & (1n << BigInt(number))) !== 0n)
    .map((number) => `CAP_${(CAPABILITIES[number] ?? String(number)).toUpperCase()}`);

/** Places that may be executed, by what else may be done there. */
export const mappingsOf = (maps: string): Pick<ProcessSeen, 'writableCode' | 'executableData'> => {
  const rows = maps
    .split('\n')
    .map((line) => /^[0-9a-f]+-[0-9a-f]+ (\S{4}) \S+ \S+ \S+\s*(.*)$/.exec(line))
    .filter((row) => row !== null);
  const executable = rows.filter(([, may = '']) => may[2] === 'x');
  return {
    writableCode: executable.filter(([, may = '']) => may[1] === 'w').length,
    executableData: executable.filter(([, , name = '']) => /^\[(stack|heap)/.test(name)).length,
  };
};

/** Programs, libraries and scripts that a process runs: what it maps to execute, and the files that its command names. */
export const codeIn = (words: readonly string[], maps: string): readonly string[] => [
  ...new Set([
    ...[...maps.matchAll(/^[0-9a-f]+-[0-9a-f]+ ..x. \S+ \S+ [1-9]\d*\s+(\/.*)$/gm)].map(([, path = '']) => path),
    ...words.filter((word) => /^\/.*\.(js|mjs|cjs|ts|py|sh|lua|rb|jar)$/.test(word)),
  ]),
];

/** Numbers of the sockets in a table of /proc/PID/net. */
export const socketsIn = (table: string): readonly string[] =>
  table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/)[9] ?? '0')
    .filter((inode) => inode !== '0');

export interface FileOwner {
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly folder: boolean;
}

const STICKY = 0o1000;

/** Who owns a file can always make it writable; in a sticky folder only who owns it can put another in its place. */
export const writableBy = (
  { uid, gid, mode, folder }: FileOwner,
  { users, groups }: Pick<Rights, 'users' | 'groups'>,
): boolean => {
  if (users.includes(uid)) return true;
  if (folder && (mode & STICKY) !== 0) return false;
  return (mode & 0o002) !== 0 || (groups.includes(gid) && (mode & 0o020) !== 0);
};
