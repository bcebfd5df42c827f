import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { sql } from 'kysely';
import type { Subject, TelemetryMessage } from '@hearthward/protocol';
import { DAY } from '../../src/clock.ts';
import { silent } from '../../src/front/log.ts';
import { sortMessage } from '../../src/privacy/kept/sort.ts';
import { openPrivacy, type Privacy } from '../../src/privacy/privacy.ts';
import { type FileStore, openStore, type Store } from '../../src/store/open.ts';
import { eventsOf } from '../../src/telemetry/events.ts';
import { type Ingest, openIngest } from '../../src/telemetry/ingest.ts';
import { personalSeriesOf, seriesOf } from '../../src/telemetry/queries.ts';
import { declarationOf } from '../declaration.ts';

/** EN 303 645 5.8-1, 5.11-1, 6-1..6-3: personal telemetry lies sealed under whose it is, or not at all. */

const START = Date.UTC(2026, 10, 1, 12);
const DEVICE = 'aaaaaaaa01';
const OTHER = 'bbbbbbbb01';
const base = declarationOf('hub');
const declaration = declarationOf('hub', {
  personalData: [
    ...base.personalData,
    { ...base.personalData[0]!, id: 'usage', legalBasis: 'consent', retentionDays: 3 },
  ],
  telemetryData: base.telemetryData.map((field) => (field.id === 'mode' ? { ...field, personalData: 'usage' } : field)),
});
const subjectOf = () => randomBytes(16).toString('base64url');

