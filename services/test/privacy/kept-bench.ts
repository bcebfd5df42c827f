import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'node:test';
import type { Subject, TelemetryMessage } from '@hearthward/protocol';
import { silent } from '../../src/front/log.ts';
import { sortMessage } from '../../src/privacy/kept/sort.ts';
import { openPrivacy, type Privacy } from '../../src/privacy/privacy.ts';
import { openStore, type Store } from '../../src/store/open.ts';
import { eventsOf } from '../../src/telemetry/events.ts';
import { type Ingest, openIngest } from '../../src/telemetry/ingest.ts';
import { declarationOf } from '../declaration.ts';
import { type Lies, ON_SQLITE } from '../store/everywhere.ts';

/** What tests of personal telemetry at the services stand on. */

export const START = Date.UTC(2026, 10, 1, 12);
export const DEVICE = 'aaaaaaaa01';
export const OTHER = 'bbbbbbbb01';
export const base = declarationOf('hub');
export const declaration = declarationOf('hub', {
  personalData: [
    ...base.personalData,
    { ...base.personalData[0]!, id: 'usage', legalBasis: 'consent', retentionDays: 3 },
  ],
  telemetryData: base.telemetryData.map((field) => (field.id === 'mode' ? { ...field, personalData: 'usage' } : field)),
});
export const subjectOf = () => randomBytes(16).toString('base64url');

interface Bench {
  dir: string;
  address: string | undefined;
  now: number;
  store: Store;
  privacy: Privacy;
  ingest: Ingest;
  told: [string, Subject][];
}

/** A store with a vault and two devices, anew for each test of the `describe` in which it is called. */
export const useKept = (lies: Lies = ON_SQLITE) => {
  const on = { now: START } as Bench;
  const clock = { now: () => on.now };

  const open = async (declarations = [declaration]) => {
    on.store = await openStore(on.dir, clock, on.address);
    on.privacy = await openPrivacy({
      store: on.store,
      dataDir: on.dir,
      clock,
      declarations,
      replicas: [],
      log: silent,
      confirming: () => assert.fail('nothing is confirmed here'),
      send: () => false,
    });
    const untaken = (deviceId: string, subject: Subject) => void on.told.push([deviceId, subject]);
    on.ingest = openIngest(on.store, clock, undefined, undefined, { data: on.privacy.data, untaken });
  };
  const close = async () => {
    await on.privacy.close();
    await on.store.close();
  };
  beforeEach(async () => {
    on.dir = mkdtempSync(join(tmpdir(), 'kept-'));
    on.address = await lies.address();
    on.now = START;
    on.told = [];
    await open();
    for (const id of [DEVICE, OTHER]) await addDevice(on.store, id);
  });
  afterEach(async () => {
    await close();
    rmSync(on.dir, { recursive: true, force: true });
  });

  const send = (
    seq: number,
    fields: TelemetryMessage['fields'],
    of: TelemetryMessage['of'] = {},
    { at = on.now, deviceId = DEVICE } = {},
  ) => on.ingest.telemetry(deviceId, sortMessage({ v: 1, seq, at: '', fields, of }, declaration), at);
  const begin = async (items: readonly string[] = ['climate', 'usage'], deviceId = DEVICE) => {
    const subject = subjectOf();
    await on.privacy.vault.begin(subject, { deviceId, epoch: 0, items });
    return subject;
  };
  const rowsOf = async (subjects: readonly Subject[], items = ['climate', 'usage'], since = 0) => {
    const rows = [];
    for await (const row of on.privacy.data.of(subjects, { productId: 'hub', items, since })) rows.push(row);
    return rows.sort((one, other) => one.seq - other.seq);
  };
  const dropped = async () =>
    (await eventsOf(on.store.db, DEVICE, 100)).flatMap(({ kind, detail }) =>
      kind === 'personal-data-dropped' ? [JSON.parse(detail) as Record<string, unknown>] : [],
    );
  const consent = (subject: Subject, n: number, given: boolean) =>
    on.privacy.consents.decide(
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
      on.now,
    );
  /** every byte of the data folder, and of the files of a database beside it */
  const allBytes = async (): Promise<Buffer> =>
    Buffer.concat(
      [on.dir, await lies.folder()].flatMap((path) =>
        path === undefined
          ? []
          : readdirSync(path, { recursive: true, withFileTypes: true }).flatMap((entry) =>
              entry.isFile() ? [readFileSync(join(entry.parentPath, entry.name))] : [],
            ),
      ),
    );
  const tables = async () =>
    (await on.store.db.introspection.getTables()).filter(({ name }) => /^personal_\d+$/.test(name));

  return { on, open, close, send, begin, rowsOf, dropped, consent, allBytes, tables };
};

/** As the factory and an enrolment leave it. */
export async function addDevice({ db }: Store, deviceId: string, epoch = 0): Promise<void> {
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
      epoch,
      enrolled_at: 1,
      revoked_at: null,
      held_at: null,
      held_because: null,
      cleared_at: null,
    })
    .execute();
  await db.insertInto('device_state').values({ device_id: deviceId, connected: 0, last_seen: null }).execute();
}
