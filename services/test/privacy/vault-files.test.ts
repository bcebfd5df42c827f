import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openVaultFile, VAULT_FILE } from '../../src/privacy/vault/file.ts';
import { openVault } from '../../src/privacy/vault/vault.ts';

/** EN 303 645 5.11-1, 5.11-2, G045 DS-1-5: nothing in any file of the vault leads from who is gone to a device or an account. */

const subjectOf = () => randomBytes(16).toString('base64url');
const text = (said: string) => Buffer.from(said);
const SAID = { by: 'self', how: 'account-page', language: 'en', at: 1 } as const;
const clock = { now: () => 1_800_000_000_000 };

describe('the files of the vault', () => {
  let dir: string;
  const opened: { close: () => Promise<void> }[] = [];
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'vault-files-'));
  });
  afterEach(async () => {
    for (const vault of opened.splice(0)) await vault.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const folder = () => join(dir, 'privacy');
  const replica = () => join(dir, 'replica');
  const open = (replicas: readonly string[] = []) => {
    const vault = openVault({ folder: folder(), replicas, clock });
    opened.push(vault);
    return vault;
  };
  /** as it lies on the disk, everything beside it included */
  const bytesIn = (path: string) => Buffer.concat(readdirSync(path).map((name) => readFileSync(join(path, name))));

  it('keep-on-no-page-which-device-somebody-erased-was-of-once-they-are-written-anew', async () => {
    const [stays, ended] = [subjectOf(), subjectOf()];
    let vault = open([replica()]);
    for (const subject of [stays, ended]) await vault.begin(subject, { deviceId: 'device-1', epoch: 1, items: [] });
    const sealed = vault.seal(stays, 'x', text('21.5')) ?? assert.fail('not sealed');
    await vault.end([ended], 'e1');
    await vault.close();
    // rows that went without being overwritten, as a page that was rearranged may keep them
    for (const path of [folder(), replica()]) {
      const db = new DatabaseSync(join(path, VAULT_FILE));
      db.exec('PRAGMA secure_delete = OFF');
      const put = db.prepare("insert into subjects values (?, 1, ?, 1, '[]', 'open', 9)");
      db.exec('BEGIN');
      for (let n = 0; n < 300; n++) put.run(subjectOf(), `gone-device-${n}`);
      db.exec("delete from subjects where device_id like 'gone-device-%'");
      db.exec('COMMIT');
      db.close();
      assert.ok(bytesIn(path).includes('gone-device-'), 'what is tried here can fail');
    }
    vault = open([replica()]);
    await vault.compact();
    for (const path of [folder(), replica()]) assert.ok(!bytesIn(path).includes('gone-device-'), path);
    assert.equal(Buffer.from(vault.open(stays, 'x', sealed) ?? []).toString(), '21.5', 'keys lie where they lay');
    assert.deepEqual([vault.stateOf(ended), vault.originOf(stays)?.deviceId], ['ended', 'device-1']);
  });

  it('are-written-anew-only-where-somebody-was-ended-since', async () => {
    const vault = open();
    const subject = subjectOf();
    await vault.begin(subject, { deviceId: 'd1', epoch: 1, items: [] });
    await vault.end([subject], 'e1');
    await vault.compact();
    const before = bytesIn(folder());
    await vault.compact();
    assert.ok(bytesIn(folder()).equals(before));
  });

  it('unlink-an-ended-account-in-a-replica-that-was-down-too-and-it-brings-nothing-back', async () => {
    const account = { account: 'abcdefgh', verifier: 'A'.repeat(43) };
    const subject = subjectOf();
    const origin = { deviceId: 'd1', epoch: 1, items: ['climate'] };
    let vault = open([replica()]);
    await vault.begin(subject, { ...origin, account });
    await vault.close();
    // the services go on without it, and the account ends meanwhile
    vault = open();
    await vault.unlink(account.account);
    assert.deepEqual([vault.subjectsOf(account.account), vault.verifies(account)], [[], false]);
    await vault.close();
    assert.ok(bytesIn(replica()).includes(account.verifier), 'the replica has not heard of it');
    // it returns; and once more as the only one that is left
    vault = open([replica()]);
    assert.deepEqual([vault.subjectsOf(account.account), vault.verifies(account)], [[], false]);
    assert.equal(await vault.begin(subject, { ...origin, account }), 'known');
    await vault.compact();
    await vault.close();
    for (const path of [folder(), replica()]) assert.ok(!bytesIn(path).includes(account.verifier));
    rmSync(join(folder(), VAULT_FILE));
    vault = open([replica()]);
    assert.deepEqual(vault.subjectsOf(account.account), []);
    assert.equal(vault.stateOf(subject), 'open', 'an account that ends erases nobody');
    await vault.close();
  });

  it('unlink-nothing-by-halves-where-a-replica-cannot-be-written-and-finishes-when-it-can', async () => {
    const account = { account: 'abcdefgh', verifier: 'A'.repeat(43) };
    const subject = subjectOf();
    let isFull = false;
    const openFile: typeof openVaultFile = (path) => {
      const file = openVaultFile(path);
      if (path !== replica()) return file;
      return {
        ...file,
        write: (head, work) => {
          if (isFull) throw new Error('the replica is full');
          file.write(head, work);
        },
      };
    };
    const vault = openVault({ folder: folder(), replicas: [replica()], clock, openFile });
    opened.push(vault);
    await vault.begin(subject, { deviceId: 'd1', epoch: 1, items: [], account });
    isFull = true;
    await assert.rejects(vault.unlink(account.account));
    assert.deepEqual([vault.subjectsOf(account.account), vault.verifies(account)], [[subject], true], 'nor here');
    isFull = false;
    await vault.unlink(account.account);
    assert.deepEqual([vault.subjectsOf(account.account), vault.verifies(account)], [[], false]);
  });

  it('know-in-whichever-is-left-what-was-taken-back-last-and-of-nobody-who-is-gone', async () => {
    const [stays, ended] = [subjectOf(), subjectOf()];
    const taken = (subject: string, n: number) =>
      ({ subject, item: 'climate', n, given: false, ...SAID, notice: 'feedc0ffee654321' }) as const;
    let vault = open([replica()]);
    for (const subject of [stays, ended]) {
      await vault.begin(subject, { deviceId: 'd1', epoch: 1, items: [] });
      await vault.noteWithdrawal(taken(subject, 2));
    }
    await vault.close();
    // without the replica: a later one, and one of the two is erased
    vault = open();
    await vault.noteWithdrawal(taken(stays, 4));
    await vault.end([ended], 'e1');
    await vault.close();
    vault = open([replica()]);
    await vault.close();
    rmSync(join(folder(), VAULT_FILE));
    vault = open([replica()]);
    assert.deepEqual([...vault.withdrawals()], [taken(stays, 4)]);
    await vault.end([stays], 'e2');
    await vault.compact();
    assert.deepEqual([...vault.withdrawals()], []);
    await vault.close();
    for (const path of [folder(), replica()]) assert.ok(!bytesIn(path).includes('feedc0ffee654321'));
  });
});
