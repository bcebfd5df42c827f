import assert from 'node:assert/strict';
import { it } from 'node:test';
import { sql } from 'kysely';
import { DAY } from '../../src/clock.ts';
import { DEVICE, OTHER, START, subjectOf, useKept } from './kept-bench.ts';
import { onEachStore } from '../store/everywhere.ts';

/** EN 303 645 5.8-1, 5.11-1, 6-1..6-3: personal telemetry lies sealed under whose it is, or not at all. */

onEachStore('personal telemetry that is over', (lies) => {
  const { on, open, close, send, begin, rowsOf, consent, allBytes, tables } = useKept(lies);

  it('drops-a-day-when-its-time-is-over-not-before-and-shows-that-it-did', async () => {
    const subject = await begin();
    await consent(subject, 1, true);
    const of = { climate: subject, usage: subject };
    for (let day = 0; day < 5; day++) {
      on.now = START + day * DAY;
      await send(day, { temperature: day, mode: 'day' }, of);
    }
    // usage is kept for three days: those of the first and second day are over on the fifth
    assert.equal(await on.privacy.data.dropExpired(), 2);
    assert.deepEqual(
      (await rowsOf([subject], ['usage'])).map(({ seq }) => seq),
      [2, 3, 4],
    );
    assert.equal((await rowsOf([subject], ['climate'])).length, 5);
    on.now = Math.floor(START / DAY) * DAY + 5 * DAY - 1;
    assert.equal(await on.privacy.data.dropExpired(), 0);
    on.now += 1;
    assert.equal(await on.privacy.data.dropExpired(), 1);
    const register = await on.store.db
      .selectFrom('partitions')
      .selectAll()
      .where('item', '=', 'usage')
      .orderBy('day')
      .execute();
    const first = Math.floor(START / DAY);
    assert.deepEqual(
      register.map(({ day, rows, because, dropped_at: at }) => [Number(day) - first, rows, because, at]),
      [
        [0, 1, 'retention', START + 4 * DAY],
        [1, 1, 'retention', START + 4 * DAY],
        [2, 1, 'retention', on.now],
        [3, null, null, null],
        [4, null, null, null],
      ],
    );
    assert.equal((await tables()).length, 7);
    const shown = await on.privacy.command({ type: 'dropped', item: 'usage' });
    assert.ok(shown.type === 'dropped');
    assert.deepEqual(
      shown.dropped.map(({ day, rows, dueAt, droppedAt }) => [day, rows, dueAt <= droppedAt]),
      [2, 1, 0].map((n) => [new Date((first + n) * DAY).toISOString().slice(0, 10), 1, true]),
    );
    const none = await on.privacy.command({ type: 'dropped', item: 'climate' });
    assert.deepEqual(none, { type: 'dropped', dropped: [] });
  });

  it('deletes-the-rows-of-one-person-alone', async () => {
    const [gone, other] = [await begin(), await begin()];
    for (let day = 0; day < 3; day++) {
      on.now = START + day * DAY;
      await send(day, { temperature: 20 }, { climate: gone });
      await send(10 + day, { temperature: 20 }, { climate: other });
    }
    assert.equal(await on.privacy.data.remove([gone]), 3);
    assert.deepEqual(await rowsOf([gone]), []);
    assert.equal((await rowsOf([other])).length, 3);
  });

  it('leaves-no-byte-of-an-erased-person-s-data-nor-of-whose-it-was-in-any-file', async () => {
    const canary = 31.415926535;
    const gone = await begin();
    const wrapped = Buffer.from(String(canary));
    for (let n = 0; n < 300; n++) await on.privacy.vault.begin(subjectOf(), { deviceId: OTHER, epoch: 0, items: [] });
    const sealed: string[] = [];
    for (let seq = 0; seq < 40; seq++) await send(seq, { temperature: canary, starts: seq }, { climate: gone });
    for (const { name } of await on.privacy.data.partitions.live())
      for (const row of (await sql<{ sealed: string }>`select sealed from ${sql.table(name)}`.execute(on.store.db))
        .rows)
        sealed.push(row.sealed);
    assert.equal(sealed.length, 40);
    assert.ok((await allBytes()).includes(sealed[0] ?? ''));
    await on.privacy.vault.end([gone], 'e1');
    await on.privacy.data.remove([gone]);
    // what of a sealed row is left at PostgreSQL goes with the table of its day, or where everything is rewritten
    await on.store.scrub(lies.on === 'SQLite' ? undefined : 'thorough');
    const bytes = await allBytes();
    assert.equal(bytes.includes(wrapped), false);
    assert.deepEqual(
      sealed.filter((each) => bytes.includes(each)),
      [],
    );
  });

  it('moves-what-an-earlier-version-kept-as-it-came-and-scrubs-it', async () => {
    // more than are moved at once; over a network each statement takes its time
    const many = lies.on === 'SQLite' ? 1200 : 60;
    const rows = Array.from({ length: many }, (_, index) => index).flatMap((seq) => [
      old(seq, 'temperature', 27.182818284),
      old(seq, 'starts', seq),
      ...(seq % 2 === 0 ? [{ ...old(seq, 'mode', null), text: 'night' }] : []),
    ]);
    for (let from = 0; from < rows.length; from += 1000)
      await on.store.db
        .insertInto('telemetry')
        .values(rows.slice(from, from + 1000))
        .execute();
    const canary = Buffer.alloc(8);
    if (lies.on === 'SQLite') canary.writeDoubleBE(27.182818284);
    else canary.writeDoubleLE(27.182818284);
    assert.ok((await allBytes()).includes(canary));
    await close();
    await open();
    const unnamed = await on.privacy.vault.unnamed(DEVICE, 0);
    const climate = await rowsOf([unnamed], ['climate']);
    assert.deepEqual([climate.length, climate[7]?.fields], [many, { temperature: 27.182818284 }]);
    assert.equal((await rowsOf([unnamed], ['usage'])).length, many / 2);
    const left = await on.store.db.selectFrom('telemetry').select('field').distinct().execute();
    assert.deepEqual(
      left.map(({ field }) => field),
      ['starts'],
    );
    assert.ok(!(await allBytes()).includes(canary));
  });
});

const old = (seq: number, field: string, number: number | null) => ({
  device_id: DEVICE,
  epoch: 0,
  seq,
  field,
  at: START,
  received_at: START,
  number,
  text: null as string | null,
});
