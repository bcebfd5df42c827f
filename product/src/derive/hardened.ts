import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Hardening } from './hardening.ts';
import { SYSCTLS } from './hardening.ts';

/** What an image's folder has that it must not have, or has not; each in one line. `commandLine`: of its kernel, where it is known. */
export function notHardened(wanted: Hardening, root: string, commandLine?: string): readonly string[] {
  return [
    ...wanted.files.flatMap((file) => ('link' in file ? masked(root, file.path) : holds(root, file.path, file.text))),
    ...logins(root, wanted),
    ...PLACES.flatMap((place) =>
      wanted.programs
        .filter((name) => exists(join(root, place, name)))
        .map((name) => `${place}/${name} is in the image`),
    ),
    ...(commandLine === undefined ? [] : wordsOf(wanted, commandLine)),
  ];
}
const PLACES = ['bin', 'sbin', 'usr/bin', 'usr/sbin', 'usr/local/bin', 'usr/local/sbin'] as const;

function masked(root: string, path: string): readonly string[] {
  const place = join(root, path);
  const link = exists(place) && lstatSync(place).isSymbolicLink() ? readlinkSync(place) : undefined;
  return link === '/dev/null' ? [] : [`${path} is not masked`];
}

/** Settings that a later file sets otherwise are as bad as absent ones (sysctl.d(5): the last one holds). */
function holds(root: string, path: string, text: string): readonly string[] {
  if (textOf(join(root, path)) !== text) return [`${path} is not as it was derived`];
  if (!path.includes('sysctl.d/')) return [];
  const folders = ['usr/lib/sysctl.d', 'etc/sysctl.d', 'run/sysctl.d'];
  const files = folders
    .flatMap((folder) => names(join(root, folder)).map((name) => ({ name, place: `${folder}/${name}` })))
    .filter(({ name }) => name.endsWith('.conf'))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ place }) => place);
  const set = new Map<string, { value: string; place: string }>();
  for (const place of [...files, 'etc/sysctl.conf'])
    for (const line of (textOf(join(root, place)) ?? '').split('\n')) {
      const [, key, value] = /^\s*-?\s*([\w.\-/]+)\s*=\s*(\S+)/.exec(line) ?? [];
      if (key !== undefined && value !== undefined) set.set(key.replaceAll('/', '.'), { value, place });
    }
  return Object.entries(SYSCTLS).flatMap(([key, value]) => {
    const its = set.get(key);
    return its?.value === String(value)
      ? []
      : [`${its?.place ?? path} leaves ${key} at ${its?.value ?? 'its default'}`];
  });
}

/** Logins that something other than systemd starts, and units that somebody switched on by name. */
function logins(root: string, wanted: Hardening): readonly string[] {
  if (!wanted.files.some(({ path }) => path.endsWith('serial-getty@.service'))) return [];
  const rows = (textOf(join(root, 'etc/inittab')) ?? '').split('\n');
  const serial = rows.filter(
    (row) => !row.startsWith('#') && /\btty(?:S|AMA|mxc|USB)\d|^\w*:.*\bgetty\b.*console/.test(row),
  );
  const units = names(join(root, 'etc/systemd/system/getty.target.wants')).filter((unit) =>
    unit.startsWith('serial-getty@'),
  );
  return [
    ...serial.map((row) => `etc/inittab starts a login: ${row.trim()}`),
    ...units.map((unit) => `etc/systemd/system/getty.target.wants/${unit} starts a login`),
  ];
}

function wordsOf({ commandLine: words, notInCommandLine }: Hardening, given: string): readonly string[] {
  const has = given.trim().split(/\s+/);
  return [
    ...words.filter((word) => !has.includes(word)).map((word) => `the kernel's command line has not ${word}`),
    ...has
      .filter((word) => notInCommandLine.some((beginning) => word.startsWith(beginning)))
      .map((word) => `the kernel's command line has ${word}`),
  ];
}

const isAbsent = (thrown: unknown): boolean =>
  thrown instanceof Error && ['ENOENT', 'ENOTDIR'].includes(String((thrown as NodeJS.ErrnoException).code));
const unlessAbsent = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch (thrown) {
    if (isAbsent(thrown)) return undefined;
    throw thrown;
  }
};
const textOf = (path: string): string | undefined => unlessAbsent(() => readFileSync(path, 'utf8'));
const names = (folder: string): readonly string[] => unlessAbsent(() => readdirSync(folder)) ?? [];
const exists = (path: string): boolean => unlessAbsent(() => lstatSync(path)) !== undefined;
