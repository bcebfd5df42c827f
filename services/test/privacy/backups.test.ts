import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openBackups, readName } from '../../src/store/backups.ts';
import { openStore, type Store } from '../../src/store/open.ts';
import { restore } from '../../src/store/restore.ts';
import { ServicesFault } from '../../src/faults.ts';
import { testClock } from '../bench.ts';

const DAY = 86_400_000;

describe('backups of the store', () => {
  const clock = testClock();
  let folder: string;
  let data: string;
  let out: string;
  let store: Store;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'backups-'));
    [data, out] = [join(folder, 'data'), join(folder, 'out')];
    store = await openStore(data, clock);
  });
  after(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });
  const write = (tag: string) =>
    store.db.insertInto('audit').values({ at: 1, actor: tag, action: 'x', subject: '', detail: '{}' }).execute();
  const forget = async () => undefined;

  it('are-whole-while-others-write-readable-by-one-user-and-listed-with-their-end', async () => {
    const backups = openBackups(store, clock);
    await write('before');
    const making = backups.make({ out, keepDays: 30, who: 'Alice' });
    await write('meanwhile');
    const made = await making;
    assert.equal(statSync(made.file).mode & 0o777, 0o600);
    assert.equal(Date.parse(made.until) - Date.parse(made.madeAt), 30 * DAY);
    assert.deepEqual(await backups.list(), [made]);
    assert.equal(readName(made.file)?.id, made.id);
    assert.deepEqual(readdirSync(out), [made.file.slice(out.length + 1)]);
    const copy = join(folder, 'copy');
    const { erased } = await restore({
      backup: made.file,
      dataDir: copy,
      clock,
      who: 'Bob',
      replace: false,
      endings: [],
      forget,
    });
    assert.equal(erased, 0);
    const restored = await openStore(copy, clock);
    const actors = await restored.db.selectFrom('audit').select('actor').execute();
    assert.ok(actors.some(({ actor }) => actor === 'before'));
    assert.deepEqual(
      (await openBackups(restored, clock).list()).map(({ id, digest }) => [id, digest]),
      [[made.id, made.digest]],
      'the copy knows of itself, so that it is removed on its day',
    );
    await restored.close();
  });

  it('are-removed-on-their-day-and-what-was-moved-is-overdue-until-somebody-says-so', async () => {
    const backups = openBackups(store, clock);
    const [short, moved] = [
      await backups.make({ out, keepDays: 1, who: 'Alice' }),
      await backups.make({ out, keepDays: 1, who: 'Alice' }),
    ];
    renameSync(moved.file, join(folder, 'moved.sqlite'));
    assert.equal(await backups.removeEnded(), 0);
    clock.advance(DAY);
    assert.equal(await backups.removeEnded(), 1);
    assert.ok(!existsSync(short.file));
    const of = async (id: string) => (await backups.list()).find((each) => each.id === id);
    assert.ok((await of(short.id))?.removedAt);
    assert.equal((await of(moved.id))?.removedAt, undefined);
    assert.equal(await backups.noteRemoved('unknown', 'Alice'), false);
    assert.equal(await backups.noteRemoved(moved.id, 'Alice'), true);
    assert.ok((await of(moved.id))?.removedAt);
  });

  it('leave-nothing-where-the-folder-is-none-and-remove-what-a-crash-left-unfinished', async () => {
    const backups = openBackups(store, clock);
    writeFileSync(join(folder, 'file'), '');
    await assert.rejects(backups.make({ out: join(folder, 'file', 'below'), keepDays: 1, who: 'x' }), ServicesFault);
    await assert.rejects(backups.make({ out: 'relative', keepDays: 1, who: 'x' }), ServicesFault);
    const full: Store = {
      ...store,
      copyTo: () => Promise.reject(Object.assign(new Error('full'), { code: 'ENOSPC' })),
    };
    await assert.rejects(openBackups(full, clock).make({ out, keepDays: 9, who: 'x' }), { code: 'disk-full' });
    assert.ok((await backups.list()).every(({ digest, removedAt }) => digest !== '' || removedAt));
    // a process that ended between its record and its copy
    const file = join(out, 'services-20260101T000000Z-aaaaaa.until-20360101T000000Z.sqlite');
    writeFileSync(`${file}.new`, 'half');
    const row = { id: 'half', file, digest: '', bytes: 0, made_at: 1, until: clock.now() + 999 * DAY, removing: 0 };
    await store.db
      .insertInto('backups')
      .values({ ...row, removed_at: null })
      .execute();
    assert.equal(await backups.removeEnded(), 1);
    assert.ok(!existsSync(`${file}.new`));
  });

  it('bring-nobody-back-and-lose-nothing-that-was-asked-since', async () => {
    const backups = openBackups(store, clock);
    const people = ['ended', 'other'];
    for (const subject of people)
      await store.db.insertInto('erasure_holds').values({ subject, law: 'canary', until: 1, held_by: 'x' }).execute();
    const made = await backups.make({ out, keepDays: 30, who: 'Alice' });
    const since = await backups.make({ out: join(folder, 'elsewhere'), keepDays: 30, who: 'Alice' });
    const base = join(folder, 'base');
    await store.close();
    cpSync(data, base, { recursive: true });
    const world = { backup: made.file, dataDir: base, clock, who: 'Bob', forget };
    await assert.rejects(restore({ ...world, replace: false, endings: [] }), { code: 'already-there' });
    const forgotten: string[] = [];
    const restored = await restore({
      ...world,
      replace: true,
      endings: [{ subject: 'ended' }],
      async forget(aside, subjects) {
        forgotten.push(...subjects);
        await aside.db
          .deleteFrom('erasure_holds')
          .where('subject', 'in', [...subjects])
          .execute();
      },
    });
    assert.deepEqual([restored, forgotten], [{ erased: 1, takenOver: true }, ['ended']]);
    assert.deepEqual(
      readdirSync(base).filter((name) => name.includes('restoring') || name.endsWith('-wal')),
      [],
    );
    const again = await openStore(base, clock);
    const left = await again.db.selectFrom('erasure_holds').select('subject').execute();
    assert.deepEqual(
      left.map(({ subject }) => subject),
      ['other'],
    );
    assert.ok(
      (await openBackups(again, clock).list()).some(({ id }) => id === since.id),
      'a later copy is not forgotten',
    );
    await again.close();
    // a store that cannot be read any more is no reason not to put a copy in its place
    writeFileSync(
      join(base, 'services.sqlite'),
      Buffer.concat([readFileSync(made.file).subarray(0, 100), Buffer.alloc(9000, 7)]),
    );
    const anew = await restore({ ...world, replace: true, endings: [] });
    assert.equal(anew.takenOver, false);
    store = await openStore(data, clock);
  });

  it('are-refused-where-they-are-no-store-and-what-is-there-stays', async () => {
    const nothing = join(folder, 'nothing.sqlite');
    writeFileSync(nothing, 'somebody’s notes, long enough to have a header'.repeat(40));
    const world = { dataDir: data, clock, who: 'Bob', replace: true, endings: [], forget };
    await assert.rejects(restore({ ...world, backup: nothing }), ServicesFault);
    await assert.rejects(restore({ ...world, backup: join(folder, 'absent') }));
    assert.ok((await store.db.selectFrom('audit').select('id').execute()).length > 0);
    // services that run own their store
    const [some] = await openBackups(store, clock).list();
    assert.ok(some);
    const good = readdirSync(out).map((name) => join(out, name))[0] ?? '';
    await assert.rejects(restore({ ...world, backup: good }), { code: 'data-owned' });
    assert.deepEqual(
      readdirSync(data).filter((name) => name.includes('restoring')),
      [],
    );
  });
});
