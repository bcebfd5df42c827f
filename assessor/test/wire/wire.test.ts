import assert from 'node:assert/strict';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { after, test } from 'node:test';
import { selfSigned } from '../certificate.ts';
import { createHandFor } from '../instruments.ts';
import { createHttp } from '../../src/observe/wire/http.ts';
import { createMqtt } from '../../src/observe/wire/mqtt.ts';
import { createPorts, portsOf } from '../../src/observe/wire/ports.ts';
import { createTls } from '../../src/observe/wire/tls.ts';

const identity = selfSigned();
const servers: Server[] = [];
const sockets = new Set<Socket>();
after(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
const raw = (answer: (socket: Socket) => void): Promise<number> => listen(createServer(answer));
const handFor = (scheme: 'http' | 'https' | 'mqtt' | 'mqtts', port: number) =>
  createHandFor(scheme, port, identity.certificate);

test('refuses answers that are garbage, endless, too large, slow or broken off', async () => {
  const answers: readonly [string, (socket: Socket) => void][] = [
    ['protocol', (socket) => socket.end('\u0000\u0001 what is this\r\n\r\n')],
    ['too-large', (socket) => void socket.write(`HTTP/1.1 200 OK\r\n\r\n${'a'.repeat(1_500_000)}`)],
    ['too-large', (socket) => void socket.write(`HTTP/1.1 200 OK\r\n${`x: ${'a'.repeat(1000)}\r\n`.repeat(400)}\r\n`)],
    ['timeout', () => undefined],
    ['timeout', (socket) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc')],
    ['reset', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc')],
    ['reset', (socket) => socket.destroy()],
  ];
  for (const [because, answer] of answers) {
    const http = createHttp(handFor('http', await raw((socket) => void socket.once('data', () => answer(socket)))));
    const reached = await http.request('it', { method: 'GET', path: '/' });
    assert.ok(!reached.ok, because);
    assert.equal(reached.because, because, reached.detail);
    http.close();
  }
});

test('follows no redirect, keeps no cookie, and gives every header as sent', async () => {
  let requests = '';
  const port = await raw((socket) => {
    socket.on('data', (chunk) => {
      requests += chunk.toString('latin1');
      socket.end(
        'HTTP/1.1 302 Found\r\nLocation: /else\r\nSet-Cookie: a=1\r\nSet-Cookie: b=22222222222; Path=/\r\nX-A: 1\r\nx-a: 2\r\n\r\n',
      );
    });
  });
  const http = createHttp(handFor('http', port));
  const reached = await http.request('it', {
    method: 'POST',
    path: '/x',
    headers: { Accept: 'text/html' },
    cookies: { sid: 'v' },
    body: 'é',
  });
  assert.ok(reached.ok);
  assert.equal(reached.answer.status, 302);
  assert.deepEqual(reached.answer.setCookie, ['a=1', 'b=22222222222; Path=/']);
  assert.equal(reached.answer.headers['x-a'], '1, 2');
  assert.match(requests, /^POST \/x HTTP\/1\.1\r\n[^]*cookie: sid=v\r\n[^]*content-length: 2\r\n/);
  await http.request('it', { method: 'GET', path: '/y' });
  assert.ok(!requests.slice(requests.indexOf('GET /y')).includes('cookie'));
  http.close();
});

async function tlsServer(options: Parameters<typeof createTlsServer>[0]): Promise<number> {
  const server = createTlsServer({ cert: identity.certificate, key: identity.key, ...options }, (socket) => {
    socket.on('error', () => socket.destroy());
  });
  server.on('tlsClientError', () => undefined);
  return listen(server);
}

test('sees protocol, cipher, certificate and trust of a handshake', async () => {
  const tls = createTls(handFor('https', await tlsServer({})));
  const seen = await tls.handshake('it', {});
  assert.ok(seen.ok, JSON.stringify(seen));
  assert.equal(seen.answer.protocol, 'TLSv1.3');
  assert.equal(seen.answer.trusted, true);
  assert.equal(seen.answer.clientCertificateRequested, false);
  const { certificate } = seen.answer;
  assert.deepEqual([certificate.keyType, certificate.keyBits], ['ec', 256]);
  assert.match(certificate.signatureAlgorithm, /ecdsa/i);
  assert.equal(certificate.validTo, '2099-01-01T00:00:00.000Z');
});

test('offers what is old and weak, and tells acceptance from refusal', async () => {
  const old = createTls(
    handFor('https', await tlsServer({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' })),
  );
  const accepted = await old.handshake('it', {});
  assert.ok(accepted.ok && accepted.answer.protocol === 'TLSv1.1', JSON.stringify(accepted));
  const good = createTls(handFor('https', await tlsServer({ minVersion: 'TLSv1.2' })));
  const refused = await good.handshake('it', { maxVersion: 'TLSv1.1' });
  assert.ok(!refused.ok && refused.because === 'tls', JSON.stringify(refused));
  const weak = await good.handshake('it', { maxVersion: 'TLSv1.2', ciphers: 'NULL:@SECLEVEL=0' });
  assert.ok(!weak.ok && weak.because === 'tls', JSON.stringify(weak));
});

test('sees whether a client certificate is asked for, in TLS 1.2 and 1.3, wished for or required', async () => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const required of [true, false]) {
      const port = await tlsServer({
        minVersion: version,
        maxVersion: version,
        requestCert: true,
        rejectUnauthorized: required,
      });
      const seen = await createTls(handFor('https', port)).handshake('it', {});
      const asked = seen.ok ? seen.answer.clientCertificateRequested : seen.clientCertificateRequested;
      assert.equal(asked, true, `${version} ${required} ${JSON.stringify(seen)}`);
      assert.equal(seen.ok, !required);
    }
    const none = await createTls(
      handFor('https', await tlsServer({ minVersion: version, maxVersion: version })),
    ).handshake('it', {});
    assert.ok(none.ok && !none.answer.clientCertificateRequested);
  }
});

test('speaks MQTT: accepted, refused, subscribed, acknowledged, silent', async () => {
  const port = await raw((socket) => {
    socket.on('data', (chunk) => {
      assert.ok(Buffer.isBuffer(chunk));
      const type = (chunk[0] ?? 0) >> 4;
      if (type === 1) socket.write(Buffer.from([0x20, 2, 0, chunk.includes('good-password') ? 0 : 5]));
      if (type === 8) {
        const id = chunk.subarray(2, 4);
        socket.write(Buffer.concat([Buffer.from([0x90, 3]), id, Buffer.from([chunk.includes('mine') ? 1 : 0x80])]));
        socket.write(Buffer.concat([Buffer.from([0x30, 7, 0, 4]), Buffer.from('mine'), Buffer.from('!')]));
      }
      if (type === 3) socket.write(Buffer.concat([Buffer.from([0x40, 2]), chunk.subarray(-4, -2)]));
    });
  });
  const hand = handFor('mqtt', port);
  const mqtt = createMqtt(hand);
  const left = hand.budget.failedLoginsLeft();
  const refused = await mqtt.connect('it', { user: 'u', password: 'bad-password' });
  assert.ok(refused.ok && refused.answer.returnCode === 5);
  assert.equal(hand.budget.failedLoginsLeft(), left - 1);
  const session = await mqtt.connect('it', { user: 'u', password: 'good-password' });
  assert.ok(session.ok && session.answer.returnCode === 0);
  assert.deepEqual(await session.answer.subscribe('theirs'), { granted: false });
  assert.deepEqual(await session.answer.subscribe('mine'), { granted: true });
  assert.deepEqual(await session.answer.publish('mine', 'xx'), { acknowledged: true });
  assert.deepEqual(session.answer.received().at(-1), { topic: 'mine', payload: '!' });
  await session.answer.close();
  mqtt.close();
  const other = createMqtt(handFor('mqtt', await raw((socket) => socket.write('SSH-2.0-x\r\n'))));
  const wrong = await other.connect('it', {});
  assert.ok(!wrong.ok && wrong.because === 'protocol');
  other.close();
});

test('finds the open ports of a range, and only those', async () => {
  const port = await raw((socket) => socket.end());
  const ports = createPorts(handFor('http', port), (address) => address);
  const from = Math.max(1, port - 300);
  const to = Math.min(65_535, port + 300);
  const seen = await ports.scanTcp('127.0.0.1', `${from}-${to}`);
  assert.equal(seen.scanned, to - from + 1);
  assert.ok(seen.open.includes(port));
  assert.deepEqual(portsOf('5,1-3,3-4'), [1, 2, 3, 4, 5]);
});
