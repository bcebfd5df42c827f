import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext } from 'node:test';
import { Offers, type EventMessage } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import { silent } from '../../src/front/log.ts';
import { openStore, type Store } from '../../src/store/open.ts';
import { openIngest } from '../../src/telemetry/ingest.ts';
import { makeTargets, sha256 } from '../../src/updates/repository/metadata.ts';
import { publish } from '../../src/updates/repository/publish.ts';
import { openRollouts, type Beginning, type Rollouts } from '../../src/updates/rollout/driver.ts';
import { type RolloutPlan, USUAL_PLAN } from '../../src/updates/rollout/plan.ts';
import { noteWord } from '../../src/updates/rollout/words.ts';
import { begun, CEREMONY, type Hall } from './hall.ts';

/** A fleet by value: releases that two people signed, devices in batches, and the driver that counts what they say. */

export const PLAN: RolloutPlan = {
  ...USUAL_PLAN,
  stages: USUAL_PLAN.stages.map((stage, at) => ({ ...stage, approval: at === 2 })),
};
export const BEGIN: Beginning = {
  product: 'hub',
  version: '1.1.0',
  who: 'Dora',
  why: 'the first of the year',
  plan: PLAN,
  testers: [],
};
export const by = (who: string) => ({ product: 'hub', version: '1.1.0', who, why: 'looked at it closely' });

export interface Fleet {
  readonly hall: Hall;
  readonly store: Store;
  readonly rollouts: () => Rollouts;
  /** what devices find */
  readonly offers: () => Offers['offers'];
  readonly say: (device: string, seq: number, kind: string, detail?: EventMessage['detail']) => Promise<unknown>;
  /** as a crash does: what is in memory is gone */
  readonly restart: () => void;
  readonly told: string[];
}

/** Three releases that Dora and Emil signed, and devices in two batches. */
export async function fleetOf(t: TestContext, devices = 12): Promise<Fleet> {
  const hall = await begun(t);
  const image = (number: number) => ({
    length: 3,
    sha256: sha256(Buffer.from(`${number}`)),
    custom: releaseOf(number),
  });
  const targets = Object.fromEntries(
    [1, 2].map((number) => [`hub/releases/1.${number - 1}.0/image.json`, image(number)]),
  );
  const doc = makeTargets('hub', 2, '2026-09-01T00:00:00Z', targets);
  const about = { v: 1, what: 'releases', ...CEREMONY, holders: {} } as const;
  const { docs } = await hall.signed({ about, docs: [doc] }, 'Dora', 'Emil');
  const done = publish(hall.room, { docs, ...CEREMONY });
  assert.ok(done.ok, JSON.stringify(done));
  const data = join(hall.dir, 'data');
  mkdirSync(data);
  const store = await openStore(data, hall.clock);
  t.after(store.close);
  for (let at = 0; at < devices; at++) await addDevice(store, `device${at}`, at % 2 === 0 ? 'spring' : 'autumn');
  const ingest = openIngest(store, hall.clock, noteWord);
  const told: string[] = [];
  const open = () =>
    openRollouts({
      store,
      clock: hall.clock,
      log: silent,
      folder: hall.room.folder,
      hints: {
        tell: (product, offers) =>
          void told.push(...offers.map(({ version, state, below }) => `${product} ${version} ${state} ${below}`)),
      },
    });
  let rollouts = open();
  return {
    hall,
    store,
    told,
    rollouts: () => rollouts,
    restart: () => void (rollouts = open()),
    offers: () => {
      const walk = hall.walk();
      walk.refresh(hall.clock.at);
      const found = walk.find('hub/offers.json', hall.clock.at);
      const read: unknown = JSON.parse(found?.bytes.toString() ?? '');
      assert.ok(Value.Check(Offers, read));
      return read.offers;
    },
    say: (device, seq, kind, detail = { version: '1.1.0' }) =>
      ingest.event(device, { v: 1, seq, at: '2026-03-01T10:00:00Z', kind, detail }, hall.clock.at),
  };
}

export const releaseOf = (number: number) => ({
  v: 1,
  product: 'hub',
  version: `1.${number - 1}.0`,
  number,
  models: ['HW-1'],
  kind: 'feature',
  securityVersion: 1,
  summary: { en: 'Better.' },
  risksRemoved: [],
  downtimeSeconds: 0,
  keepsWorking: [],
  unpackedBytes: 3,
  pack: 'hub/releases/1.0.0/full.pack',
  deltas: [],
  sbom: 'hub/releases/1.0.0/sbom.cdx.json',
  provenance: 'hub/releases/1.0.0/provenance.intoto.json',
});

export async function addDevice(store: Store, id: string, batch: string): Promise<void> {
  const never = { revoked_at: null, held_at: null, held_because: null, cleared_at: null };
  const made = { product_id: 'hub', mac: '', fingerprint: '', made_at: 1, epoch: 1, enrolled_at: 1, ...never };
  await store.db
    .insertInto('devices')
    .values({ device_id: id, serial: id, batch, ...made })
    .execute();
  await store.db.insertInto('device_state').values({ device_id: id, connected: 1, last_seen: null }).execute();
}

export const isPublished = async (fleet: Fleet): Promise<void> => {
  const [rollout] = await fleet.rollouts().list('hub');
  const [offer] = fleet.offers();
  assert.deepEqual([offer?.below, offer?.state === 'halted'], [rollout?.stage.below, rollout?.phase === 'halted']);
};
