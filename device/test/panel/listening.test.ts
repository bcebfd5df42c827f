import { test } from 'node:test';
import assert from 'node:assert/strict';
import { connect as connectPlain } from 'node:net';
import { connect, type SecureVersion, type TLSSocket } from 'node:tls';
import { generateKeyPairSync } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { selfSignedCertificate } from '../../src/secrets/certificates.ts';
import { bench } from './bench.ts';

/** The panel on a real socket: what TLS and bytes that are no HTTP meet. */

function certificate(): { key: string; cert: string } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const [from, until] = [new Date(Date.UTC(2026, 0, 1)), new Date(Date.UTC(2046, 0, 1))];
  const cert = selfSignedCertificate(privateKey, { subject: { CN: 'panel' }, names: ['localhost'], from, until });
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) };
}

async function listening() {
  const device = await bench({ https: certificate() });
  await device.app.listen({ host: '127.0.0.1', port: 0 });
  return { ...device, port: (device.app.server.address() as AddressInfo).port };
}

/** What the server says to these bytes, or the code of the handshake's failure. */
function talk(
  port: number,
  bytes: string,
  options: { maxVersion?: SecureVersion; ciphers?: string } = {},
): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    // the test looks at the versions that the server takes, not at who it is
    const socket: TLSSocket = connect(
      { host: '127.0.0.1', port, rejectUnauthorized: false, minVersion: 'TLSv1', ...options },
      () => socket.end(bytes),
    );
    socket.on('data', (data) => (said += data.toString('latin1')));
    socket.on('error', (thrown: NodeJS.ErrnoException) => resolve(thrown.code ?? thrown.message));
    socket.on('close', () => resolve(said));
  });
}
const GET = 'GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n';

test('tls-older-than-declared-and-suites-without-forward-secrecy-are-refused', async (t) => {
  const { app, port } = await listening();
  t.after(() => app.close());
  assert.match(await talk(port, GET, { maxVersion: 'TLSv1.3' }), /^HTTP\/1\.1 200/);
  assert.match(await talk(port, GET, { maxVersion: 'TLSv1.2' }), /^HTTP\/1\.1 200/);
  const old = 'DEFAULT:@SECLEVEL=0';
  assert.match(await talk(port, GET, { maxVersion: 'TLSv1.1', ciphers: old }), /^(ERR_SSL|ECONNRESET)/);
  assert.match(
    await talk(port, GET, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' }),
    /^(ERR_SSL|ECONNRESET)/,
  );
});

test('bytes-that-are-no-request-get-a-bare-refusal', async (t) => {
  const { app, port } = await listening();
  t.after(() => app.close());
  const answer = await talk(port, 'NONSENSE\r\n\r\n');
  assert.equal(answer, 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
  const many = `GET /login HTTP/1.1\r\nHost: 127.0.0.1\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`;
  assert.doesNotMatch(await talk(port, many), /error|fastify|node/i);
});

test('a-name-that-is-not-ours-is-refused-and-the-address-of-the-connection-is-ours', async (t) => {
  const { app, port } = await listening();
  t.after(() => app.close());
  assert.match(await talk(port, GET.replace('127.0.0.1', 'evil.example')), /^HTTP\/1\.1 421/);
  assert.match(await talk(port, GET.replace('127.0.0.1', `127.0.0.1:${port}`)), /^HTTP\/1\.1 200/);
  assert.match(await talk(port, 'GET /login HTTP/1.1\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 400/);
});

test('plain-http-is-not-spoken', async (t) => {
  const { app, port } = await listening();
  t.after(() => app.close());
  const said = await new Promise<string>((resolve) => {
    let text = '';
    const socket = connectPlain(port, '127.0.0.1', () => socket.write(GET));
    socket.on('data', (data) => (text += data.toString('latin1')));
    socket.on('error', () => resolve(text));
    socket.on('close', () => resolve(text));
  });
  assert.doesNotMatch(said, /200|location/i);
});
