import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { after, test } from 'node:test';
import { selfSigned } from '../certificate.ts';
import { createHandFor } from '../instruments.ts';
import { createHttp } from '../../src/observe/wire/http.ts';
import { createMqtt } from '../../src/observe/wire/mqtt.ts';
import { makeStranger } from '../../src/observe/wire/stranger.ts';
import { createTls } from '../../src/observe/wire/tls.ts';

const server = selfSigned();
const member = selfSigned('member');
const given = { certificate: member.certificate, key: member.key };
const servers: Server[] = [];
after(() => {
  for (const each of servers) each.close();
});

const listen = async (each: Server): Promise<number> => {
  servers.push(each);
  await new Promise<void>((resolve) => each.listen(0, '127.0.0.1', resolve));
  return (each.address() as AddressInfo).port;
};
const credentials = { key: server.key, cert: server.certificate, requestCert: true };
const handFor = (scheme: 'https' | 'mqtts', port: number) => ({
  ...createHandFor(scheme, port, server.certificate),
  clientIdentity: given,
});

test('a-stranger-bears-the-name-of-the-certificate-given-and-vouches-for-itself', () => {
  const made = new X509Certificate(makeStranger(given).certificate);
  assert.equal(made.subject, 'CN=member');
  assert.equal(made.issuer, made.subject);
  assert.equal(made.verify(made.publicKey), true);
  assert.ok(made.validFromDate.getTime() < Date.now() && made.validToDate.getTime() > Date.now());
  assert.equal(new X509Certificate(makeStranger(undefined).certificate).subject, 'CN=stranger');
});

test('a-service-that-demands-its-own-certificates-lets-in-no-stranger', async () => {
  const strict = createServer({ ...credentials, ca: member.certificate, rejectUnauthorized: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => socket.write(Buffer.from([0x20, 2, 0, 0])));
  });
  const hand = handFor('mqtts', await listen(strict));
  const refused = await createTls(hand).handshake('it', { client: 'none' });
  assert.ok(!refused.ok && refused.clientCertificateRequested === true);
  const mqtt = createMqtt(hand);
  // some servers look at the certificate only after the handshake: what counts is whether they answer
  const stranger = await mqtt.connect('it', { client: 'self-signed' });
  assert.ok(!stranger.ok && ['reset', 'tls'].includes(stranger.because));
  const known = await mqtt.connect('it', { client: 'given' });
  assert.ok(known.ok && known.answer.returnCode === 0);
  mqtt.close();
});

test('http-shows-the-certificate-that-is-asked-for-and-no-other', async () => {
  const seen = createHttpsServer({ ...credentials, rejectUnauthorized: false }, (request, answer) => {
    const certificate = (request.socket as TLSSocket).getPeerX509Certificate();
    answer.end(certificate ? certificate.fingerprint256 : 'none');
  });
  const http = createHttp(handFor('https', await listen(seen)));
  const answers: string[] = [];
  for (const client of ['none', 'self-signed', 'given', 'self-signed', 'none'] as const) {
    const reached = await http.request('it', { method: 'GET', path: '/', client });
    assert.ok(reached.ok);
    answers.push(reached.answer.body);
  }
  http.close();
  const [none, stranger, member256] = answers;
  assert.equal(none, 'none');
  assert.equal(member256, new X509Certificate(given.certificate).fingerprint256);
  assert.notEqual(stranger, member256);
  assert.deepEqual(answers.slice(3), [stranger, 'none'], 'one stranger for a run');
});

test('reads-an-answer-to-connect-that-comes-byte-by-byte', async () => {
  const slow = createServer({ ...credentials, rejectUnauthorized: false }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      for (const [at, byte] of [0x20, 2, 0, 5].entries()) setTimeout(() => socket.write(Buffer.from([byte])), at * 5);
    });
  });
  const port = await listen(slow);
  const mqtt = createMqtt(handFor('mqtts', port));
  const reached = await mqtt.connect('it', { client: 'given' });
  assert.ok(reached.ok);
  assert.equal(reached.answer.returnCode, 5);
  await reached.answer.close();
  mqtt.close();
});
