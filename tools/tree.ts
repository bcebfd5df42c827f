import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** The tree as git sees it, and what each room may import, with the reason. */

export const ROOT = join(import.meta.dirname, '..');

export const trackedFiles = (): string[] =>
  execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { cwd: ROOT, maxBuffer: 1 << 26 })
    .toString()
    .split('\0')
    .filter((file) => file !== '')
    .sort();

export const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

export interface RoomRule {
  readonly room: string;
  readonly mayImport: readonly string[];
  readonly because: string;
}

/** Source imports only; tests may also use `testbed` and, for whole lines, what their room stands on. */
export const ROOMS: readonly RoomRule[] = [
  { room: 'standards', mayImport: [], because: 'the codes are data: they know no product' },
  {
    room: 'product',
    mayImport: ['standards'],
    because: 'a declaration speaks of rows and facts, and of nothing that runs',
  },
  { room: 'protocol', mayImport: ['product', 'standards'], because: 'messages carry what a product declares' },
  {
    room: 'web',
    mayImport: ['product', 'standards'],
    because: 'pages are pure functions of views; they cannot reach a store or a socket of device or services',
  },
  {
    room: 'device',
    mayImport: ['standards', 'product', 'protocol', 'web'],
    because: 'a device knows no assessor: it must hold without being watched',
  },
  {
    room: 'services',
    mayImport: ['standards', 'product', 'protocol', 'web'],
    because: 'services meet a device only through the protocol',
  },
  {
    room: 'assessor',
    mayImport: ['standards', 'product'],
    because: 'proof owes nothing to the thing proven: no line of device or services',
  },
  {
    room: 'testbed',
    mayImport: ['standards', 'product', 'protocol', 'web', 'device', 'services', 'assessor'],
    because: 'twins are made of device and services and judged by the assessor; nothing that ships imports it',
  },
  {
    room: 'examples/hub',
    mayImport: ['product', 'device'],
    because: 'a manufacturer writes the declaration and the functions, on top of the runtime',
  },
  { room: 'examples/window-sensor', mayImport: ['product'], because: 'declared only, so far' },
  {
    room: 'cli',
    mayImport: ['standards', 'product', 'protocol', 'device', 'services', 'assessor', 'testbed', 'examples/hub'],
    because: 'the thin door: it may open every room, and no room opens it',
  },
];

const PACKAGE_TO_ROOM: Readonly<Record<string, string>> = {
  'example-hub': 'examples/hub',
  'example-window-sensor': 'examples/window-sensor',
};

export const roomOf = (file: string): string | undefined =>
  ROOMS.map((rule) => rule.room).find((room) => file.startsWith(`${room}/`));

/** Every module that a file names in an import or export, static or dynamic. */
export const importsOf = (text: string): string[] => {
  const found = [
    ...text.matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g),
    ...text.matchAll(/\bimport\.meta\.resolve\('([^']+)'/g),
  ];
  return found.map((match) => match[1] as string);
};

/** The room that an import leads to; undefined for Node's own modules and for packages of the ecosystem. */
export const importedRoom = (file: string, specifier: string): string | undefined => {
  const own = specifier.match(/^@hearthward\/([^/]+)/)?.[1];
  if (own) return PACKAGE_TO_ROOM[own] ?? own;
  if (!specifier.startsWith('.')) return undefined;
  return roomOf(normalize(join(dirname(file), specifier)));
};