describe('personal telemetry', () => {
  let dir: string;
  let now = START;
  const clock = { now: () => now };
  let store: FileStore;
  let privacy: Privacy;
  let ingest: Ingest;
  let told: [string, Subject][];

  const open = async (declarations = [declaration]) => {
    store = await openStore(dir, clock);
    privacy = await openPrivacy({
      store,
      dataDir: dir,
      clock,
      declarations,
      replicas: [],
      log: silent,
      confirming: () => assert.fail('nothing is confirmed here'),
      send: () => false,
    });
    const ended = (deviceId: string, subject: Subject) => void told.push([deviceId, subject]);
    ingest = openIngest(store, clock, undefined, undefined, { data: privacy.data, ended });
  };
  const close = async () => {
    await privacy.close();
    await store.close();
  };
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'kept-'));
    now = START;
    told = [];
    await open();
    for (const id of [DEVICE, OTHER]) await addDevice(store, id);
  });
  afterEach(async () => {
    await close();
    rmSync(dir, { recursive: true, force: true });
  });

  const send = (
    seq: number,
    fields: TelemetryMessage['fields'],
    of: TelemetryMessage['of'] = {},
    { at = now, deviceId = DEVICE } = {},
  ) => ingest.telemetry(deviceId, sortMessage({ v: 1, seq, at: '', fields, of }, declaration), at);
  const begin = async (items: readonly string[] = ['climate', 'usage'], deviceId = DEVICE) => {
    const subject = subjectOf();
    await privacy.vault.begin(subject, { deviceId, epoch: 0, items });
    return subject;
  };
  const rowsOf = async (subjects: readonly Subject[], items = ['climate', 'usage'], since = 0) => {
    const rows = [];
    for await (const row of privacy.data.of(subjects, { productId: 'hub', items, since })) rows.push(row);
    return rows.sort((one, other) => one.seq - other.seq);
  };
  const dropped = async () =>
    (await eventsOf(store.db, DEVICE, 100)).flatMap(({ kind, detail }) =>
      kind === 'personal-data-dropped' ? [JSON.parse(detail) as Record<string, unknown>] : [],
    );
  const consent = (subject: Subject, n: number, given: boolean) =>
    privacy.consents.decide(
      DEVICE,
      {
        kind: 'consent',
        subject,
        item: 'usage',
        given,
        by: 'self',
        how: 'set-up',
        notice: '0123456789abcdef',
        language: 'en',
        n,
      },
      now,
    );
  const bytesIn = (path: string): Buffer =>
    Buffer.concat(
      readdirSync(path, { recursive: true, withFileTypes: true }).flatMap((entry) =>
        entry.isFile() ? [readFileSync(join(entry.parentPath, entry.name))] : [],
      ),
    );

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
    const plain = await store.db.selectFrom('telemetry').select('field').execute();
    assert.deepEqual(
      plain.map(({ field }) => field),
      ['starts'],
    );
    const [live] = await privacy.data.partitions.live();
    const columns = await sql<{ name: string }>`select name from pragma_table_info(${live?.name})`.execute(store.db);
    assert.deepEqual(
      columns.rows.map(({ name }) => name),
      ['subject', 'once', 'sealed'],
    );
    await store.scrub();
    assert.ok(!bytesIn(dir).includes('"mode"'));
  });

  it('is-read-by-device-through-the-vault-and-not-of-who-is-blocked', async () => {
    const [one, two] = [await begin(), await begin()];
    await send(1, { temperature: 20 }, { climate: one });
    await send(2, { temperature: 21, starts: 3 }, { climate: two }, { at: START + 1000 });
    const read = () => personalSeriesOf(privacy, DEVICE, declaration, 0, 10);
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
      (await seriesOf(store.db, DEVICE, declaration, 0, 10)).map(({ field }) => field),
      ['starts'],
    );
    await privacy.vault.block([two], true);
    assert.deepEqual((await read())[0]?.points, [[START, 20]]);
    assert.deepEqual(await personalSeriesOf(privacy, OTHER, declaration, 0, 10), []);
  });

  it('drops-without-consent-the-field-and-keeps-the-rest-on-record-once-an-hour', async () => {
    const subject = await begin();
    const of = { climate: subject, usage: subject };
    for (let seq = 0; seq < 5; seq++) assert.equal(await send(seq, { temperature: 20, mode: 'day' }, of), 'stored');
    assert.equal((await rowsOf([subject], ['climate'])).length, 5);
    assert.deepEqual(await rowsOf([subject], ['usage']), []);
    assert.deepEqual(await dropped(), [{ because: 'no-consent', item: 'usage', since: 1 }]);
    now += 3_600_000;
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
    const unnamed = await privacy.vault.unnamed(DEVICE, 0);
    assert.deepEqual(await rowsOf([unnamed]), [
      { subject: unnamed, item: 'climate', at: START, seq: 1, fields: { temperature: 20 } },
    ]);
  });

  it('drops-what-is-of-another-device-s-person-or-of-somebody-erased-and-tells-the-device', async () => {
    const [theirs, gone, blocked] = [await begin(['climate'], OTHER), await begin(), await begin()];
    await send(1, { temperature: 20 }, { climate: gone });
    await privacy.vault.end([gone], 'e1');
    await privacy.vault.block([blocked], true);
    const stranger = subjectOf();
    for (const [index, climate] of [theirs, gone, stranger, blocked].entries())
      assert.equal(await send(10 + index, { temperature: 33, starts: 1 }, { climate }), 'stored');
    await close();
    await open();
    await send(20, { temperature: 33 }, { climate: gone });
    assert.deepEqual(
      told,
      [theirs, gone, stranger, gone].map((subject) => [DEVICE, subject]),
    );
    assert.deepEqual(await rowsOf([theirs, gone, stranger, blocked]), []);
    assert.deepEqual((await dropped()).map(({ because }) => String(because)).sort(), [
      'blocked',
      'ended',
      'ended',
      'unknown',
    ]);
    assert.equal((await store.db.selectFrom('telemetry').selectAll().execute()).length, 4);
  });

  it('takes-a-year-old-message-of-an-erased-person-nowhere', async () => {
    const subject = await begin();
    await privacy.vault.end([subject], 'e1');
    now = START + 365 * DAY;
    await send(1, { temperature: 20 }, { climate: subject }, { at: START });
    await send(2, { temperature: 20 }, { climate: subject });
    assert.deepEqual(told, [[DEVICE, subject]]);
    assert.deepEqual(await privacy.data.partitions.live(), []);
    assert.deepEqual(
      (await dropped()).map(({ because }) => because),
      ['ended', 'expired'],
    );
  });

  it('drops-a-day-when-its-time-is-over-not-before-and-shows-that-it-did', async () => {
    const subject = await begin();
    await consent(subject, 1, true);
    const of = { climate: subject, usage: subject };
    for (let day = 0; day < 5; day++) {
      now = START + day * DAY;
      await send(day, { temperature: day, mode: 'day' }, of);
    }
    // usage is kept for three days: those of the first and second day are over on the fifth
    assert.equal(await privacy.data.dropExpired(), 2);
    assert.deepEqual(
      (await rowsOf([subject], ['usage'])).map(({ seq }) => seq),
      [2, 3, 4],
    );
    assert.equal((await rowsOf([subject], ['climate'])).length, 5);
    now = Math.floor(START / DAY) * DAY + 5 * DAY - 1;
    assert.equal(await privacy.data.dropExpired(), 0);
    now += 1;
    assert.equal(await privacy.data.dropExpired(), 1);
    const register = await store.db
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
        [2, 1, 'retention', now],
        [3, null, null, null],
        [4, null, null, null],
      ],
    );
    const tables = await sql<{ name: string }>`select name from sqlite_master where name like 'personal_%'`.execute(
      store.db,
    );
    assert.equal(tables.rows.length, 7);
  });

  it('counts-a-message-once-that-comes-again-days-later-and-keeps-no-day-of-a-clock-that-is-ahead', async () => {
    const subject = await begin();
    await send(1, { temperature: 20 }, { climate: subject });
    now += 9 * DAY;
    assert.equal(await send(1, { temperature: 20 }, { climate: subject }, { at: START }), 'seen-before');
    await send(2, { temperature: 20 }, { climate: subject }, { at: START + 4000 * DAY });
    const days = (await privacy.data.partitions.live()).map(({ day }) => day - Math.floor(START / DAY));
    assert.deepEqual(days, [9, 0]);
  });

  it('keeps-nothing-of-a-transaction-that-failed', async () => {
    const subject = await begin();
    const nobody = ingest.telemetry(
      'nobody',
      sortMessage({ v: 1, seq: 1, at: '', fields: { starts: 1 } }, declaration),
      now,
    );
    const mine = send(1, { temperature: 20 }, { climate: subject });
    await assert.rejects(nobody);
    await mine.catch(() => undefined);
    await send(2, { temperature: 21 }, { climate: subject });
    assert.deepEqual((await rowsOf([subject])).at(-1)?.seq, 2);
  });

  it('deletes-the-rows-of-one-person-alone', async () => {
    const [gone, other] = [await begin(), await begin()];
    for (let day = 0; day < 3; day++) {
      now = START + day * DAY;
      await send(day, { temperature: 20 }, { climate: gone });
      await send(10 + day, { temperature: 20 }, { climate: other });
    }
    assert.equal(await privacy.data.remove([gone]), 3);
    assert.deepEqual(await rowsOf([gone]), []);
    assert.equal((await rowsOf([other])).length, 3);
  });

  it('leaves-no-byte-of-an-erased-person-s-data-nor-of-whose-it-was-in-any-file', async () => {
    const canary = 31.415926535;
    const gone = await begin();
    const wrapped = Buffer.from(String(canary));
    for (let n = 0; n < 300; n++) await privacy.vault.begin(subjectOf(), { deviceId: OTHER, epoch: 0, items: [] });
    const sealed: string[] = [];
    for (let seq = 0; seq < 40; seq++) await send(seq, { temperature: canary, starts: seq }, { climate: gone });
    for (const { name } of await privacy.data.partitions.live())
      for (const row of (await sql<{ sealed: string }>`select sealed from ${sql.table(name)}`.execute(store.db)).rows)
        sealed.push(row.sealed);
    assert.equal(sealed.length, 40);
    assert.ok(bytesIn(dir).includes(sealed[0] ?? ''));
    await privacy.vault.end([gone], 'e1');
    await privacy.data.remove([gone]);
    await store.scrub();
    const bytes = bytesIn(dir);
    assert.equal(bytes.includes(wrapped), false);
    assert.deepEqual(
      sealed.filter((each) => bytes.includes(each)),
      [],
    );
  });

  it('moves-what-an-earlier-version-kept-as-it-came-and-scrubs-it', async () => {
    const rows = Array.from({ length: 1200 }, (_, index) => index).flatMap((seq) => [
      old(seq, 'temperature', 27.182818284),
      old(seq, 'starts', seq),
      ...(seq % 2 === 0 ? [{ ...old(seq, 'mode', null), text: 'night' }] : []),
    ]);
    for (let from = 0; from < rows.length; from += 1000)
      await store.db
        .insertInto('telemetry')
        .values(rows.slice(from, from + 1000))
        .execute();
    const canary = Buffer.alloc(8);
    canary.writeDoubleBE(27.182818284);
    assert.ok(bytesIn(dir).includes(canary));
    await close();
    await open();
    const unnamed = await privacy.vault.unnamed(DEVICE, 0);
    const climate = await rowsOf([unnamed], ['climate']);
    assert.deepEqual([climate.length, climate[7]?.fields], [1200, { temperature: 27.182818284 }]);
    assert.equal((await rowsOf([unnamed], ['usage'])).length, 600);
    const left = await store.db.selectFrom('telemetry').select('field').distinct().execute();
    assert.deepEqual(
      left.map(({ field }) => field),
      ['starts'],
    );
    assert.ok(!bytesIn(dir).includes(canary));
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

async function addDevice({ db }: Store, deviceId: string): Promise<void> {
  await db
    .insertInto('devices')
    .values({
      device_id: deviceId,
      product_id: 'hub',
      serial: deviceId,
      mac: '',
      batch: '',
      fingerprint: '',
      made_at: 1,
      epoch: 0,
      enrolled_at: 1,
      revoked_at: null,
      held_at: null,
      held_because: null,
      cleared_at: null,
    })
    .execute();
  await db.insertInto('device_state').values({ device_id: deviceId, connected: 0, last_seen: null }).execute();
}
