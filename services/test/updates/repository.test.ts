import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Offers } from '@hearthward/protocol';
import { Value } from 'typebox/value';
import { listUses } from '../../src/authority/audit.ts';
import { verifyUses } from '../../src/authority/uses.ts';
import { DAY } from '../../src/clock.ts';
import type { Log } from '../../src/front/log.ts';
import { keepUpdates } from '../../src/updates/keep.ts';
import { begin, renew } from '../../src/updates/repository/ceremonies.ts';
import { realDisk } from '../../src/updates/repository/files.ts';
import { makeTargets, sha256, signedBytesOf } from '../../src/updates/repository/metadata.ts';
import { publish } from '../../src/updates/repository/publish.ts';
import { dueOf, publishOffers, refresh } from '../../src/updates/repository/refresh.ts';
import { openUpdateRoom } from '../../src/updates/repository/room.ts';
import { readState } from '../../src/updates/repository/state.ts';
import { begun, CEREMONY, founding, openHall, START } from './hall.ts';
import { Walk } from './walk.ts';

const IMAGE = { length: 3, sha256: sha256(Buffer.from('abc')), custom: { number: 7 } };

test('a-device-finds-its-way-from-the-first-root-to-the-offers', async (t) => {
  const hall = await begun(t);
  const walk = hall.walk();
  const targets = walk.refresh(START);
  assert.deepEqual(
    [...(targets.signed.delegations?.rolesForTarget('hub/security/1.0.0/image.json') ?? [])],
    [{ role: 'hub-security', terminating: true }],
  );
  const offers = walk.find('hub/offers.json', START);
  assert.equal(offers?.role, 'hub-rollout');
  const read: unknown = JSON.parse(offers?.bytes.toString() ?? '');
  assert.ok(Value.Check(Offers, read));
  assert.deepEqual(read.offers, []);
  assert.equal(walk.root.signed.roles['root']?.threshold, 2);
  assert.equal(walk.root.signed.roles['targets']?.threshold, 2);
  assert.equal(walk.root.signed.consistentSnapshot, true);
});

test('every-signature-is-in-the-log-with-who-made-it', async (t) => {
  const { room } = await begun(t);
  assert.ok(verifyUses(room.folder).ok);
  const uses = listUses(room.folder).filter(({ signed }) => signed.what === 'metadata');
  const said = (subject: string) => uses.flatMap(({ signed, who }) => (signed.subject === subject ? [who] : []));
  assert.deepEqual(said('root').sort(), ['Alice', 'Carol']);
  assert.deepEqual(said('targets').sort(), ['Dora', 'Emil']);
  assert.deepEqual(said('hub').sort(), ['Dora', 'Emil']);
  assert.deepEqual(said('timestamp'), ['services']);
  assert.ok(uses.every(({ signed }) => /^[0-9a-f]{64}$/.test(signed.digest)));
});

test('one-signature-too-few-publishes-nothing', async (t) => {
  for (const [people, role] of [
    [['Alice', 'Dora', 'Emil'], 'root has 1 of the 2'],
    [['Alice', 'Bob', 'Dora'], 'targets has 1 of the 2'],
    [['Alice', 'Alice', 'Dora', 'Emil'], 'root has 1 of the 2'],
    [['Mallory', 'Mark', 'Dora', 'Emil'], 'root has 0 of the 2'],
  ] as const) {
    const hall = openHall(t);
    const refused = await hall.pass(await founding(hall), ...people);
    assert.ok(!refused.ok);
    assert.equal(refused.code, 'below-threshold');
    assert.match(refused.because, new RegExp(role));
    assert.deepEqual(hall.room.files.list('metadata'), []);
  }
});

test('two-keys-of-one-person-are-one-person', async (t) => {
  const hall = openHall(t);
  const keys = await Promise.all(['Alice', 'Bob', 'Carol'].map(async (name) => (await hall.person(name)).key));
  const twice = [...keys.slice(0, 2), { ...(keys[2] ?? keys[0]!), holder: 'Bob' }];
  assert.throws(
    () => begin(hall.room, undefined, { root: twice, targets: keys, products: [] }, CEREMONY),
    /Bob is there twice/,
  );
  const shared = begin(hall.room, undefined, { root: keys, targets: keys.slice(0, 2), products: [] }, CEREMONY);
  const refused = await hall.pass(shared, 'Alice', 'Bob', 'Carol');
  assert.ok(!refused.ok);
  assert.equal(refused.code, 'keys-shared');
});

