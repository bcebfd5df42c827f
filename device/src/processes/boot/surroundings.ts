import { readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { ifThere } from '../../driver/absent.ts';
import type { Surroundings } from './users.ts';

/** What `decideSeparation` asks of the system; `paths` are what every process has to get to. */
export const surroundingsOf = (paths: readonly string[]): Surroundings => ({
  uid: process.platform === 'linux' ? process.getuid?.() : undefined,
  tool: TOOLS.find(isTheTool),
  closed: paths.flatMap(wayTo).find((path) => !isOpenToOthers(path)),
  accounts: textOf('/etc/passwd').split('\n'),
});

/** By its full name: the search path of whoever starts a device decides nothing. */
const TOOLS = ['/usr/bin/setpriv', '/bin/setpriv'] as const;

/** BusyBox has one of the same name that changes no account. */
const isTheTool = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false }) !== undefined && basename(realpathSync(path)) === 'setpriv';

const wayTo = (path: string): readonly string[] => {
  const up = dirname(path);
  return up === path ? [path] : [...wayTo(up), path];
};

const OTHERS = { read: 0o004, pass: 0o001 } as const;
const isOpenToOthers = (path: string): boolean => {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return true;
  return (found.mode & (found.isDirectory() ? OTHERS.pass : OTHERS.read)) !== 0;
};

const textOf = (path: string): string => ifThere(() => readFileSync(path, 'utf8'));

/** Ports from here on everybody may open (ip-sysctl, ip_unprivileged_port_start). */
export const firstFreePort = (): number => {
  const read = Number.parseInt(textOf('/proc/sys/net/ipv4/ip_unprivileged_port_start'), 10);
  return Number.isNaN(read) ? 1024 : read;
};
