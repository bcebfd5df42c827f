import assert from 'node:assert/strict';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { test, type TestContext } from 'node:test';
import { connect as connectTls, createServer as createTls, type ConnectionOptions } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { MASKS } from '../../src/impostor.ts';
import { choosesTls13, dataRecords } from '../../src/observe/impostor/looks.ts';
import { createImpostor } from '../../src/observe/impostor/impostor.ts';
import { wear } from '../../src/observe/impostor/masks.ts';
import type { Hand } from '../../src/observe/wire/hand.ts';
import { recordsOf } from '../../src/observe/wire/wiretap.ts';
import { selfSigned, type TestCertificate } from '../certificate.ts';
import { createHandFor } from '../instruments.ts';

/** The assessor between a device of a few lines and its service, over a redirect of a few lines. */
const listening = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

/** Passes a connection to the first of the ports at which somebody listens. */
const redirect = (ports: readonly number[]): Server =>
  createServer((socket) => {
    socket.on('error', () => socket.destroy());
    const lead = ([port, ...others]: readonly number[]): void => {
      if (port === undefined) return void socket.destroy();
      const onward = connect(port, '127.0.0.1', () => {
        socket.pipe(onward).pipe(socket);
        for (const each of [socket, onward]) each.once('close', () => [socket, onward].map((end) => end.destroy()));
        onward.off('error', next).on('error', () => socket.destroy());
      });
      const next = (): void => lead(others);
      onward.once('error', next);
    };
    lead(ports);
  });

const setting = async (t: TestContext, version: 'TLSv1.2' | 'TLSv1.3', leadsHere = true) => {
  const genuine = selfSigned('service');
  const heard: string[] = [];
  const service = createTls({ cert: genuine.certificate, key: genuine.key, maxVersion: version }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (data: Buffer) => {
      heard.push(data.toString());
      socket.write('welcome');
    });
  });
  const place = createServer();
  const here = await listening(place);
  await new Promise((done) => place.close(done));
  const served = await listening(service);
  const relay = redirect(leadsHere ? [here, served] : [served]);
  const dialled = await listening(relay);
  const sockets = new Set<Socket>();
  for (const each of [service, relay]) each.on('connection', (socket: Socket) => void sockets.add(socket));
  const hand: Hand = { ...createHandFor('mqtts', served, genuine.certificate), waits: { connect: 500, answer: 2000 } };
  const at = (port: number) => ({ address: '127.0.0.1', port });
  const impostor = createImpostor(hand, new Map([['it', { dialled: at(dialled), here: at(here) }]]));
  t.after(() => {
    impostor.close();
    for (const socket of sockets) socket.destroy();
    service.close();
    relay.close();
  });
  return { genuine, heard, impostor, dialled };
};

/** One connection of the device: what it says is what it has to say to who it believes. */
const dial = (t: TestContext, port: number, says: string, options: ConnectionOptions): void => {
  const socket = connectTls({ host: '127.0.0.1', port, ...options });
  socket.once('secureConnect', () => socket.write(says));
  socket.on('error', () => socket.destroy());
  t.after(() => socket.destroy());
};
const believing = ({ certificate }: TestCertificate): ConnectionOptions => ({ ca: certificate });
const CONNECT = '\u0010\u0010\u0000\u0004MQTT\u0004\u0002\u0000\u003c\u0000\u0004unit';

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`sees-a-device-say-nothing-to-a-false-service-and-go-on-with-the-genuine-one: ${version}`, async (t) => {
    const { genuine, heard, impostor, dialled } = await setting(t, version);
    const stood = await impostor.standIn('it');
    assert.ok(stood.ok);
    for (const mask of ['self-signed', 'foreign-authority'] as const) {
      dial(t, dialled, CONNECT, { ...believing(genuine), maxVersion: version });
      const met = await stood.standIn.meet(mask, 2000);
      assert.deepEqual([met?.outcome, met?.bytes, met?.said], ['refused', 0, '']);
    }
    dial(t, dialled, CONNECT, { ...believing(genuine), maxVersion: version });
    const led = await stood.standIn.leadOn(2000);
    assert.deepEqual([led?.wentOn, led?.stood], [true, true]);
    assert.deepEqual(heard, [CONNECT]);
    await stood.standIn.leave();
  });
  test(`sees-a-device-that-believes-anybody: ${version}`, async (t) => {
    const { impostor, dialled, heard } = await setting(t, version);
    const stood = await impostor.standIn('it');
    assert.ok(stood.ok);
    const careless = { rejectUnauthorized: false, maxVersion: version };
    dial(t, dialled, CONNECT, careless);
    const met = await stood.standIn.meet('self-signed', 2000);
    assert.deepEqual([met?.outcome, met?.bytes, met?.said], ['spoke', CONNECT.length, 'mqtt-connect']);
    dial(t, dialled, 'POST /enrol HTTP/1.1\r\n\r\n', careless);
    assert.equal((await stood.standIn.meet('foreign-authority', 2000))?.said, 'http-request');
    assert.deepEqual(heard, [], 'the service was not asked');
  });
  test(`does-not-take-a-handshake-for-a-device-that-goes-on: ${version}`, async (t) => {
    const { genuine, impostor, dialled } = await setting(t, version);
    const stood = await impostor.standIn('it');
    assert.ok(stood.ok);
    const socket = connectTls({ host: '127.0.0.1', port: dialled, ...believing(genuine), maxVersion: version });
    socket.once('secureConnect', () => setTimeout(() => socket.destroy(), 100));
    socket.on('error', () => undefined);
    assert.equal((await stood.standIn.leadOn(2000))?.wentOn, false);
  });
}

