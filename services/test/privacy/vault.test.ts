import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { renewSeal } from '../../src/authority/sealed.ts';
import { openVaultFile, VAULT_FILE } from '../../src/privacy/vault/file.ts';
import { putSubject } from '../../src/privacy/vault/level.ts';
import { openVault, SUBJECTS_MOST } from '../../src/privacy/vault/vault.ts';

/** EN 303 645 5.11-1, 5.11-2: a person’s key is in the vault and its replicas, and after its end in none of them. */

const subjectOf = () => randomBytes(16).toString('base64url');
const text = (said: string) => Buffer.from(said);
const clock = { now: () => 1_800_000_000_000 };

describe('the vault', () => {
  let dir: string;
  const opened: { close: () => Promise<void> }[] = [];
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'vault-'));
  });
  afterEach(async () => {
    for (const vault of opened.splice(0)) await vault.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const folder = () => join(dir, 'privacy');
  const replica = (name = 'replica') => join(dir, name);
  const open = (replicas: readonly string[] = [], expected = false) => {
    const vault = openVault({ folder: folder(), replicas, clock, expected });
    opened.push(vault);
    return vault;
  };
  /** as it lies on the disk, everything beside it included */
  const bytesIn = (path: string) => Buffer.concat(readdirSync(path).map((name) => readFileSync(join(path, name))));
  const wrappedIn = (path: string, subject: string): Buffer => {
    const file = openVaultFile(path);
    const query = 'select k.wrapped from keys k join subjects s on s.slot = k.slot where s.subject = ?';
    const row = file.first(query, subject) as { wrapped: Uint8Array } | undefined;
    file.close();
    return Buffer.from(row?.wrapped ?? []);
  };

  it('opens-what-it-sealed-under-one-person-s-key-at-its-place-and-nowhere-else', async () => {
    const vault = open();
    const [one, other] = [subjectOf(), subjectOf()];
    for (const subject of [one, other]) await vault.begin(subject, { deviceId: 'd1', epoch: 1, items: [] });
    const sealed = vault.seal(one, 'here', text('21.5')) ?? assert.fail('not sealed');
    assert.equal(Buffer.from(vault.open(one, 'here', sealed) ?? []).toString(), '21.5');
    assert.equal(vault.open(one, 'there', sealed), undefined);
    assert.equal(vault.open(other, 'here', sealed), undefined);
    assert.equal(vault.seal(subjectOf(), 'here', text('x')), undefined);
    assert.equal(vault.mark(one, '7'), vault.mark(one, '7'));
    assert.notEqual(vault.mark(one, '7'), vault.mark(other, '7'));
  });

  it('reads-and-takes-nothing-of-who-is-blocked-and-goes-on-where-that-is-taken-back', async () => {
    const subject = subjectOf();
    let vault = open();
    await vault.begin(subject, { deviceId: 'd1', epoch: 1, items: [] });
    const sealed = vault.seal(subject, 'x', text('21.5')) ?? assert.fail('not sealed');
    await vault.block([subject], true);
    await vault.close();
    vault = open();
    assert.equal(vault.stateOf(subject), 'blocked');
    assert.deepEqual([vault.seal(subject, 'x', text('y')), vault.open(subject, 'x', sealed)], [undefined, undefined]);
    await vault.block([subject], false);
    assert.equal(Buffer.from(vault.open(subject, 'x', sealed) ?? []).toString(), '21.5');
  });

  it('never-takes-up-again-what-was-ended', async () => {
    const subject = subjectOf();
    const account = { account: 'abcdefgh', verifier: 'A'.repeat(43) };
    const origin = { deviceId: 'd1', epoch: 1, items: ['climate'], account };
    let vault = open();
    await vault.begin(subject, origin);
    const sealed = vault.seal(subject, 'x', text('21.5')) ?? assert.fail('not sealed');
    await vault.end([subject], 'e1');
    for (const again of [false, true]) {
      if (again) {
        await vault.close();
        vault = open();
      }
      assert.equal(vault.stateOf(subject), 'ended');
      assert.equal(await vault.begin(subject, origin), 'ended');
      await vault.block([subject], false);
      assert.equal(vault.open(subject, 'x', sealed), undefined);
      assert.equal(vault.seal(subject, 'x', text('y')), undefined);
      assert.deepEqual(
        [vault.originOf(subject), vault.subjectsOf('abcdefgh'), vault.subjectsFrom('d1')],
        [undefined, [], []],
      );
      assert.equal(vault.verifies(account), false);
    }
    assert.deepEqual([...vault.endings()], [{ subject, erasureId: 'e1', at: clock.now() }]);
  });

  it('gives-a-device-without-pseudonyms-one-for-each-enrolment-that-stays-ended', async () => {
    const vault = open();
    const one = await vault.unnamed('d1', 1);
    assert.equal(await vault.unnamed('d1', 1), one);
    assert.notEqual(await vault.unnamed('d1', 2), one);
    assert.notEqual(await vault.unnamed('d2', 1), one);
    await vault.end([one], 'e1');
    assert.equal(await vault.unnamed('d1', 1), one);
    assert.equal(vault.stateOf(one), 'ended');
  });

  it('takes-no-more-pseudonyms-of-one-enrolment-than-a-device-needs', async () => {
    let vault = open();
    const origin = { deviceId: 'd1', epoch: 1, items: [] };
    await vault.close();
    const file = openVaultFile(folder());
    const kept = {
      wrapped: randomBytes(61),
      device_id: 'd1',
      epoch: 1,
      items: '[]',
      state: 'open',
      changed: 1,
    } as const;
    file.write(file.head(), (run) => {
      for (let n = 0; n < SUBJECTS_MOST; n++) putSubject(run, { ...kept, subject: subjectOf() });
    });
    file.close();
    vault = open();
    assert.equal(await vault.begin(subjectOf(), origin), 'too-many');
    assert.equal(await vault.begin(subjectOf(), { ...origin, epoch: 2 }), 'begun');
  });

  it('has-no-byte-of-an-ended-key-in-any-file-of-any-copy', async () => {
    const vault = open([replica()]);
    const subjects = Array.from({ length: 120 }, subjectOf);
    for (const [n, subject] of subjects.entries())
      await vault.begin(subject, { deviceId: `dev-canary-${n}`, epoch: 1, items: ['climate'] });
    await vault.close();
    const gone = subjects.filter((_, n) => n % 7 === 3);
    const keys = gone.map((subject) => wrappedIn(folder(), subject));
    for (const [n, key] of keys.entries()) {
      assert.ok(key.length > 32);
      assert.ok(bytesIn(folder()).includes(key) && bytesIn(replica()).includes(key), `${n}`);
    }
    const again = open([replica()]);
    // keys that come and go while the log is long
    for (let n = 0; n < 50; n++) await again.begin(subjectOf(), { deviceId: 'd2', epoch: 1, items: [] });
    await again.end(gone, 'e1');
    for (const path of [folder(), replica()]) {
      const bytes = bytesIn(path);
      assert.deepEqual(
        keys.filter((key) => bytes.includes(key.subarray(-32))),
        [],
        path,
      );
    }
    assert.equal(again.stateOf(subjects[0] ?? ''), 'open');
  });

  it('brings-a-replica-level-that-was-away-and-fills-a-new-one', async () => {
    const subjects = [subjectOf(), subjectOf(), subjectOf()] as const;
    const begin = async (vault: ReturnType<typeof open>, subject: string) =>
      vault.begin(subject, { deviceId: 'd1', epoch: 1, items: [] });
    let vault = open([replica()]);
    await begin(vault, subjects[0]);
    await begin(vault, subjects[1]);
    await vault.close();
    vault = open();
    await begin(vault, subjects[2]);
    await vault.block([subjects[1]], true);
    await vault.end([subjects[0]], 'e1');
    await vault.close();
    const key = wrappedIn(replica(), subjects[0]);
    vault = open([replica(), replica('new')]);
    await vault.close();
    for (const name of ['replica', 'new']) {
      assert.equal(wrappedIn(replica(name), subjects[0]).length, 0);
      assert.ok(!bytesIn(replica(name)).includes(key));
      assert.deepEqual(wrappedIn(replica(name), subjects[2]), wrappedIn(folder(), subjects[2]));
    }
    assert.equal(open([replica()]).stateOf(subjects[1]), 'blocked');
  });

  it('goes-on-from-a-replica-when-its-own-file-is-lost-and-undoes-no-ending-for-an-old-one', async () => {
    const [kept, gone] = [subjectOf(), subjectOf()];
    let vault = open([replica()]);
    for (const subject of [kept, gone]) await vault.begin(subject, { deviceId: 'd1', epoch: 1, items: [] });
    const sealed = vault.seal(kept, 'x', text('21.5')) ?? assert.fail('not sealed');
    await vault.close();
    const old = readFileSync(join(folder(), VAULT_FILE));
    vault = open([replica()]);
    await vault.end([gone], 'e1');
    await vault.close();
    // its own file is put back as it was before the end
    writeFileSync(join(folder(), VAULT_FILE), old);
    vault = open([replica()]);
    assert.equal(vault.stateOf(gone), 'ended');
    await vault.close();
    rmSync(join(folder(), VAULT_FILE));
    vault = open([replica()]);
    assert.equal(Buffer.from(vault.open(kept, 'x', sealed) ?? []).toString(), '21.5');
    assert.equal(vault.stateOf(gone), 'ended');
  });

  it('ends-nothing-by-halves-when-a-disk-is-full-and-finishes-when-it-is-not', async () => {
    const vault = open([replica()]);
    const subjects = [subjectOf(), subjectOf()];
    for (const subject of subjects) await vault.begin(subject, { deviceId: 'd1', epoch: 1, items: [] });
    await vault.close();
    const keys = subjects.map((subject) => wrappedIn(folder(), subject));
    const files: ReturnType<typeof openVaultFile>[] = [];
    const again = openVault({
      folder: folder(),
      replicas: [replica()],
      clock,
      openFile(path) {
        const file = openVaultFile(path);
        files.push(file);
        return file;
      },
    });
    opened.push(again);
    // so many endings that a page more is needed in both
    const many = [...subjects, ...Array.from({ length: 200 }, subjectOf)];
    for (const file of files) file.limitPages(1);
    await assert.rejects(again.end(many, 'e1'), { code: 'disk-full' });
    assert.deepEqual([...again.endings()], []);
    for (const subject of subjects) assert.equal(again.stateOf(subject), 'open');
    files[0]?.limitPages(1_000_000);
    await assert.rejects(again.end(many, 'e1'), new RegExp(replica()));
    assert.equal(again.stateOf(subjects[0] ?? ''), 'ended');
    assert.ok(bytesIn(replica()).includes(keys[0] ?? ''));
    files[1]?.limitPages(1_000_000);
    await again.end(many, 'e1');
    assert.deepEqual(
      keys.filter((key) => bytesIn(replica()).includes(key)),
      [],
    );
  });

  it('says-what-to-bring-where-its-seal-is-another-or-it-is-gone-or-damaged', async () => {
    const vault = open();
    await vault.begin(subjectOf(), { deviceId: 'd1', epoch: 1, items: [] });
    await vault.close();
    const seal = join(folder(), 'seal.key');
    const good = readFileSync(seal);
    writeFileSync(seal, randomBytes(32));
    assert.throws(() => open(), { code: 'vault-seal', message: /seal\.key/ });
    writeFileSync(seal, good);
    const file = join(folder(), VAULT_FILE);
    copyFileSync(file, join(dir, 'aside'));
    writeFileSync(file, Buffer.concat([readFileSync(file).subarray(0, 100), randomBytes(8000)]));
    assert.throws(() => open(), { code: 'vault-damaged' });
    rmSync(file);
    assert.throws(() => open([], true), { code: 'vault-gone' });
    copyFileSync(join(dir, 'aside'), file);
    assert.ok(open());
  });

  it('opens-everything-after-its-seal-was-replaced-and-nothing-with-the-old-one', async () => {
    const subject = subjectOf();
    let vault = open();
    await vault.begin(subject, { deviceId: 'd1', epoch: 1, items: [] });
    const sealed = vault.seal(subject, 'x', text('21.5')) ?? assert.fail('not sealed');
    const old = readFileSync(join(folder(), 'seal.key'));
    renewSeal(folder());
    assert.equal(Buffer.from(vault.open(subject, 'x', sealed) ?? []).toString(), '21.5');
    await vault.close();
    vault = open();
    assert.equal(Buffer.from(vault.open(subject, 'x', sealed) ?? []).toString(), '21.5');
    await vault.close();
    writeFileSync(join(folder(), 'seal.key'), old);
    assert.throws(() => open(), { code: 'vault-seal' });
  });
});
