import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { afterEach, describe, test } from 'node:test';
import declaration from '@hearthward/example-hub';
import { readCertsOnly } from '../../src/channel/certs-only.ts';
import { openClock } from '../../src/channel/clock/clock.ts';
import { openChannel, type Channel } from '../../src/channel/channel.ts';
import { createOutbound } from '../../src/exposure/outbound.ts';
import { openSoftwareSigner } from '../../src/processes/signer.ts';
import { connectSigner, serveSigner } from '../../src/secrets/remote.ts';
import { certsOnly, makeAuthority } from '../stand-in/authority.ts';
import { DEVICE_ID, manufactured, temporaryFolder } from '../stand-in/factory.ts';
import { memoryStore } from '../stand-in/memory.ts';
import { startServices, type Services } from '../stand-in/services.ts';

const closers: (() => unknown)[] = [];

describe('the channel to the services', () => {
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  interface Line {
    readonly channel: Channel;
    readonly services: Services;
    /** kinds that were recorded, with their details */
    readonly recorded: [string, unknown][];
    /** resolves once the kind is recorded */
    readonly until: (kind: string) => Promise<void>;
  }

  const line = async (options: Parameters<typeof startServices>[0] = {}): Promise<Line> => {
    const folder = await temporaryFolder();
    closers.push(folder.remove);
    const services = await startServices(options);
    closers.push(services.close);
    const bundle = await manufactured(folder.path, { authority: services.authority, services: services.urls });
    const [core, holder] = duplexPair();
    const holding = openSoftwareSigner(folder.path);
    serveSigner(holding, holder);
    const signer = connectSigner(core);
    closers.push(holding.close, signer.close);
    const recorded: [string, unknown][] = [];
    const store = memoryStore();
    let heard = Promise.withResolvers<void>();
    const channel = openChannel({
      store,
      clock: openClock({ store, system: { now: () => Date.now() }, madeAt: bundle.madeAt, setBack: () => undefined }),
      signer,
      outbound: createOutbound(declaration, bundle.services, () => false),
      deviceId: bundle.deviceId,
      record: (kind, detail) => {
        recorded.push([kind, detail]);
        heard.resolve();
        heard = Promise.withResolvers();
      },
      fault: (thrown) => recorded.push(['fault', thrown]),
      draw: () => 0,
    });
    closers.push(channel.close);
    const until = async (kind: string): Promise<void> => {
      while (!recorded.some(([each]) => each === kind)) await heard.promise;
    };
    return { channel, services, recorded, until };
  };

  test('a device in its factory state says nothing to anyone', async () => {
    const { channel, services, recorded } = await line();
    await channel.start(false);
    await channel.say('telemetry', { v: 1, at: '2026-01-01T00:00:00Z', fields: { temperature: 20 } });
    await channel.close();
    assert.deepEqual([services.enrolments, services.messages, recorded], [[], [], []]);
  });

  test('it enrols as its initial identity, connects as its operational one, and delivers over a lost connection', async () => {
    const { channel, services, recorded, until } = await line();
    await channel.start(false);
    await channel.initialised();
    await channel.say('telemetry', { v: 1, at: '2026-01-01T00:00:00Z', fields: { temperature: 20 } });
    const first = await services.message('/telemetry');
    assert.deepEqual(services.enrolments, [{ by: DEVICE_ID, path: '/.well-known/est/simpleenroll' }]);
    assert.deepEqual(first, {
      by: DEVICE_ID,
      topic: `hearthward/1/${DEVICE_ID}/telemetry`,
      body: { v: 1, seq: 0, at: '2026-01-01T00:00:00Z', fields: { temperature: 20 } },
    });
    services.dropConnections();
    await until('channel-down');
    await channel.say('events', { v: 1, at: '2026-01-01T00:00:01Z', kind: 'enrolled', detail: {} });
    assert.equal(((await services.message('/events')).body as { seq: number }).seq, 1);
    assert.equal(services.enrolments.length, 1, 'the certificate serves again');
    assert.deepEqual(services.handshakes, ['full', 'resumed'], 'the second connection costs no full handshake');
    assert.deepEqual(
      recorded.map(([kind]) => kind),
      ['enrolled', 'channel-up', 'channel-down', 'channel-up'],
    );
  });

  test('refuses services that the anchors do not vouch for', async () => {
    const { channel, services, recorded, until } = await line({ serverAuthority: makeAuthority('Test Root') });
    await channel.start(false);
    await channel.initialised();
    await until('channel-down');
    assert.deepEqual([services.enrolments, channel.isConnected()], [[], false]);
    assert.deepEqual(recorded, [['channel-down', { because: 'enrol', reason: 'peer-untrusted' }]]);
  });

  test('refuses a certificate that names another device', async () => {
    const { channel, services, recorded, until } = await line({ issueTo: 'd0c0ffee99' });
    await channel.start(false);
    await channel.initialised();
    await until('channel-down');
    assert.equal(services.enrolments.length, 1);
    assert.deepEqual(recorded, [['channel-down', { because: 'enrol', reason: 'services-refused' }]]);
  });

  test('reads certificates, and nothing that only looks like them', () => {
    const { certificate } = makeAuthority('Test Root');
    const good = certsOnly([certificate]);
    assert.equal(readCertsOnly(good)?.[0]?.toString(), certificate);
    assert.equal(readCertsOnly(good.subarray(0, good.length - 1)), undefined);
    assert.equal(readCertsOnly(Buffer.concat([good, Buffer.of(0)])), undefined);
    assert.equal(readCertsOnly(Buffer.alloc(0)), undefined);
    assert.equal(readCertsOnly(certsOnly([])), undefined);
    for (let at = 0; at < 40; at++) {
      const altered = Buffer.from(good);
      altered[at] = (altered[at] ?? 0) ^ 0xff;
      assert.doesNotThrow(() => readCertsOnly(altered), `byte ${at}`);
    }
  });
});