test('tells-a-connection-that-ended-with-the-answer-from-one-that-stands', async (t) => {
  const { genuine, impostor, dialled } = await setting(t, 'TLSv1.3');
  const stood = await impostor.standIn('it');
  assert.ok(stood.ok);
  const socket = connectTls({ host: '127.0.0.1', port: dialled, ...believing(genuine) });
  socket.once('secureConnect', () => socket.write(CONNECT));
  socket.once('data', () => socket.destroy());
  socket.on('error', () => undefined);
  const led = await stood.standIn.leadOn(2000);
  assert.deepEqual([led?.wentOn, led?.stood], [true, false]);
});

test('sees-a-device-that-dials-without-tls-and-one-that-does-not-dial', async (t) => {
  const { impostor, dialled } = await setting(t, 'TLSv1.3');
  const stood = await impostor.standIn('it');
  assert.ok(stood.ok);
  assert.equal(await stood.standIn.meet('self-signed', 50), undefined);
  const socket = connect(dialled, '127.0.0.1', () => socket.write(CONNECT));
  t.after(() => socket.destroy());
  const met = await stood.standIn.meet('self-signed', 2000);
  assert.deepEqual([met?.outcome, met?.said], ['plain', 'mqtt-connect']);
});

test('leaves-what-a-device-dials-to-the-service-again', async (t) => {
  const { genuine, heard, impostor, dialled } = await setting(t, 'TLSv1.3');
  const stood = await impostor.standIn('it');
  assert.ok(stood.ok);
  await stood.standIn.leave();
  await new Promise<void>((resolve) => {
    const socket = connectTls({ host: '127.0.0.1', port: dialled, ...believing(genuine) });
    socket.once('secureConnect', () => socket.write('at home'));
    socket.once('data', () => {
      socket.destroy();
      resolve();
    });
  });
  assert.deepEqual(heard, ['at home']);
});

test('does-not-stand-in-where-the-redirect-leads-elsewhere-or-none-is-given', async (t) => {
  const { impostor } = await setting(t, 'TLSv1.3', false);
  const stood = await impostor.standIn('it');
  assert.ok(!stood.ok);
  assert.match(stood.because, /does not arrive/);
  assert.deepEqual(await impostor.standIn('another'), {
    ok: false,
    because: 'the target file gives no redirect of what the device dials',
  });
});

test('wears-the-name-of-the-service-and-of-its-authority-and-nothing-else-of-them', () => {
  const genuine = selfSigned('The Authority');
  const trust = genuine.certificate;
  const hand = createHandFor('mqtts', 1, trust);
  const endpoint = hand.endpoint('it');
  assert.ok(endpoint);
  const anchor = new X509Certificate(trust);
  for (const host of ['127.0.0.1', '2001:db8::17', 'messages.example']) {
    const foreign = new X509Certificate(wear('foreign-authority', host, hand, endpoint)?.certificate ?? '');
    assert.deepEqual([foreign.issuer, foreign.verify(anchor.publicKey)], [anchor.subject, false]);
    const own = new X509Certificate(wear('self-signed', host, hand, endpoint)?.certificate ?? '');
    for (const each of [foreign, own])
      assert.ok(host.includes('example') ? each.checkHost(host) : each.checkIP(host), String(each.subjectAltName));
  }
  assert.equal(wear('misnamed', 'x', hand, endpoint), undefined, 'there is none to be had');
  const unit = selfSigned('a unit');
  const other = { ...hand, clientIdentity: unit };
  assert.equal(wear('misnamed', 'x', other, endpoint), undefined, 'another authority’s is another mask');
  assert.equal(wear('misnamed', 'x', other, { ...endpoint, trust: unit.certificate }), unit);
  assert.deepEqual(createImpostor(other, new Map()).masks('it'), MASKS.slice(0, 2));
});

test('a-handshake-in-one-record-or-in-several-is-no-data', () => {
  const record = (type: number, length: number) =>
    Buffer.concat([Buffer.from([type, 3, 3, length >> 8, length & 255]), Buffer.alloc(length)]);
  const seen = (...lengths: readonly number[]) =>
    recordsOf(Buffer.concat([record(22, 200), record(20, 1), ...lengths.map((each) => record(23, each))]));
  assert.equal(dataRecords(seen(), true), 0);
  assert.equal(dataRecords(seen(700, 95, 53), true), 0, 'certificate, proof, end');
  assert.equal(dataRecords(seen(700, 95, 69, 40), true), 1);
  assert.equal(dataRecords(seen(53, 40, 53), true), 2, 'resumed');
  assert.equal(dataRecords(seen(848), true), 0, 'all in one');
  assert.equal(dataRecords(seen(848, 40), true), 1);
  assert.equal(dataRecords(seen(40), false), 1);
  assert.equal(choosesTls13(recordsOf(record(22, 60))), false);
});
