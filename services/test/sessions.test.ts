import assert from 'node:assert/strict';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { MqttClient } from 'mqtt';
import { keyFor, newTicketKey, rotate, ROTATED_EVERY, SESSION_LASTS, type TicketKey } from '../src/bus/tickets.ts';
import { DAY } from '../src/clock.ts';
import { bench, enrol, makeDevice, type ClientIdentity, type TestBench } from './bench.ts';

/** Node's own TLS compares with real time: the services begin 89.8 days before it, so that a certificate ends just now. */
const BEHIND = 89.8;

describe('rotation of ticket keys', () => {
  it('never lets a key open for longer than its last ticket lives, and always has a young one', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 3 * SESSION_LASTS }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, (pauses) => {
        let now = 1_800_000_000_000;
        let keys: readonly TicketKey[] = [];
        for (const pause of pauses) {
          now += pause;
          keys = rotate(keys, newTicketKey(now), now);
          assert.ok(keys[0] && now - keys[0].madeAt < ROTATED_EVERY);
          assert.ok(keys.every((key) => now - key.madeAt < ROTATED_EVERY + SESSION_LASTS));
          assert.ok(keys.length <= 1 + (ROTATED_EVERY + SESSION_LASTS) / ROTATED_EVERY);
          assert.equal(keyFor(keys, keys.at(-1)?.name ?? Buffer.alloc(0)), keys.at(-1));
        }
      }),
    );
  });
  it('begins anew where the clock went back', () => {
    const [first] = rotate([], newTicketKey(2000), 2000);
    const keys = rotate(first ? [first] : [], newTicketKey(1000), 1000);
    assert.deepEqual(
      keys.map(({ madeAt }) => madeAt),
      [1000],
    );
  });
});

describe('a device that comes back with a session', { timeout: 400_000 }, () => {
  let made: TestBench;
  beforeEach(async () => (made = await bench(undefined, BEHIND)));
  afterEach(() => made.end());

  /** One connection: how its handshake went, its MQTT answer, and the session for the next. */
  const come = async (identity: ClientIdentity, session?: Buffer) => {
    const { port } = made.services.addresses.mqtts;
    const socket: TLSSocket = connect({
      host: '127.0.0.1',
      port,
      ca: made.services.anchorsPem,
      ...identity,
      ...(session ? { session } : {}),
    });
    let next: Buffer | undefined;
    socket.on('session', (given: Buffer) => (next = given));
    socket.on('error', () => undefined);
    const closed = once(socket, 'close');
    await once(socket, 'secureConnect');
    const resumed = socket.isSessionReused();
    const client = new MqttClient(() => socket, { clientId: 'any', reconnectPeriod: 0, protocolVersion: 4 });
    client.on('error', () => undefined);
    const connected = await Promise.race([
      new Promise<boolean>((resolve) => client.once('connect', () => resolve(true))),
      closed.then(() => false),
    ]);
    client.end(true);
    await closed;
    return { resumed, connected, session: next ?? Buffer.alloc(0) };
  };

  it('is recognised by the certificate of its first handshake, and gets a new ticket each time', async () => {
    const identity = await enrol(made.services, await makeDevice(made.services));
    const first = await come(identity);
    assert.deepEqual([first.resumed, first.connected], [false, true]);
    const second = await come(identity, first.session);
    assert.deepEqual([second.resumed, second.connected], [true, true]);
    assert.notDeepEqual(second.session, first.session);
    made.clock.advance(ROTATED_EVERY + 1000);
    const third = await come(identity, second.session);
    assert.deepEqual([third.resumed, third.connected], [true, true], 'the key before still opens');
    made.clock.advance(ROTATED_EVERY + SESSION_LASTS);
    const late = await come(identity, third.session);
    assert.deepEqual([late.resumed, late.connected], [false, true], 'its key is gone: a full handshake');
  });

  it('refuses a revoked device although it has a ticket', async () => {
    const device = await makeDevice(made.services);
    const identity = await enrol(made.services, device);
    const { session } = await come(identity);
    assert.equal(await made.services.custody.revoke(device.bundle.deviceId, 'tester'), true);
    const back = await come(identity, session);
    assert.deepEqual([back.resumed, back.connected], [true, false]);
    const events = await made.services.store.db
      .selectFrom('events')
      .select('kind')
      .where('device_id', '=', device.bundle.deviceId)
      .execute();
    assert.ok(events.some(({ kind }) => kind === 'ended-certificate-used'));
  });

  it('takes a made-up ticket for none, and goes on serving', async () => {
    const identity = await enrol(made.services, await makeDevice(made.services));
    const { session } = await come(identity);
    const forged = Buffer.from(session);
    // the name of the key stands in the ticket; whatever is altered, the ticket is worth nothing
    for (let at = 200; at < forged.length - 100; at += 7) forged[at] = (forged[at] ?? 0) ^ 0xff;
    const back = await come(identity, forged).catch(() => undefined);
    assert.notEqual(back?.resumed, true);
    assert.equal((await come(identity)).connected, true);
  });

  it('refuses a session whose certificate has ended since', async () => {
    const identity = await enrol(made.services, await makeDevice(made.services));
    made.clock.advance((BEHIND - 0.05) * DAY);
    const first = await come(identity);
    assert.deepEqual([first.resumed, first.connected], [false, true]);
    // beyond the 90 days of the certificate, well within those of the ticket
    made.clock.advance(0.4 * DAY);
    const back = await come(identity, first.session);
    assert.deepEqual([back.resumed, back.connected], [true, false]);
  });
});