test('what-devices-would-refuse-is-refused-here-first', async (t) => {
  const hall = await begun(t);
  const before = readdirSync(join(hall.room.files.path, 'metadata')).sort();
  const expires = '2026-09-01T00:00:00Z';
  const path = 'hub/releases/1.0.0/image.json';
  for (const [doc, code] of [
    [makeTargets('hub', 3, expires, {}), 'version-not-next'],
    [makeTargets('hub', 1, expires, {}), 'version-not-next'],
    [makeTargets('hub', 2, '2026-03-01T00:00:00Z', {}), 'expiry-wrong'],
    [makeTargets('hub', 2, '2106-02-07T06:28:16Z', {}), 'expiry-wrong'],
    [makeTargets('hub', 2, expires, { 'hub/security/1.0.0/image.json': IMAGE }), 'path-not-delegated'],
    [makeTargets('hub', 2, expires, { 'camera/releases/1.0.0/image.json': IMAGE }), 'path-not-delegated'],
    [makeTargets('hub', 2, expires, { 'hub/releases/1.0.0/a/image.json': IMAGE }), 'path-not-delegated'],
    [makeTargets('hub-security', 2, expires, { [path]: IMAGE }), 'path-not-delegated'],
    [makeTargets('camera', 1, expires, {}), 'role-unknown'],
    [makeTargets('hub-rollout', 2, expires, {}), 'role-unknown'],
  ] as const) {
    const about = { v: 1, what: 'x', who: 'x', why: 'x', holders: {} } as const;
    const refused = await hall.pass({ about, docs: [doc] }, 'Dora', 'Emil');
    assert.ok(!refused.ok);
    assert.equal(refused.code, code, `${doc.role} ${refused.because}`);
  }
  assert.deepEqual(readdirSync(join(hall.room.files.path, 'metadata')).sort(), before);
  hall.walk().refresh(START);
});

test('an-altered-document-does-not-count-though-its-signatures-are-there', async (t) => {
  const hall = await begun(t);
  const proposal = await hall.signed(renew(hall.room, hall.state(), ['hub'], CEREMONY), 'Dora', 'Emil');
  const [doc] = proposal.docs;
  assert.ok(doc);
  (doc.metadata.signed as { expires: string }).expires = '2027-01-01T00:00:00Z';
  const refused = publish(hall.room, { ...CEREMONY, docs: proposal.docs });
  assert.ok(!refused.ok);
  assert.match(refused.because, /hub has 0 of the 2 signatures/);
});

test('a-clock-that-is-wrong-signs-nothing-and-publishes-nothing', async (t) => {
  const hall = await begun(t);
  const proposal = await hall.signed(renew(hall.room, hall.state(), ['hub'], CEREMONY), 'Dora', 'Emil');
  for (const [date, code, says] of [
    ['1970-01-01T00:00:00Z', 'clock-wrong', /the clock says 1970-01-01, and this repository was signed on 2026-03-01/],
    ['2106-02-07T06:28:16Z', 'expiry-wrong', /the clock says 2106-02-07/],
  ] as const) {
    hall.clock.at = Date.parse(date);
    const refused = publish(hall.room, { ...CEREMONY, docs: proposal.docs });
    assert.ok(!refused.ok);
    assert.equal(refused.code, code);
    assert.match(refused.because, says);
    const kept = refresh(hall.room);
    assert.ok(!kept.ok);
  }
  assert.equal(hall.state().timestamp.metadata.signed.version, 1);
  for (const date of ['1970-01-01T00:00:00Z', '2106-02-07T06:28:16Z', '2106-12-31T00:00:00Z']) {
    const other = await begun(t, Date.parse(date));
    other.walk().refresh(Date.parse(date));
  }
});

test('the-services-sign-what-is-online-before-it-ends-for-two-years-and-no-longer', async (t) => {
  const hall = await begun(t);
  const walk = hall.walk();
  let signed = 0;
  for (let day = 0; day < 60; day++) {
    hall.clock.at = START + day * DAY;
    const done = refresh(hall.room);
    assert.ok(done.ok);
    signed += done.signed.length;
    walk.refresh(hall.clock.at);
    assert.ok(walk.find('hub/offers.json', hall.clock.at));
  }
  assert.ok(signed >= 60 && signed < 120, String(signed));
  assert.deepEqual(dueOf(hall.state(), hall.clock.at), []);
  // the offline roles have not been renewed: a device hears of it
  hall.clock.at = START + 366 * DAY;
  refresh(hall.room);
  assert.throws(() => walk.refresh(hall.clock.at), /targets has expired/);
  hall.clock.at = START + 731 * DAY;
  const ended = refresh(hall.room);
  assert.ok(!ended.ok);
  assert.equal(ended.code, 'root-ended');
});

