import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, test } from 'node:test';
import DECLARATION from '@hearthward/example-hub';
import type { Declaration } from '@hearthward/product';
import { rolesOf, signaturesPath } from '@hearthward/protocol';
import { productLine, served, sha256 } from '@hearthward/testbed/updates';
import { askClamd, reloadClamd } from '../../src/incoming/clamd.ts';
import { scanWith, type ScannerSettings } from '../../src/incoming/scanner.ts';
import { standScanner } from '../../src/incoming/standing.ts';
import { bringSignatures } from '../../src/incoming/signatures/bring.ts';
import { decideSet, freshnessOf, NO_SIGNATURES } from '../../src/incoming/signatures/decide.ts';
import { openSignatureFolder } from '../../src/incoming/signatures/folder.ts';
import { coreFlags } from '../../src/processes/boot/privileges.ts';
import type { Plain } from '../../src/seams.ts';
import { systemDisk } from '../../src/updates/slots/disk.ts';
import { openMetadata } from '../../src/updates/tuf/client.ts';
import { metadataOver } from '../../src/updates/tuf/fetch.ts';
import { folderStore } from '../../src/updates/tuf/store.ts';
import { startClamd } from './daemon.ts';
import { eicar } from './eicar.ts';

const NOW = Date.parse('2026-11-26T12:00:00Z');
const DAY = 86_400_000;
const PRODUCT = 'lamp';
const hex = (text: Uint8Array): string => Buffer.from(text).toString('hex');
const entry = (name: string, bytes: Uint8Array): string => `${name}:0:*:${hex(bytes)}\n`;
const FIRST = entry('Hearthward.Test', eicar());
const SECOND = `${FIRST}${entry('Hearthward.Planted', Buffer.from('planted by a test'))}`;
const when = (days: number): string => new Date(NOW + days * DAY).toISOString().replace('.000Z', 'Z');
const setOf = (number: number, change: object = {}) => ({
  v: 1,
  product: PRODUCT,
  number,
  madeAt: when(0),
  freshUntil: when(30),
  ...change,
});

