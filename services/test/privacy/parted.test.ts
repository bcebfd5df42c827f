import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { accountOfCode, type PrivacyWord, topicsOf } from '@hearthward/protocol';
import type { MqttClient } from 'mqtt';
import { audit, auditTrail } from '../../src/operators/audit.ts';
import { devicesOf } from '../../src/privacy/account/holdings.ts';
import { looksAt } from '../../src/privacy/account/looked.ts';
import { eventsOf } from '../../src/telemetry/events.ts';
import { declarationOf } from '../declaration.ts';
import {
  bench,
  type ClientIdentity,
  connectDevice,
  enrol,
  initialOf,
  makeDevice,
  makeKeys,
  requestCertificate,
  type TestBench,
  type TestDevice,
} from '../bench.ts';

/** EN 303 645 5.11-1, TS 103 645 4.11-1, G045 AU-1-10, DS-1-5: a device that changes hands is another's from its reset on. */

const ACCOUNT = accountOfCode('abcd efgh '.repeat(4) + 'abcd') ?? assert.fail('no code');
const DECLARED = declarationOf('hub');

describe('a device that changes hands', () => {
  let b: TestBench;
  before(async () => {
    b = await bench([DECLARED]);
  });
  after(() => b.end());

  interface Home {
    readonly device: TestDevice;
    readonly id: string;
    readonly identity: ClientIdentity;
    readonly client: MqttClient;
    readonly subject: string;
    readonly say: (word: PrivacyWord) => Promise<unknown>;
    readonly closed: Promise<void>;
  }
  let seq = 0;
  async function setUp(device: TestDevice): Promise<Home> {
    const identity = await enrol(b.services, device);
    const client = await connectDevice(b.services, identity);
    client.on('error', () => undefined);
    const id = device.bundle.deviceId;
    const say = (word: PrivacyWord) =>
      client.publishAsync(
        topicsOf(id).privacy,
        JSON.stringify({ v: 1, seq: seq++, at: new Date().toISOString(), word }),
        { qos: 1 },
      );
    const subject = randomBytes(16).toString('base64url');
    await say({ kind: 'subject', subject, items: ['climate'], account: ACCOUNT });
    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    return { device, id, identity, client, subject, say, closed };
  }
  const statusesOf = async (id: string) =>
    (await b.services.registry.certificates(id))
      .filter(({ kind }) => kind === 'operational')
      .map(({ status, reason }) => `${status} ${reason ?? ''}`.trim());
  const asks = async (device: TestDevice) =>
    (await requestCertificate(b.services, initialOf(device), (await makeKeys()).csrBase64)).status;

  it('has-its-certificate-revoked-by-its-own-word-and-is-answered-before-it-is-cut-off', async () => {
    const home = await setUp(await makeDevice(b.services));
    await home.say({ kind: 'reset-here', scrap: false });
    assert.deepEqual(await statusesOf(home.id), ['revoked out-of-service']);
    await home.closed;
    await assert.rejects(connectDevice(b.services, home.identity), { code: 5 });
    const kinds = (await eventsOf(b.services.store.db, home.id, 20)).map(({ kind }) => kind);
    assert.equal(kinds.filter((kind) => kind === 'device-parted').length, 1);
    assert.ok(!kinds.includes('device-held'));
  });

  it('is-another-household-for-whoever-sets-it-up-next', async () => {
    const device = await makeDevice(b.services);
    const first = await setUp(device);
    await first.say({ kind: 'reset-here', scrap: false });
    first.client.end(true);
    const second = await setUp(device);
    const { vault } = b.services.privacy;
    assert.deepEqual([vault.originOf(first.subject)?.epoch, vault.originOf(second.subject)?.epoch], [1, 2]);
    // what the first one left in the wild opens nothing at the second one's enrolment
    await second.say({ kind: 'subject', subject: first.subject, items: ['climate', 'video'] });
    assert.deepEqual(vault.originOf(first.subject)?.items, ['climate']);
    assert.deepEqual((await statusesOf(device.bundle.deviceId)).toSorted(), ['live', 'revoked out-of-service']);
    await second.client.endAsync(true);
  });

  it('is-not-cut-off-by-a-word-that-was-said-with-the-certificate-before', async () => {
    const device = await makeDevice(b.services);
    const first = await setUp(device);
    const serial = (await b.services.registry.liveCertificate(first.id))?.serial ?? '';
    await first.say({ kind: 'reset-here', scrap: false });
    first.client.end(true);
    const second = await setUp(device);
    await b.services.custody.part({ deviceId: first.id, serial }, true);
    assert.equal((await b.services.registry.find(first.id))?.held, undefined);
    assert.ok((await statusesOf(first.id)).includes('live'));
    await second.client.endAsync(true);
  });

  it('enrols-no-more-once-it-is-scrapped-until-an-operator-undoes-it-on-record', async () => {
    const device = await makeDevice(b.services);
    const home = await setUp(device);
    await home.say({ kind: 'reset-here', scrap: true });
    home.client.end(true);
    assert.equal((await b.services.registry.find(home.id))?.held?.because, 'scrapped');
    assert.equal(await asks(device), 202);
    assert.equal(await asks(device), 202);
    assert.equal(await b.services.custody.release(home.id, 'olga'), true);
    assert.equal(await asks(device), 200);
    const [entry] = (await auditTrail(b.services.store.db, 50)).filter(({ action }) => action === 'device-released');
    assert.deepEqual([entry?.actor, entry?.subject], ['olga', home.id]);
  });

  it('that-nobody-was-told-of-the-reset-of-is-over-for-who-had-it-when-it-is-set-up-next-and-is-asked-to-erase', async () => {
    const device = await makeDevice(b.services);
    const first = await setUp(device);
    const { store, registry, privacy } = b.services;
    const { erasures } = privacy.erasing;
    const parts = { store, registry, vault: { ...privacy.vault, subjectsOf: () => [first.subject] } };
    const partedAt = async () =>
      (await devicesOf({ ...parts, declarations: [DECLARED] }, ACCOUNT.account))[0]?.partedAt;
    first.client.end(true);
    assert.equal(await partedAt(), undefined);
    b.clock.advance(60_000);
    const next = await setUp(device);
    assert.equal(await partedAt(), new Date(b.clock.now()).toISOString());
    assert.deepEqual((await statusesOf(first.id)).toSorted(), ['live', 'superseded']);
    await assert.rejects(connectDevice(b.services, first.identity), { code: 5 });
    // no word says that it was reset, so its place is not settled by being set up again: it says so itself
    const id = randomBytes(16).toString('base64url');
    const askedBy = { who: 'account', account: ACCOUNT.account } as const;
    const now = b.clock.now();
    await erasures.ask({ id, subjects: [first.subject], askedBy, askedAt: now, undoUntil: now });
    await erasures.goOn();
    const placeOf = async () =>
      (await erasures.find(id))?.places.find(({ place }) => place === `device:${first.id}`)?.state;
    assert.equal(await placeOf(), 'waiting');
    await next.say({ kind: 'erased-here', id });
    assert.equal(await placeOf(), 'erased');
    await next.client.endAsync(true);
  });

  it('goes-on-under-other-pseudonyms-where-it-enrols-once-more-and-nobody-has-reset-it', async () => {
    const device = await makeDevice(b.services);
    const first = await setUp(device);
    await b.services.custody.hold(first.id, 'two-places');
    assert.equal(await b.services.custody.release(first.id, 'olga'), true);
    first.client.end(true);
    const again = await setUp(device);
    await again.say({ kind: 'subject', subject: first.subject, items: ['climate'], account: ACCOUNT });
    // data under it, or under one that nobody knows of, is answered by a question alone: whoever is told `ended` erases
    for (const subject of [first.subject, randomBytes(16).toString('base64url')])
      b.services.privacy.untaken(first.id, subject);
    const told = async () => (await b.services.privacy.newsFor(first.id)).map(({ news }) => news);
    while ((await told()).length < 2) await setTimeout(5);
    assert.deepEqual(await told(), [{ kind: 'begin-anew', subject: first.subject }, { kind: 'tell-again' }]);
    // what was kept before stays its people's, with their code
    const seen = await devicesOf(
      { ...b.services, declarations: [DECLARED], vault: b.services.privacy.vault },
      ACCOUNT.account,
    );
    const { subjects } = seen.find(({ deviceId }) => deviceId === first.id) ?? assert.fail('the account has lost it');
    assert.deepEqual(subjects.toSorted(), [first.subject, again.subject].toSorted());
    // another device hears nothing of whether there is such a pseudonym
    const stranger = await setUp(await makeDevice(b.services));
    for (const subject of [first.subject, again.subject, randomBytes(16).toString('base64url')])
      await stranger.say({ kind: 'subject', subject, items: [] });
    assert.deepEqual(await b.services.privacy.newsFor(stranger.id), []);
    for (const { client } of [again, stranger]) await client.endAsync(true);
  });

  it('keeps-no-erasure-waiting-that-is-asked-for-later-and-is-confirmed-as-of-its-reset', async () => {
    const home = await setUp(await makeDevice(b.services));
    const { erasures } = b.services.privacy.erasing;
    const id = randomBytes(16).toString('base64url');
    await home.say({ kind: 'reset-here', scrap: false });
    const gone = b.clock.now();
    home.client.end(true);
    b.clock.advance(60_000);
    const now = b.clock.now();
    const askedBy = { who: 'account', account: ACCOUNT.account } as const;
    assert.notEqual(
      await erasures.ask({ id, subjects: [home.subject], askedBy, askedAt: now, undoUntil: now }),
      'refused',
    );
    await erasures.goOn();
    const [progress] = await erasures.ofSubjects([home.subject]);
    const place = progress?.places.find((each) => each.place === `device:${home.id}`);
    assert.equal(place?.state, 'erased');
    assert.ok(Date.parse(place.at) <= gone);
  });

  it('shows-who-had-it-nothing-of-who-has-it-now-nor-the-other-way-round', async () => {
    const device = await makeDevice(b.services);
    const { store, registry, privacy } = b.services;
    const parts = { store, registry, vault: privacy.vault, declarations: [DECLARED] };
    const look = async (reason: string) => {
      b.clock.advance(1000);
      const entry = { actor: 'olga', action: 'personal-data-read', subject: home.id, detail: { reason } } as const;
      await audit(store.db, b.clock.now(), entry);
      b.clock.advance(1000);
    };
    const seenBy = async (subject: string) => {
      const vault = { ...privacy.vault, subjectsOf: () => [subject] };
      const devices = await devicesOf({ ...parts, vault }, 'nobodyyy');
      return { devices, why: (await looksAt(store.db, 'nobodyyy', devices)).map(({ why }) => why) };
    };
    let home = await setUp(device);
    const first = home;
    await look('the first owner called');
    assert.equal((await seenBy(first.subject)).devices[0]?.partedAt, undefined);
    await home.say({ kind: 'reset-here', scrap: false });
    home.client.end(true);
    b.clock.advance(1000);
    home = await setUp(device);
    await look('the second owner called');
    const [before, now] = [await seenBy(first.subject), await seenBy(home.subject)];
    assert.deepEqual([before.why, now.why], [['the first owner called'], ['the second owner called']]);
    assert.ok(before.devices[0]?.partedAt !== undefined && now.devices[0]?.partedAt === undefined);
    await home.client.endAsync(true);
  });
});