test('an-offer-of-what-nobody-signed-is-refused', async (t) => {
  const hall = await begun(t);
  const offer: Offers['offers'][number] = {
    version: '1.0.0',
    number: 7,
    image: 'hub/releases/1.0.0/image.json',
    state: 'offered',
    salt: '0'.repeat(32),
    below: 100,
    members: [],
    jitterSeconds: 0,
  };
  const offers = (more: object): Offers => ({ v: 1, product: 'hub', offers: [{ ...offer, ...more }] });
  assert.throws(() => publishOffers(hall.room, offers({}), 'a test'), /nobody signed/);
  const role = makeTargets('hub', 2, '2026-09-01T00:00:00Z', { [offer.image]: IMAGE });
  const about = { v: 1, what: 'x', who: 'x', why: 'x', holders: {} } as const;
  assert.ok((await hall.pass({ about, docs: [role] }, 'Dora', 'Emil')).ok);
  for (const wrong of [{ number: 8 }, { version: '1.0.1' }, { image: 'hub/security/1.0.0/image.json' }])
    assert.throws(() => publishOffers(hall.room, offers(wrong), 'a test'), /nobody signed/);
  assert.throws(() => publishOffers(hall.room, { ...offers({}), product: 'camera' }, 'a test'), /no product/);
  assert.ok(publishOffers(hall.room, offers({}), 'a test').ok);
  const walk = hall.walk();
  walk.refresh(START);
  assert.equal(JSON.parse(walk.find('hub/offers.json', START)?.bytes.toString() ?? '').offers[0].below, 100);
});

test('after-a-crash-at-any-write-devices-see-the-old-or-the-new-and-the-next-start-finishes', async (t) => {
  let left = Infinity;
  const step = () => {
    if (left-- <= 0) throw new Error('the power went');
  };
  const disk = {
    writeSynced: (file: string, bytes: Uint8Array, mode: number) => {
      // half of the file is there when the power goes
      if (left <= 0) realDisk.writeSynced(file, bytes.subarray(0, bytes.length / 2), mode);
      step();
      realDisk.writeSynced(file, bytes, mode);
    },
    rename: (from: string, to: string) => (step(), realDisk.rename(from, to)),
    removeFolder: (folder: string) => (step(), realDisk.removeFolder(folder)),
  };
  let crashes = 0;
  for (let steps = 0; ; steps++) {
    left = Infinity;
    const hall = await begun(t, START, disk);
    const device = hall.walk();
    device.refresh(START);
    const { docs } = await hall.signed(
      renew(hall.room, hall.state(), ['root', 'targets', 'hub'], CEREMONY),
      'Alice',
      'Bob',
      'Dora',
      'Emil',
    );
    left = steps;
    try {
      assert.ok(publish(hall.room, { ...CEREMONY, docs }).ok);
      assert.ok(crashes > 10, String(crashes));
      return;
    } catch (error) {
      assert.match(String(error), /the power went/);
      crashes++;
    }
    left = Infinity;
    device.refresh(START);
    // the process is gone, and its lock with it
    const again = openUpdateRoom(hall.room.folder, hall.clock);
    again.files.recover();
    const state = readState(again.files);
    const version = state?.targets.metadata.signed.version;
    assert.ok(version === 1 || version === 2);
    new Walk(again.files.path).refresh(START);
    assert.ok(publish(again, { ...CEREMONY, docs }).ok);
    device.refresh(START);
    assert.equal(hall.state().targets.metadata.signed.version, 2);
    assert.ok(verifyUses(again.folder).ok);
  }
});

test('what-was-altered-in-the-static-folder-is-found-before-anything-is-signed-on-top-of-it', async (t) => {
  const hall = await begun(t);
  for (const name of readdirSync(join(hall.room.files.path, 'metadata'))) {
    const file = join(hall.room.files.path, 'metadata', name);
    const before = readFileSync(file);
    writeFileSync(file, before.toString().replace(/"expires":"20/, '"expires":"21'));
    assert.throws(() => refresh(hall.room), /the update repository/, name);
    writeFileSync(file, before);
  }
  assert.ok(refresh(hall.room).ok);
  assert.ok(signedBytesOf(hall.state().root).length > 0);
});

test('running-services-sign-by-themselves-and-tell-the-log-when-they-cannot', async (t) => {
  const hall = await begun(t);
  const said: string[] = [];
  const log: Log = ({ level, event }) => void said.push(`${level} ${event}`);
  const run = async () => keepUpdates(hall.room.folder, hall.clock, log)();
  await run();
  assert.deepEqual(said, []);
  hall.clock.at = START + 8 * DAY;
  assert.throws(() => hall.walk().refresh(hall.clock.at), /timestamp has expired/);
  await run();
  hall.walk().refresh(hall.clock.at);
  hall.clock.at = Date.parse('1970-01-01T00:00:00Z');
  await run();
  assert.deepEqual(said, ['info updates-signed', 'error updates-not-signed']);
  await keepUpdates(join(hall.dir, 'nothing'), hall.clock, log)();
  assert.equal(existsSync(join(hall.dir, 'nothing')), false);
});
