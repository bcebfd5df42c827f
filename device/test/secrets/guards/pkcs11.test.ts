import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { guardFor } from '../../../src/secrets/guards/open.ts';
import { flagsOf, objectsOf, pkcs11Guard, tokenFault } from '../../../src/secrets/guards/pkcs11.ts';
import { makeKeystore, openKeystore } from '../../../src/secrets/keystore.ts';
import { makeToken, NO_TOKEN, type Token } from '../../stand-in/elements.ts';
import { temporaryFolder } from '../../stand-in/factory.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let token: Token;
let dataDir: string;

describe('a token as the guard', () => {
  beforeEach(async () => {
    folder = await temporaryFolder();
    dataDir = join(folder.path, 'device');
    if (!NO_TOKEN) token = makeToken(join(folder.path, 'token'));
  });
  afterEach(() => folder.remove());

  const needsToken = { skip: NO_TOKEN };
  const make = (): void => makeKeystore(dataDir, 'HH100000001', new Date(0), guardFor(token.guard)).close();
  const open = (settings = token.guard): void => openKeystore(dataDir, guardFor(settings)).close();

  test('the wrapping key cannot leave the token', needsToken, () => {
    make();
    const { out } = token.tool('--list-objects', '--type', 'secrkey');
    assert.match(out, /Access: +sensitive, always sensitive, never extractable, local/);
    const id = /ID: +([0-9a-f]+)/.exec(out)?.[1] ?? '';
    assert.equal(token.tool('--read-object', '--type', 'secrkey', '--id', id).status, 1);
  });

  test('refuses a wrong PIN after one try, and names the file to mend', needsToken, () => {
    make();
    token.writePin('1234');
    assert.throws(open, { code: 'key-unusable', message: /refuses the PIN in .*pin/, cure: /right one/ });
  });

  test('refuses a PIN that others can read, and a missing one', needsToken, () => {
    make();
    chmodSync(token.guard.pinFile, 0o644);
    assert.throws(open, { code: 'key-unusable', message: /Others can read/ });
    rmSync(token.guard.pinFile);
    assert.throws(open, { code: 'key-unusable', message: /missing/ });
  });

  test(
    'an absent token, and one whose library is gone, are faults of their own: the keys may be whole',
    needsToken,
    () => {
      make();
      assert.throws(() => open({ ...token.guard, token: 'elsewhere' }), {
        code: 'element-unreachable',
        message: /absent/,
      });
      assert.throws(() => open({ ...token.guard, module: '/nonexistent.so' }), { code: 'element-unreachable' });
      open();
    },
  );

  test('refuses a token that was made anew, or belongs to another machine', needsToken, () => {
    make();
    const other = makeToken(join(folder.path, 'other'));
    assert.throws(() => open(other.guard), {
      code: 'key-unusable',
      message: /does not hold the key/,
      cure: /device recover/,
    });
    open();
  });

  test('devices that share a token leave each other’s keys alone', needsToken, () => {
    make();
    const neighbour = join(folder.path, 'neighbour');
    mkdirSync(neighbour);
    makeKeystore(neighbour, 'HH100000002', new Date(0), guardFor(token.guard)).close();
    const store = openKeystore(neighbour, guardFor(token.guard));
    store.renew();
    store.close();
    open();
  });

  /** Prints the command line of every process that it sees, as any user of the machine can. */
  const WATCH = "while :; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; echo; done";

  test(
    'neither PIN nor key is on a command line',
    { skip: NO_TOKEN || (process.platform !== 'linux' && 'needs /proc') },
    async () => {
      const seen = join(folder.path, 'seen');
      const watcher = spawn('sh', ['-c', `${WATCH} > "$0"`, seen], { stdio: 'ignore', detached: true });
      const control = spawn('sleep', ['30.4711'], { stdio: 'ignore' });
      const guard = pkcs11Guard(token.guard, '0'.repeat(16));
      const key = randomBytes(32);
      for (let time = 0; time < 5; time++) assert.deepEqual(guard.open(guard.seal(key)), key);
      control.kill();
      process.kill(-(watcher.pid ?? 0), 'SIGTERM');
      await Promise.all([once(watcher, 'exit'), once(control, 'exit')]);
      const lines = readFileSync(seen);
      assert.ok(lines.includes('30.4711') && lines.includes('pkcs11-tool'), 'the watcher sees');
      for (const secret of [
        readFileSync(token.guard.pinFile, 'utf8').trim(),
        key,
        key.toString('hex'),
        key.toString('base64'),
      ]) {
        assert.equal(lines.includes(secret), false);
      }
    },
  );

  test('tells apart what a token answers', () => {
    const code = (said: string) => {
      const { code: kind, message } = tokenFault(said, '/pin');
      return [kind, message];
    };
    assert.deepEqual(code('C_Login failed: rv = CKR_PIN_LOCKED (0xa4)'), [
      'key-unusable',
      'The token is locked after too many wrong PINs',
    ]);
    assert.equal(code('rv = CKR_PIN_INCORRECT (0xa0)')[0], 'key-unusable');
    assert.equal(code('rv = CKR_DEVICE_ERROR (0x30)')[0], 'element-unreachable');
    assert.equal(code('')[0], 'element-unreachable');
  });

  /** As pkcs11-tool 0.25 lists SoftHSM after a wrong PIN, with the flags of a token that counts tries. */
  const slots = (flags: string, label = 'device'): string =>
    [
      'Available slots:',
      'Slot 0 (0x5bae6e18): SoftHSM slot ID 0x5bae6e18',
      '  token label        : neighbour',
      '  token flags        : login required, rng, token initialized, PIN initialized',
      'Slot 1 (0x5bae6e19): SoftHSM slot ID 0x5bae6e19',
      `  token label        : ${label}`,
      `  token flags        : ${flags}`,
      '  pin min/max        : 4/255',
      '',
    ].join('\n');

  test('a locked token is told by its flags, in words or in bits, and by none of another token', () => {
    assert.deepEqual(flagsOf(slots('login required, user PIN locked, PIN initialized, other flags=0x20'), 'device'), [
      'locked',
    ]);
    assert.deepEqual(flagsOf(slots('login required, other flags=0x40020'), 'device'), ['locked']);
    assert.deepEqual(flagsOf(slots('final user PIN try, user PIN count low'), 'device'), ['last-try']);
    assert.deepEqual(flagsOf(slots('SO PIN locked, final SO PIN try'), 'device'), [], 'the officer’s PIN is another');
    assert.deepEqual(flagsOf(slots('user PIN locked'), 'neighbour'), []);
    assert.deepEqual(flagsOf(slots('user PIN locked'), 'dev'), []);
    assert.deepEqual(flagsOf('', 'device'), []);
  });

  test('a locked token is known as one whatever words the tool has for it', () => {
    const locked = 'The token is locked after too many wrong PINs';
    const message = (said: string, flags: Parameters<typeof tokenFault>[2] = []) =>
      tokenFault(said, '/pin', flags).message;
    assert.equal(message('rv = CKR_VENDOR_WORDS (0xa4)'), locked);
    assert.equal(message('C_Login failed: rv = 0xA4'), locked);
    assert.equal(message('C_Login failed: rv = CKR_PIN_LOCKED'), locked);
    assert.equal(message('C_Login failed: rv = CKR_PIN_INCORRECT (0xa0)', ['locked']), locked, 'locked by this try');
    assert.equal(message('the tool says it in another language', ['locked']), locked);
    assert.match(message('rv = CKR_PIN_INCORRECT (0xa0)', ['last-try']), /one try is left/);
    assert.equal(message('rv = CKR_DEVICE_ERROR (0x30)'), 'The token cannot be used (CKR_DEVICE_ERROR)');
  });

  test('the flags of a real token are read', needsToken, () => {
    make();
    const listed = token.tool('--list-token-slots').out;
    assert.match(listed, /token flags +: .*PIN initialized/);
    assert.deepEqual(flagsOf(listed, 'device'), []);
    const locked = listed.replace(/(token flags +: )/, '$1user PIN locked, ');
    assert.deepEqual(flagsOf(locked, 'device'), ['locked']);
  });

  test('finds its own objects in a listing, and no other’s', () => {
    const object = (label: string, id: string): string =>
      `Secret Key Object; AES length 32\n  label:      ${label}\n  ID:         ${id}\n`;
    const listing = object('hearthward-aa', '01') + object('hearthward-bb', '02') + object('hearthward-aa', '03');
    assert.deepEqual(objectsOf(listing, 'hearthward-aa'), ['01', '03']);
  });
});
