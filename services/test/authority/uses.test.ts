import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { openUses, USES_FILE, verifyUses, type NewUse, type UsesDisk } from '../../src/authority/uses.ts';

/** The log of uses grows for years: an entry costs what the first one cost, and what was tampered with is still found. */

const use = (serial: number): NewUse => ({
  at: new Date(Date.UTC(2026, 0, 1) + serial * 60_000).toISOString(),
  key: 'service.1',
  who: 'services',
  why: 'a list of the day',
  signed: { what: 'list', subject: 'service.1', serial: String(serial), digest: 'ab'.repeat(32) },
});

/** A disk in memory that counts the bytes that are read of it. */
function countedDisk() {
  const pieces: string[] = [];
  let length = 0;
  let read = 0;
  let whole = 0;
  const disk: UsesDisk = {
    text: () => {
      whole += 1;
      read += length;
      return pieces.join('');
    },
    end: (bytes) => {
      read += bytes;
      return (pieces.at(-1) ?? '').slice(-bytes);
    },
    state: () => ({ length, changed: String(pieces.length) }),
    append: (line) => {
      pieces.push(`${line}\n`);
      length += line.length + 1;
    },
    exclusively: (work) => work(),
  };
  return { disk, read: () => read, whole: () => whole };
}

describe('the log of uses', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'uses-'))));
  afterEach(() => rmSync(folder, { recursive: true }));
  const file = () => join(folder, USES_FILE);
  const lines = () => readFileSync(file(), 'utf8').split('\n').slice(0, -1);
  const put = (kept: readonly string[]) => writeFileSync(file(), kept.map((line) => `${line}\n`).join(''));
  const damaged = { code: 'data-damaged' };

  it('reads-no-more-for-the-twenty-thousandth-entry-than-for-the-second', () => {
    const { disk, read, whole } = countedDisk();
    const uses = openUses(folder, disk);
    const cost: number[] = [];
    for (let serial = 1; serial <= 20_000; serial += 1) {
      const before = read();
      uses.append(use(serial));
      cost.push(read() - before);
    }
    assert.equal(whole(), 1, 'the whole log was read once, when it was empty');
    const longest = Math.max(...cost);
    assert.ok(longest > 0 && longest < 1024, `${longest} bytes`);
    assert.equal(uses.last()?.n, 20_000);
    assert.equal(whole(), 1, 'nor to tell which entry is the last');
    const again = openUses(folder, disk);
    assert.equal(again.entries().length, 20_000, 'and the chain is whole');
  });

  it('goes-on-after-what-another-process-has-written', () => {
    const [services, command] = [openUses(folder), openUses(folder)];
    services.append(use(1));
    command.append(use(2));
    services.append(use(3));
    command.append(use(4));
    assert.deepEqual(
      services.entries().map(({ n, signed }) => [n, signed.serial]),
      [1, 2, 3, 4].map((n) => [n, String(n)]),
    );
    assert.equal(verifyUses(folder).ok, true);
  });

  it('appends-nothing-to-a-log-that-was-cut-at-the-end-of-a-line', () => {
    const uses = openUses(folder);
    for (const serial of [1, 2, 3]) uses.append(use(serial));
    put(lines().slice(0, 2));
    assert.equal(verifyUses(folder).ok, true, 'in itself it is whole');
    assert.throws(() => uses.append(use(4)), { ...damaged, message: /line 3: an entry that stood here is gone/ });
    assert.throws(() => uses.append(use(4)), damaged, 'nor at the next try');
    assert.equal(lines().length, 2);
  });

  it('appends-nothing-to-a-log-that-was-emptied-or-removed', () => {
    const uses = openUses(folder);
    uses.append(use(1));
    put([]);
    assert.throws(() => uses.append(use(2)), damaged);
    rmSync(file());
    assert.throws(() => uses.append(use(2)), damaged);
  });

  it('appends-nothing-to-a-log-whose-entries-were-altered-or-put-in-anew', () => {
    const uses = openUses(folder);
    for (const serial of [1, 2, 3]) uses.append(use(serial));
    const genuine = lines();
    put(genuine.map((line, at) => (at === 0 ? line.replace('services', 'nobody!!') : line)));
    assert.throws(() => uses.append(use(4)), { ...damaged, message: /line 1: it was altered/ });
    put(genuine);
    // another chain, whole in itself and as long
    const elsewhere = mkdtempSync(join(tmpdir(), 'uses-'));
    const forged = openUses(elsewhere);
    for (const serial of [7, 8, 9]) forged.append(use(serial));
    writeFileSync(file(), readFileSync(join(elsewhere, USES_FILE)));
    rmSync(elsewhere, { recursive: true });
    assert.throws(() => uses.append(use(4)), { ...damaged, message: /line 3: an entry that stood here is gone/ });
    put(genuine);
    uses.append(use(4));
    assert.equal(verifyUses(folder).ok, true, 'the genuine one put back is gone on with');
  });

  it('finds-a-last-line-that-was-cut-while-its-times-were-put-back', () => {
    const uses = openUses(folder);
    uses.append(use(1));
    const then = new Date(0);
    utimesSync(file(), then, then);
    uses.append(use(2));
    writeFileSync(file(), readFileSync(file(), 'utf8').slice(0, -10));
    utimesSync(file(), then, then);
    assert.throws(() => uses.append(use(3)), damaged);
  });
});
