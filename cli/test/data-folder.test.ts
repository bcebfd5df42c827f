import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { refusalOf } from '../src/exit.ts';
import { openDataFolder } from '../src/start/data-folder.ts';
import { scratch } from './command.ts';

const refusal = (work: () => unknown): { readonly code: number; readonly line: string } => {
  try {
    work();
  } catch (error) {
    const { exitCode, message } = refusalOf(error);
    assert.doesNotMatch(message, /\n/);
    return { code: exitCode, line: message };
  }
  throw new assert.AssertionError({ message: 'nothing was refused' });
};

test('what-was-done-and-kept-is-there-at-the-next-start', (t) => {
  const path = join(scratch(t), 'data');
  const first = openDataFolder(path, 19_200);
  first.keepSecret('owner-password', 'made-up');
  first.advance({ operatorCreated: true });
  first.release();

  const next = openDataFolder(path);
  t.after(next.release);
  assert.deepEqual(next.progressed(), {
    format: 2,
    portBase: 19_200,
    deviceMade: false,
    deviceSetUp: false,
    operatorCreated: true,
  });
  assert.equal(next.secret('owner-password'), 'made-up');
  assert.equal(next.secret('label-password'), undefined);
  assert.equal(statSync(next.secretFile('owner-password')).mode & 0o077, 0, 'nobody else reads a password');
  assert.equal(statSync(path).mode & 0o066, 0, 'nobody else lists it');
});

test('refuses-a-folder-in-use-and-leaves-its-owner-unharmed', (t) => {
  const path = scratch(t);
  const owner = openDataFolder(path);
  const { code, line } = refusal(() => openDataFolder(path));
  assert.equal(code, 65);
  assert.match(line, /used by another start that runs: end that one/);
  owner.advance({ deviceMade: true });
  owner.release();
  const next = openDataFolder(path);
  assert.equal(next.progressed().deviceMade, true);
  next.release();
});

test('a-refused-folder-is-not-left-locked', (t) => {
  const path = scratch(t);
  openDataFolder(path, 19_200).release();
  assert.match(refusal(() => openDataFolder(path, 19_300)).line, /made for port 19200/);
  openDataFolder(path, 19_200).release();
});

for (const [name, text, says] of [
  ['another-version', '{"format":3,"ports":[]}', /another version \(format 3; 2 is read here\).*--data/],
  ['an-earlier-version', '{"format":1,"ports":[]}', /another version \(format 1; 2 is read here\).*--data/],
  ['an-older-shape', '{"format":2}', /another version/],
  ['damaged', '{"format":', /start\.json is not JSON.*--data/],
] as const) {
  test(`refuses-a-folder-and-leaves-it-as-it-is: ${name}`, (t) => {
    const path = scratch(t);
    writeFileSync(join(path, 'start.json'), text);
    const { code, line } = refusal(() => openDataFolder(path));
    assert.equal(code, 65);
    assert.match(line, says);
    assert.equal(readFileSync(join(path, 'start.json'), 'utf8'), text);
  });
}

test('refuses-a-file-and-a-folder-of-something-else', (t) => {
  const folder = scratch(t);
  const file = join(folder, 'letters.txt');
  writeFileSync(file, 'dear');
  for (const path of [file, folder, join(file, 'below')]) assert.equal(refusal(() => openDataFolder(path)).code, 65);
  assert.deepEqual(readdirSync(folder), ['letters.txt'], 'nothing was made in it');
});

const isRoot = process.getuid?.() === 0;
test('refuses-a-folder-that-may-not-be-written', (t) => {
  const folder = scratch(t);
  chmodSync(folder, 0o755);
  const path = join(folder, 'closed');
  mkdirSync(path, { mode: 0o555 });
  // Root may write everywhere: be nobody for a moment.
  if (isRoot) process.seteuid?.(65_534);
  try {
    const { code, line } = refusal(() => openDataFolder(path));
    assert.equal(code, 65);
    assert.match(line, /closed.*no access; give it access, or name another path/);
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
});

/** A file system of its own for one test; undefined where this user may not mount one. */
const mounted = (t: TestContext, options: string): string | undefined => {
  let mount: string | undefined;
  // Before the folder's own end: hooks run in the order in which they were named.
  t.after(() => mount !== undefined && spawnSync('umount', ['-l', mount]));
  const folder = scratch(t);
  if (isRoot && spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]).status === 0) mount = folder;
  return mount;
};

test('refuses-a-read-only-file-system', (t) => {
  const path = mounted(t, 'ro');
  if (path === undefined) return t.skip('needs root, and the right to mount');
  const { code, line } = refusal(() => openDataFolder(path));
  assert.equal(code, 65);
  assert.match(line, /read-only/);
});

test('a-full-disk-loses-nothing-and-the-next-start-resumes', (t) => {
  const path = mounted(t, 'size=256k');
  if (path === undefined) return t.skip('needs root, and the right to mount');
  const data = openDataFolder(join(path, 'data'));
  data.advance({ operatorCreated: true });
  data.keepSecret('owner-password', 'made-up');
  const ballast = join(path, 'ballast');
  assert.equal(refusal(() => writeFileSync(ballast, Buffer.alloc(512 * 1024))).code, 65);
  for (const write of [() => data.advance({ deviceMade: true }), () => data.keepSecret('owner-password', 'another')]) {
    const { code, line } = refusal(write);
    assert.equal(code, 65);
    assert.match(line, /disk is full; free some space/);
  }
  data.release();
  assert.equal(refusal(() => openDataFolder(join(path, 'new'))).code, 65);
  rmSync(ballast);

  const next = openDataFolder(join(path, 'data'));
  assert.equal(next.progressed().operatorCreated, true);
  assert.equal(next.progressed().deviceMade, false);
  assert.equal(next.secret('owner-password'), 'made-up');
  assert.deepEqual(
    readdirSync(next.path).filter((entry) => entry.startsWith('start.json.')),
    [],
    'no half-written file stays',
  );
  next.release();
  openDataFolder(join(path, 'new')).release();
  assert.ok(existsSync(join(path, 'new', 'start.json')));
});
