import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { examineUses, listUses, statusOf } from '../../src/authority/audit.ts';
import { openAuthority } from '../../src/authority/authority.ts';
import {
  begin,
  type CeremonyRoom,
  openCeremony,
  renewRootLists,
  rollOver,
  takeBack,
} from '../../src/authority/ceremony.ts';
import { entriesOn } from '../../src/authority/lists.ts';
import { splitRoot, withShares } from '../../src/authority/offline.ts';
import { USES_FILE } from '../../src/authority/uses.ts';
import { ServicesFault } from '../../src/faults.ts';
import { testClock } from '../bench.ts';

const CEREMONY = { who: 'alice, bob', why: 'a test' };
const CHEAP = { memoryKib: 100, passes: 1, parallelism: 1 };
const PASSPHRASES = ['first', 'second', 'third'].map((each) => Buffer.from(`the passphrase of the ${each}`));
const faultOf = (code: string) => (error: unknown) => error instanceof ServicesFault && error.code === code;

describe('a root that is offline', () => {
  let dir: string;
  const clock = testClock();
  const folder = () => join(dir, 'authority');
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'offline-'));
    await begin(await openCeremony(folder(), clock), CEREMONY);
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const holders = { needed: 2, passphrases: PASSPHRASES, cost: CHEAP };
  const split = async (name = 'shares') =>
    (await splitRoot(await openCeremony(folder(), clock), holders, join(dir, name), CEREMONY)).files;
  const bring = (files: readonly string[], which: readonly number[]) =>
    which.map((at) => ({
      name: `share ${at + 1}`,
      text: readFileSync(files[at] ?? '', 'utf8'),
      passphrase: PASSPHRASES[at] ?? new Uint8Array(),
    }));
  const by = <T>(files: readonly string[], which: readonly number[], work: (room: CeremonyRoom) => Promise<T>) =>
    withShares(folder(), clock, bring(files, which), work);
  const keyOf = async (label: string) =>
    statusOf(await openCeremony(folder(), clock)).find((each) => each.label === label)?.key;

  it('leaves-the-folder-in-shares-that-only-this-user-reads-and-the-services-go-on', async () => {
    assert.equal(await keyOf('root.1'), 'here');
    const files = await split();
    assert.equal(files.length, 3);
    for (const file of files) assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(existsSync(join(folder(), 'root.key')), false);
    assert.equal(await keyOf('root.1'), 'offline');
    assert.deepEqual(
      listUses(folder())
        .slice(-1)
        .map(({ key, who, why }) => [key, who, why]),
      [['root.1', 'alice, bob', 'split, 2 of 3 needed: a test']],
    );
    await assert.rejects(split('again'), faultOf('root-offline'));
    assert.equal((await openAuthority(folder(), clock)).anchors().length, 1);
  });

  it('keeps-its-key-where-the-shares-cannot-be-written', async () => {
    writeFileSync(join(dir, 'occupied'), '');
    await assert.rejects(split('occupied'));
    await assert.rejects(split('authority'), faultOf('already-there'));
    assert.equal(await keyOf('root.1'), 'here');
    assert.equal(
      listUses(folder()).some(({ signed }) => signed.what === 'nothing'),
      false,
    );
  });

  it('signs-only-while-its-shares-are-there-and-is-wiped-afterwards', async () => {
    const files = await split();
    const signing = (room: CeremonyRoom) => rollOver(room, 'operational', CEREMONY);
    await assert.rejects(by(files, [], signing), faultOf('root-offline'));
    await assert.rejects(by(files, [1], signing), faultOf('root-offline'));
    let lent: Uint8Array | undefined;
    const made = await by(files, [1, 2], (room) => {
      lent = room.rootKey?.pkcs8;
      return signing(room);
    });
    assert.equal(made.number, 2);
    assert.deepEqual([lent?.length !== 0, lent?.every((byte) => byte === 0)], [true, true]);
    assert.equal(existsSync(join(folder(), 'root.key')), false);
    assert.equal((await openAuthority(folder(), clock)).issuers('operational').length, 2);
  });

  it('takes-an-authority-back-and-renews-its-list-from-shares', async () => {
    const files = await split();
    await by(files, [0, 1], (room) => rollOver(room, 'operational', CEREMONY));
    await by(files, [0, 2], (room) => takeBack(room, 'operational.1', 'authority-compromise', CEREMONY));
    assert.deepEqual(await by(files, [1, 2], (room) => renewRootLists(room, CEREMONY)), ['root.1']);
    const list = readFileSync(join(folder(), 'root.crl'), 'utf8');
    assert.equal(entriesOn(Buffer.from(list, 'base64')).length, 1, 'what was taken back stays on the list');
    const states = statusOf(await openCeremony(folder(), clock)).map(({ label, state }) => `${label} ${state}`);
    assert.ok(states.includes('operational.1 taken-back') && states.includes('operational.2 issues'));
    await assert.rejects(renewRootLists(await openCeremony(folder(), clock), CEREMONY), faultOf('root-offline'));
  });

  it('goes-to-new-holders-so-that-a-lost-share-opens-nothing-with-the-new-ones', async () => {
    const old = await split();
    const anew = await by(old, [0, 1], (room) => splitRoot(room, holders, join(dir, 'anew'), CEREMONY));
    await by(anew.files, [1, 2], (room) => rollOver(room, 'service', CEREMONY));
    const mixed = [...bring(old, [0]), ...bring(anew.files, [1])];
    await assert.rejects(
      withShares(folder(), clock, mixed, async () => 0),
      faultOf('share-refused'),
    );
  });

  it('does-not-sign-with-an-older-root-than-the-newest', async () => {
    const files = await split();
    await by(files, [0, 1], (room) => rollOver(room, 'root', CEREMONY));
    const second = await split('second');
    await assert.rejects(
      by(files, [0, 1], (room) => rollOver(room, 'operational', CEREMONY)),
      faultOf('share-refused'),
    );
    assert.equal((await by(second, [0, 1], (room) => rollOver(room, 'operational', CEREMONY))).number, 2);
  });

  it('finds-that-the-log-lost-its-end', async () => {
    const file = join(folder(), USES_FILE);
    const whole = examineUses(folder());
    assert.ok(whole.ok);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    writeFileSync(file, `${lines.slice(0, -1).join('\n')}\n`);
    assert.deepEqual(examineUses(folder()), { ok: false, because: 'root.crl was signed and is not in the log' });
    writeFileSync(file, `${lines.join('\n')}\n`);
    await split();
    const later = examineUses(folder(), whole.head);
    assert.ok(later.ok && later.count === whole.count + 1, 'an earlier head is still in it');
    writeFileSync(file, `${lines.join('\n')}\n`);
    assert.equal(examineUses(folder()).ok, true, 'a split leaves nothing signed');
    assert.equal(examineUses(folder(), later.head).ok, false, 'but its head was written down');
    writeFileSync(join(folder(), 'root.2.pem'), foreignCertificate());
    assert.deepEqual(examineUses(folder()), { ok: false, because: 'root.2.pem was signed and is not in the log' });
  });
  /** as if somebody had signed one past the log */
  const foreignCertificate = () => {
    const known = readFileSync(join(folder(), 'service.pem'), 'utf8');
    const der = Buffer.from(known.replaceAll(/-----[^-]+-----|\s/g, ''), 'base64');
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
    return `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
  };
});
