import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import declaration from '@hearthward/example-hub';
import { openClock } from '../../src/channel/clock/clock.ts';
import { openChannel } from '../../src/channel/channel.ts';
import { clientTls, type ClientTls } from '../../src/channel/secured.ts';
import { createOutbound } from '../../src/exposure/outbound.ts';
import { openSoftwareSigner } from '../../src/processes/signer.ts';
import type { StateStore } from '../../src/seams.ts';
import { makeAuthority, newKeyPair, type Authority } from '../stand-in/authority.ts';
import { manufactured, temporaryFolder } from '../stand-in/factory.ts';
import { memoryStore } from '../stand-in/memory.ts';
import { startServices } from '../stand-in/services.ts';

/** Somebody stands where the manufacturer's services should: the device says nothing to them, and says that it did not. */

const closers: (() => unknown)[] = [];

describe('impostors of the services', () => {
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  const HOUR = 3_600_000;
  const hours = (count: number): Date => new Date(Date.now() + count * HOUR);
  type Shown = (genuine: Authority) => { readonly key: string | Buffer; readonly cert: string };
  const shown =
    (about: Partial<Parameters<Authority['issue']>[0]>, by?: Authority): Shown =>
    (genuine) => {
      const { pem, publicKey } = newKeyPair();
      return { key: pem, cert: (by ?? genuine).issue({ name: 'services.test', publicKey, server: true, ...about }) };
    };
  const vouchesForItself: Shown = () => {
    const { pem, privateKey, publicKey } = newKeyPair();
    return { key: pem, cert: makeAuthority('services.test', { privateKey, publicKey }).certificate };
  };

  const IMPOSTORS: readonly (readonly [string, Shown, string])[] = [
    ['a wrong root', shown({}, makeAuthority('Test Root')), 'peer-untrusted'],
    ['the right root and a wrong name', shown({ address: [127, 0, 0, 2] }), 'peer-misnamed'],
    ['a certificate that has ended', shown({ from: hours(-3), until: hours(-1) }), 'peer-expired'],
    ['a certificate that is not good yet', shown({ from: hours(1) }), 'peer-not-yet-valid'],
    ['a certificate that vouches for itself', vouchesForItself, 'peer-untrusted'],
  ];

  /** A device whose enrolment is genuine unless `at` says otherwise; `floor` is what it has been vouched for before. */
  const approach = async (given: {
    readonly at: 'enrolment' | 'messages';
    readonly shows?: Shown;
    readonly store?: StateStore;
    readonly options?: ClientTls;
  }) => {
    const folder = await temporaryFolder();
    closers.push(folder.remove);
    const authority = makeAuthority('Test Root');
    const shows = given.shows ? { [given.at]: given.shows(authority) } : {};
    const services = await startServices({ authority, shows });
    closers.push(services.close);
    const bundle = await manufactured(folder.path, { authority, services: services.urls });
    const signer = openSoftwareSigner(folder.path, undefined, { clientTls: given.options });
    closers.push(signer.close);
    const store = given.store ?? memoryStore();
    const recorded: [string, unknown][] = [];
    const ended = Promise.withResolvers<void>();
    const channel = openChannel({
      store,
      clock: openClock({ store, system: { now: () => Date.now() }, madeAt: bundle.madeAt, setBack: () => undefined }),
      signer,
      outbound: createOutbound(declaration, bundle.services, () => false),
      deviceId: bundle.deviceId,
      ...(given.options ? { clientTls: given.options } : {}),
      record: (kind, detail) => {
        recorded.push([kind, detail]);
        if (kind !== 'enrolled') ended.resolve();
      },
      fault: (thrown) => ended.reject(thrown),
      draw: () => 0,
    });
    closers.push(channel.close);
    await channel.start(false);
    await channel.initialised();
    await channel.say('telemetry', { v: 1, at: '2026-01-01T00:00:00Z', fields: { temperature: 20 } });
    await ended.promise;
    const down = recorded.find(([kind]) => kind === 'channel-down')?.[1];
    return { services, channel, recorded, down };
  };

  for (const at of ['enrolment', 'messages'] as const) {
    describe(`in place of ${at}`, () => {
      for (const [what, shows, reason] of IMPOSTORS) {
        test(`refuses ${what}, says so, and sends it nothing`, async () => {
          const { services, channel, down } = await approach({ at, shows });
          assert.deepEqual(down, { because: at === 'enrolment' ? 'enrol' : 'connect', reason });
          assert.deepEqual([channel.isConnected(), services.heard[at], services.messages], [false, 0, []]);
        });
      }
      test('refuses a certificate that ended before the floor, although the system’s clock says otherwise', async () => {
        const store = memoryStore();
        store.write('clock', { floor: Date.now() + 3 * HOUR, behind: false });
        const { services, down } = await approach({ at, store, shows: shown({ until: hours(2) }) });
        assert.deepEqual(down, { because: at === 'enrolment' ? 'enrol' : 'connect', reason: 'peer-expired' });
        assert.equal(services.heard[at], 0);
      });
    });
  }

  test('believes who is certified by its roots under the right name and in time', async () => {
    const { services, recorded } = await approach({ at: 'messages', shows: shown({}) });
    assert.deepEqual(
      recorded.map(([kind]) => kind),
      ['enrolled', 'channel-up'],
    );
    assert.ok(services.heard.messages > 0);
  });

  test('a device that believes anybody is one part away: the refusal is the part’s', async () => {
    const options: ClientTls = (anchors, now) => ({ ...clientTls(anchors, now), rejectUnauthorized: false });
    const { services } = await approach({ at: 'messages', shows: vouchesForItself, options });
    assert.ok(services.heard.messages > 0);
  });

  test('speaks TLS 1.3 alone, and never before the handshake is over', () => {
    // 0-RTT data could be replayed (RFC 8446, 8); Node offers none, and nothing of ours asks for it
    const { minVersion, maxVersion } = clientTls([], Date.parse('2026-01-01'));
    assert.deepEqual([minVersion, maxVersion], ['TLSv1.3', 'TLSv1.3']);
    assert.equal(clientTls([], 0).rejectUnauthorized, true);
  });
});
