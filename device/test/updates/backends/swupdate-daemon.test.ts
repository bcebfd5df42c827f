import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { swupdateInstaller } from '../../../src/updates/backends/swupdate.ts';
import { temporaryFolder } from '../../stand-in/factory.ts';

/** SWUpdate itself, with two files as the places: that our messages are the ones that it reads. */
const NO_SWUPDATE = spawnSync('which', ['swupdate']).status === 0 ? false : 'needs swupdate';
const SYSTEM = randomBytes(200_000);

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let daemon: ChildProcess;
let path: (name: string) => string;

describe('SWUpdate itself', { skip: NO_SWUPDATE }, () => {
  beforeEach(async () => {
    folder = await temporaryFolder();
    path = (name) => join(folder.path, name);
    for (const place of ['place-a', 'place-b']) writeFileSync(path(place), Buffer.alloc(SYSTEM.length));
    const subject = ['-subj', '/CN=maker', '-addext', 'extendedKeyUsage=emailProtection'];
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', path('key'), '-out', path('maker'), ...subject);
    mkdirSync(path('run'));
    const selections = ['-q', 'stable,copy-a', '-q', 'stable,copy-b'];
    daemon = spawn('swupdate', ['-H', 'hub:1.0', '-k', path('maker'), ...selections, '-m', '-M'], {
      env: { ...process.env, RUNTIME_DIRECTORY: path('run'), TMPDIR: path('run') },
      stdio: 'ignore',
    });
    while (!existsSync(path('run/sockinstctrl'))) await wait(20);
  });
  afterEach(async () => {
    const gone = once(daemon, 'exit');
    daemon.kill('SIGKILL');
    await gone;
    await folder.remove();
  });

  const openssl = (...args: readonly string[]): Buffer => execFileSync('openssl', args, { stdio: 'pipe' });
  const describing = (digest: string): Buffer => {
    const place = (name: string): string =>
      `{ images: ( { filename = "system"; type = "raw"; device = "${path(name)}"; sha256 = "${digest}"; } ); }`;
    const stable = `{ copy-a: ${place('place-a')}; copy-b: ${place('place-b')}; }`;
    return Buffer.from(`software = { version = "2"; hardware-compatibility = ["1.0"]; stable = ${stable}; }\n`);
  };
  const bundle = (system: Buffer, signedBy = 'key'): string => {
    const description = describing(createHash('sha256').update(SYSTEM).digest('hex'));
    writeFileSync(path('sw-description'), description);
    const signing = ['-in', path('sw-description'), '-out', path('signature'), '-signer', path('maker')];
    openssl('cms', '-sign', ...signing, '-inkey', path(signedBy), '-outform', 'DER', '-nosmimecap', '-binary');
    const signature = readFileSync(path('signature'));
    writeFileSync(path('bundle'), archive({ 'sw-description': description, 'sw-description.sig': signature, system }));
    return path('bundle');
  };
  const installer = () =>
    swupdateInstaller({
      socket: path('run/sockinstctrl'),
      environment: { read: () => 'a', write: () => undefined },
      booted: 'a',
      selection: { set: 'stable', a: 'copy-a', b: 'copy-b' },
      answerMillis: 10_000,
      idleMillis: 20_000,
    });
  const held = (place: string): Buffer => readFileSync(path(place)).subarray(0, SYSTEM.length);

  test('takes a signed bundle from us and writes it into the place that does not run', async () => {
    assert.deepEqual(await installer().install(bundle(SYSTEM), 'label', 'a'), { ok: true });
    assert.deepEqual(held('place-b'), SYSTEM);
    assert.deepEqual(held('place-a'), Buffer.alloc(SYSTEM.length));
    assert.deepEqual(await installer().install(bundle(SYSTEM), 'label', 'b'), { ok: true });
    assert.deepEqual(held('place-a'), SYSTEM);
  });

  test('says in its own words why it refuses what is altered or no bundle, and takes the next one', async () => {
    const altered = Buffer.from(SYSTEM);
    altered[1000] = (altered[1000] ?? 0) ^ 1;
    const refused = await installer().install(bundle(altered), 'label', 'a');
    assert.match(refused.ok ? '' : refused.because, /hash|sha|checksum/i);
    writeFileSync(path('bundle'), 'no bundle at all');
    const strange = await installer().install(path('bundle'), 'label', 'a');
    assert.match(strange.ok ? '' : strange.because, /CPIO|corrupted/i);
    assert.deepEqual(await installer().install(bundle(SYSTEM), 'label', 'a'), { ok: true });
  });
});

/** A cpio archive of the format that SWUpdate reads ("newc" with sums; cpio(5)). */
const archive = (files: Readonly<Record<string, Buffer>>): Buffer => {
  const entries = Object.entries({ ...files, 'TRAILER!!!': Buffer.alloc(0) }).map(([name, contents], at) => {
    const sum = contents.reduce((total, byte) => (total + byte) >>> 0, 0);
    const numbers = [at + 1, 0o100644, 0, 0, 1, 0, contents.length, 0, 0, 0, 0, name.length + 1, sum];
    const head = `070702${numbers.map((each) => each.toString(16).padStart(8, '0')).join('')}${name}\0`;
    return Buffer.concat([padded(Buffer.from(head, 'latin1')), padded(contents)]);
  });
  return Buffer.concat(entries);
};
const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