describe('signatures from the manufacturer', () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  /** A repository, and a device's look at it; `at` is where its scanner reads. */
  const rig = (at = join(mkdtempSync(join(tmpdir(), 'hearthward-signatures-')), 'set')) => {
    const folder = join(at, '..');
    closers.push(() => rmSync(folder, { recursive: true, force: true }));
    const repository = productLine(PRODUCT, NOW);
    const mirror: Record<string, Uint8Array> = {};
    const { get } = served(repository, (path) => (path.startsWith('targets/') ? mirror['set'] : undefined));
    const publish = (text: string, custom: Record<string, unknown>, role = rolesOf(PRODUCT).security) => {
      repository.addTarget(role, signaturesPath(PRODUCT, 'ndb'), Buffer.from(text), custom);
      repository.publish(role, 'snapshot', 'timestamp');
    };
    const metadata = openMetadata({
      store: folderStore(systemDisk, join(folder, 'metadata')),
      factoryRoot: repository.last('root'),
      fetch: metadataOver((name, headers) => get(`metadata/${name}`, headers)),
      clock: { now: () => NOW },
      notBefore: 0,
    });
    const own = () => openSignatureFolder(at, 'ndb');
    const bring = () =>
      bringSignatures(
        { metadata, get, folder: own() },
        { product: PRODUCT, format: 'ndb', freshDays: 30 },
        new AbortController().signal,
      );
    const file = join(at, 'database', 'set.ndb');
    return { at, folder, repository, mirror, publish, bring, own, file };
  };

  test('are taken when the role that may names them, and lie where the scanner reads, alone', async () => {
    const { publish, bring, own, file, at } = rig();
    await bring();
    assert.equal(existsSync(file), false, 'no set yet is no fault');
    publish(FIRST, setOf(1));
    await bring();
    assert.equal(readFileSync(file, 'utf8'), FIRST);
    assert.deepEqual(readdirSync(join(at, 'database')), ['set.ndb']);
    assert.equal(freshnessOf(own().state(), own().digest(), NOW), 'fresh');
    assert.equal(freshnessOf(own().state(), own().digest(), NOW + 30 * DAY), 'stale');
    publish(SECOND, setOf(2));
    await bring();
    assert.equal(readFileSync(file, 'utf8'), SECOND);
  });

  test('refuses-an-older-set-and-one-of-the-same-number', async () => {
    const { publish, bring, own, file } = rig();
    publish(SECOND, setOf(7));
    await bring();
    for (const [text, number] of [
      [FIRST, 6],
      [FIRST, 7],
      [SECOND, 1],
    ] as const) {
      publish(text, setOf(number));
      await bring();
      assert.equal(readFileSync(file, 'utf8'), SECOND);
      assert.deepEqual([own().state().held?.number, own().state().refused], [7, 'rollback']);
    }
    rmSync(file);
    publish(FIRST, setOf(6));
    await bring();
    assert.equal(existsSync(file), false, 'a set that is lost brings no older one back');
    assert.equal(freshnessOf(own().state(), own().digest(), NOW), 'none');
    publish(SECOND, setOf(8));
    await bring();
    assert.deepEqual([readFileSync(file, 'utf8'), own().state().refused], [SECOND, null]);
  });

  test('refuses-what-is-not-signed-not-a-set-or-nobodys-to-sign', async () => {
    const { publish, bring, own, file, mirror } = rig();
    publish(FIRST, setOf(1));
    await bring();
    const refused = async () => {
      await bring();
      assert.equal(readFileSync(file, 'utf8'), FIRST);
      return own().state().refused;
    };
    mirror['set'] = Buffer.from(FIRST.replace('Hearthward', 'Elsewhere0'));
    publish(SECOND, setOf(2));
    assert.equal(await refused(), 'untrusted', 'other bytes than were signed');
    delete mirror['set'];
    publish('clamd would end over this\n', setOf(3));
    assert.equal(await refused(), 'malformed');
    publish(FIRST.trimEnd(), setOf(4));
    assert.equal(await refused(), 'malformed', 'cut off');
    for (const change of [{ product: 'other' }, { freshUntil: when(31) }, { freshUntil: when(-1) }, { more: 1 }]) {
      publish(SECOND, setOf(5, change));
      assert.equal(await refused(), 'malformed', JSON.stringify(change));
    }
    assert.equal(
      decideSet(NO_SIGNATURES, { custom: setOf(1), digest: 'a'.repeat(64), role: 'lamp-rollout' }, ASKED).kind,
      'refuse',
    );
  });

  test('what a power cut leaves is fetched again', async () => {
    const { publish, bring, own, file } = rig();
    publish(FIRST, setOf(1));
    await bring();
    publish(SECOND, setOf(2));
    const folder = own();
    const taken = decideSet(
      folder.state(),
      { custom: setOf(2), digest: sha256(Buffer.from(SECOND)), role: 'lamp-security' },
      ASKED,
    );
    // the number is kept, and then the light goes out
    folder.keep(taken.state);
    assert.equal(freshnessOf(own().state(), own().digest(), NOW), 'none');
    await bring();
    assert.equal(readFileSync(file, 'utf8'), SECOND);
    writeFileSync(file, FIRST);
    assert.equal(freshnessOf(own().state(), own().digest(), NOW), 'none', 'a file that somebody changed is no set');
    await bring();
    assert.equal(readFileSync(file, 'utf8'), SECOND);
  });

  const absent = spawnSync('clamd', ['--version']).error !== undefined && 'needs clamd (clamav-daemon)';
  /** Where the rest of the system has no such program, CI has. */
  const skip = process.env['CI'] ? false : absent;

  test(
    'ClamAV finds what a new set names, and nothing is taken once the set is too old',
    { skip, timeout: 60_000 },
    async () => {
      const { publish, bring, at } = rig();
      publish(FIRST, setOf(1));
      await bring();
      const socket = await startClamd(join(at, 'database'), closers);
      let now = NOW;
      const events: string[] = [];
      const scanner = standing({ kind: 'clamd', socket, signatures: at }, () => now, events);
      closers.push(scanner.stop);
      const scan = async (bytes: Uint8Array) => (await scanner.scan?.(bytes))?.kind;
      await scanner.look();
      assert.equal(await scan(eicar()), 'malware');
      assert.equal(await scan(Buffer.from('planted by a test')), 'clean');
      publish(SECOND, setOf(2));
      await bring();
      await scanner.look();
      // while it reads, ClamAV hears of nothing newer
      while ((await scan(Buffer.from('planted by a test'))) === 'clean') {
        await reloadClamd({ kind: 'clamd', socket });
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      assert.equal(await scan(Buffer.from('planted by a test')), 'malware');
      assert.equal(await scan(Buffer.from('a sound')), 'clean');
      publish(FIRST, setOf(1));
      await bring();
      await scanner.look();
      now = NOW + 31 * DAY;
      await scanner.look();
      await scanner.look();
      assert.deepEqual(await askClamd({ kind: 'clamd', socket }, Buffer.from('a sound')), { kind: 'clean' });
      assert.equal(await scan(Buffer.from('a sound')), 'not-scanned');
      assert.deepEqual(scanner.checks('en')[0]?.good, false);
      assert.deepEqual(events, [
        'signatures-installed {"number":1}',
        'signatures-installed {"number":2}',
        'signatures-refused {"because":"rollback"}',
        'signatures-stale {"because":"stale"}',
      ]);
    },
  );

  test('core reads the set and what was taken, and writes neither', async () => {
    const { publish, bring, at } = rig();
    publish(FIRST, setOf(1));
    await bring();
    const folder = JSON.stringify(new URL('../../src/incoming/signatures/folder.ts', import.meta.url).href);
    const script = `const { readSignatureFolder } = await import(${folder});
      const { writeFileSync } = await import('node:fs');
      const { state, digest } = readSignatureFolder(${JSON.stringify(at)}, 'ndb');
      const write = () => { try { writeFileSync(${JSON.stringify(join(at, 'database', 'set.ndb'))}, ''); return 'written'; } catch ({ code }) { return code; } };
      console.log(digest() === state().held?.digest, write());`;
    const flags = (signatures?: string) => coreFlags(join(at, '..'), fileURLToPath(import.meta.url), signatures);
    const run = (signatures?: string): string =>
      spawnSync(process.execPath, [...flags(signatures), '--input-type=module', '-e', script], { encoding: 'utf8' })
        .stdout;
    assert.equal(run(at), 'true ERR_ACCESS_DENIED\n');
    assert.equal(run(), '', 'and nobody else’s folder');
  });

  test('a set is declared and there, or neither', () => {
    const protection: NonNullable<Declaration['malwareProtection']> = { scanner: 'clamd', covers: [], besides: 'x' };
    const declared = { ...DECLARATION, malwareProtection: { ...protection, signatureSet: SET } };
    const without = { ...DECLARATION, malwareProtection: protection };
    const settings = { kind: 'clamd', socket: '/run/none' } as const;
    assert.throws(() => scanWith(declared, settings), { code: 'declaration-mismatch' });
    assert.throws(() => scanWith(without, { ...settings, signatures: '/x' }), { code: 'declaration-mismatch' });
    assert.ok(scanWith(declared, { ...settings, signatures: '/x' }));
  });
});

const SET = { format: 'ndb', freshDays: 30 } as const;
const ASKED = { product: PRODUCT, role: rolesOf(PRODUCT).security, freshDays: 30 };

/** The scanner as core has it, on a store by value. */
const standing = (settings: ScannerSettings, now: () => number, events: string[]) => {
  const rooms: Record<string, Plain> = {};
  return standScanner({
    declaration: {
      ...DECLARATION,
      malwareProtection: { scanner: 'clamd', covers: [], besides: 'x', signatureSet: SET },
    },
    settings,
    store: { read: (room) => rooms[room], write: (room, state) => void (rooms[room] = state) },
    now,
    record: (kind, detail) => void events.push(`${kind} ${JSON.stringify(detail)}`),
    fault: (thrown) => {
      throw thrown;
    },
  });
};
