import assert from 'node:assert/strict';
import { it } from 'node:test';
import { DAY } from '../../src/clock.ts';
import { sortMessage } from '../../src/privacy/kept/sort.ts';
import { personalSeriesOf, seriesOf } from '../../src/telemetry/queries.ts';
import { DEVICE, declaration, OTHER, START, subjectOf, useKept } from './kept-bench.ts';
import { onEachStore } from '../store/everywhere.ts';

/** EN 303 645 5.8-1, 5.11-1, 6-1..6-3: personal telemetry lies sealed under whose it is, or not at all. */

onEachStore('personal telemetry', (lies) => {
  const { on, open, close, send, begin, rowsOf, dropped, consent, allBytes, tables } = useKept(lies);

  it('keeps-each-item-sealed-apart-from-what-the-store-says-of-devices', async () => {
    const subject = await begin();
    await consent(subject, 1, true);
    const of = { climate: subject, usage: subject };
    assert.equal(await send(41, { temperature: 21.5, heating: true, mode: 'night', starts: 7 }, of), 'stored');
    assert.equal(await send(41, { temperature: 21.5, heating: true, mode: 'night', starts: 7 }, of), 'seen-before');
    assert.deepEqual(await rowsOf([subject]), [
      { subject, item: 'climate', at: START, seq: 41, fields: { temperature: 21.5, heating: true } },
      { subject, item: 'usage', at: START, seq: 41, fields: { mode: 'night' } },
    ]);
    const plain = await on.store.db.selectFrom('telemetry').select('field').execute();
    assert.deepEqual(
      plain.map(({ field }) => field),
      ['starts'],
    );
    const [table] = await tables();
    assert.deepEqual(
      table?.columns.map(({ name }) => name),
      ['subject', 'once', 'sealed'],
    );
    await on.store.scrub();
    assert.ok(!(await allBytes()).includes('"mode"'));
  });

  it('is-read-by-device-through-the-vault-and-not-of-who-is-blocked', async () => {
    const [one, two] = [await begin(), await begin()];
    await send(1, { temperature: 20 }, { climate: one });
    await send(2, { temperature: 21, starts: 3 }, { climate: two }, { at: START + 1000 });
    const read = () => personalSeriesOf(on.privacy, DEVICE, declaration, 0, 10);
    assert.deepEqual(await read(), [
      {
        field: 'temperature',
        unit: '°C',
        points: [
          [START, 20],
          [START + 1000, 21],
        ],
      },
    ]);
    assert.deepEqual(
      (await seriesOf(on.store.db, DEVICE, declaration, 0, 10)).map(({ field }) => field),
      ['starts'],
    );
    await on.privacy.vault.block([two], true);
    assert.deepEqual((await read())[0]?.points, [[START, 20]]);
    assert.deepEqual(await personalSeriesOf(on.privacy, OTHER, declaration, 0, 10), []);
  });

  it('drops-without-consent-the-field-and-keeps-the-rest-on-record-once-an-hour', async () => {
    const subject = await begin();
    const of = { climate: subject, usage: subject };
    for (let seq = 0; seq < 5; seq++) assert.equal(await send(seq, { temperature: 20, mode: 'day' }, of), 'stored');
    assert.equal((await rowsOf([subject], ['climate'])).length, 5);
    assert.deepEqual(await rowsOf([subject], ['usage']), []);
    assert.deepEqual(await dropped(), [{ because: 'no-consent', item: 'usage', since: 1 }]);
    on.now += 3_600_000;
    await send(5, { mode: 'day' }, of);
    assert.equal((await dropped())[0]?.['since'], 5);
    await consent(subject, 1, true);
    await send(6, { mode: 'day' }, of);
    await consent(subject, 2, false);
    await send(7, { mode: 'night' }, of);
    assert.deepEqual(
      (await rowsOf([subject], ['usage'])).map(({ seq }) => seq),
      [6],
    );
    // consent of one is not consent of another
    const other = await begin();
    await consent(subject, 3, true);
    await send(8, { mode: 'day' }, { usage: other });
    assert.deepEqual(await rowsOf([other]), []);
  });

  it('keeps-of-a-device-without-pseudonyms-what-needs-no-consent-under-one', async () => {
    await send(1, { temperature: 20, mode: 'day' });
    const unnamed = await on.privacy.vault.unnamed(DEVICE, 0);
    assert.deepEqual(await rowsOf([unnamed]), [
      { subject: unnamed, item: 'climate', at: START, seq: 1, fields: { temperature: 20 } },
    ]);
  });

  it('drops-what-is-of-another-device-s-person-or-of-somebody-erased-and-tells-the-device', async () => {
    const [theirs, gone, blocked] = [await begin(['climate'], OTHER), await begin(), await begin()];
    await send(1, { temperature: 20 }, { climate: gone });
    await on.privacy.vault.end([gone], 'e1');
    await on.privacy.vault.block([blocked], true);
    const stranger = subjectOf();
    for (const [index, climate] of [theirs, gone, stranger, blocked].entries())
      assert.equal(await send(10 + index, { temperature: 33, starts: 1 }, { climate }), 'stored');
    await close();
    await open();
    await send(20, { temperature: 33 }, { climate: gone });
    assert.deepEqual(
      on.told,
      [theirs, gone, stranger, gone].map((subject) => [DEVICE, subject]),
    );
    assert.deepEqual(await rowsOf([theirs, gone, stranger, blocked]), []);
    assert.deepEqual((await dropped()).map(({ because }) => String(because)).sort(), [
      'blocked',
      'ended',
      'ended',
      'unknown',
    ]);
    assert.equal((await on.store.db.selectFrom('telemetry').selectAll().execute()).length, 4);
  });

  it('takes-a-year-old-message-of-an-erased-person-nowhere', async () => {
    const subject = await begin();
    await on.privacy.vault.end([subject], 'e1');
    on.now = START + 365 * DAY;
    await send(1, { temperature: 20 }, { climate: subject }, { at: START });
    await send(2, { temperature: 20 }, { climate: subject });
    assert.deepEqual(on.told, [[DEVICE, subject]]);
    assert.deepEqual(await on.privacy.data.partitions.live(), []);
    assert.deepEqual(
      (await dropped()).map(({ because }) => because),
      ['ended', 'expired'],
    );
  });

  it('counts-a-message-once-that-comes-again-days-later-and-keeps-no-day-of-a-clock-that-is-ahead', async () => {
    const subject = await begin();
    await send(1, { temperature: 20 }, { climate: subject });
    on.now += 9 * DAY;
    assert.equal(await send(1, { temperature: 20 }, { climate: subject }, { at: START }), 'seen-before');
    await send(2, { temperature: 20 }, { climate: subject }, { at: START + 4000 * DAY });
    const days = (await on.privacy.data.partitions.live()).map(({ day }) => day - Math.floor(START / DAY));
    assert.deepEqual(days, [9, 0]);
  });

  it('keeps-nothing-of-a-transaction-that-failed', async () => {
    const subject = await begin();
    const nobody = on.ingest.telemetry(
      'nobody',
      sortMessage({ v: 1, seq: 1, at: '', fields: { starts: 1 } }, declaration),
      on.now,
    );
    const mine = send(1, { temperature: 20 }, { climate: subject });
    await assert.rejects(nobody);
    await mine.catch(() => undefined);
    await send(2, { temperature: 21 }, { climate: subject });
    assert.deepEqual((await rowsOf([subject])).at(-1)?.seq, 2);
  });
});
