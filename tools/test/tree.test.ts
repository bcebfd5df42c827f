import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { importedRoom, importsOf, read, roomOf, ROOMS, ROOT, trackedFiles } from '../tree.ts';

const files = trackedFiles().filter((file) => existsSync(join(ROOT, file)));
const sources = files.filter((file) => file.endsWith('.ts'));

test('rooms import only what stands below them', () => {
  const wrong: string[] = [];
  for (const file of sources) {
    const room = roomOf(file);
    if (!room || file.includes('/test/')) continue;
    const rule = ROOMS.find((candidate) => candidate.room === room);
    for (const specifier of importsOf(read(file))) {
      const other = importedRoom(file, specifier);
      if (other === undefined || other === room || rule?.mayImport.includes(other)) continue;
      wrong.push(
        `${file} imports ${specifier}: ${room} may import ${rule?.mayImport.join(', ') || 'nothing of ours'}, because ${rule?.because}`,
      );
    }
  }
  assert.deepEqual(wrong, []);
});

test('the assessor knows neither device nor services, in its tests as well', () => {
  const wrong = sources
    .filter((file) => file.startsWith('assessor/'))
    .flatMap((file) => importsOf(read(file)).map((specifier) => [file, importedRoom(file, specifier)] as const))
    .filter(([, other]) => other !== undefined && !['assessor', 'standards', 'product'].includes(other));
  assert.deepEqual(wrong, []);
});

test('the rule sees a forbidden import', () => {
  assert.equal(importedRoom('assessor/src/run.ts', '@hearthward/device'), 'device');
  assert.equal(importedRoom('assessor/src/run.ts', '../../services/src/index.ts'), 'services');
  assert.deepEqual(importsOf("import { a } from './a.ts';\nconst b = await import('@hearthward/device');"), [
    './a.ts',
    '@hearthward/device',
  ]);
});

test('decisions have no clock, disk, network or randomness', () => {
  const wrong = sources
    .filter((file) => /(^|\/)decide\.ts$/.test(file))
    .filter((file) =>
      /\bDate\.now\(|new Date\(\)|Math\.random|randomBytes|randomUUID|from 'node:(?:fs|net|tls|http|https|child_process|timers)|\bfetch\(|\bprocess\./.test(
        read(file),
      ),
    );
  assert.deepEqual(wrong, []);
});

/** Whoever looks at a secret of a person past the gate forgets the throttle: it is then guessed without a delay. */
const LOOKS_AT_SECRETS = [
  'device/src/access/gate/',
  'device/src/access/passwords/',
  'device/src/access/throttle/',
  // compares a new password with those before it, once the gate has let the person in
  'device/src/panel/duties/new-password.ts',
  // names the parts that a twin may break
  'device/src/parts.ts',
];
const bypasses = (file: string, text: string): boolean =>
  file.startsWith('device/src/') &&
  !LOOKS_AT_SECRETS.some((place) => file.startsWith(place)) &&
  /\b(verifyPassword|checkCredential|decideThrottle)\b/.test(text);

test('every proof by a person goes through the one gate', () => {
  assert.deepEqual(
    sources.filter((file) => bypasses(file, read(file))),
    [],
  );
  assert.ok(bypasses('device/src/panel/entrance/login.ts', 'await parts.verifyPassword(record, password)'));
});

test('files stay small and folders readable', () => {
  const long = sources
    .filter((file) => read(file).split('\n').length > 320)
    .map((file) => `${file}: ${read(file).split('\n').length} lines`);
  assert.deepEqual(long, []);
  const entries = new Map<string, Set<string>>();
  for (const file of files) {
    for (let path = file; dirname(path) !== '.'; path = dirname(path)) {
      const parent = dirname(path);
      entries.set(parent, (entries.get(parent) ?? new Set()).add(path));
    }
  }
  // the rooms of device and services stand side by side, as the house is laid out; each counts for itself
  const most = (folder: string): number => (/^(?:device|services)\/src$/.test(folder) ? 24 : 15);
  const crowded = [...entries]
    // a log of decisions only grows: it is read by number
    .filter(([folder, inside]) => inside.size > most(folder) && !/(^|\/)test(\/|$)|^docs\/decisions$/.test(folder))
    .map(([folder, inside]) => `${folder}: ${inside.size} entries`);
  assert.deepEqual(crowded, []);
});

test('nothing is called utils, helpers, common or misc', () => {
  assert.deepEqual(
    files
      // common passwords: here the word says what is in it
      .filter((file) => !/^device\/src\/access\/passwords\/common\.(?:ts|filter)$/.test(file))
      .filter((file) => /(^|\/)(utils?|helpers?|common|misc)(\.|\/)/.test(file)),
    [],
  );
});

/** All files of a room are one run: what stands at the top of one file would run for each test of all the others. */
const hooksForAll = (text: string): boolean => /^(?:beforeEach|afterEach)\(/m.test(text);

test('what is made for each test of a file is made for no other file', () => {
  assert.deepEqual(
    sources.filter((file) => hooksForAll(read(file))),
    [],
  );
  assert.ok(hooksForAll("import { beforeEach } from 'node:test';\nbeforeEach(async () => {});"));
});

test('no path of a machine, no registry host, no left-over mark of unfinished work', () => {
  const wrong = files
    .filter((file) => /\.(ts|json|md|yml|css|html|svg)$/.test(file) || file === '.ci/run')
    .filter((file) => file !== 'tools/test/tree.test.ts')
    .flatMap((file) =>
      [...read(file).matchAll(/\/(?:root|Users|work)\/\w+|registry\.npm\w+|\bTODO\b|\bFIXME\b/g)].map(
        (match) => `${file}: ${match[0]}`,
      ),
    );
  assert.deepEqual(wrong, []);
});

test('the lockfile records no address of a registry', () => {
  assert.doesNotMatch(read('package-lock.json'), /"resolved": "https?:/);
});
