import { createSecureContext, createServer, type SecureContextOptions, type TLSSocket } from 'node:tls';
import type { Met } from '../../impostor.ts';
import { codeOf, type ClientIdentity } from '../wire/hand.ts';
import { tap } from '../wire/wiretap.ts';
import type { Visitor } from './door.ts';
import { looksOf } from './looks.ts';

/**
 * A false service answers one connection: a whole TLS handshake with the certificate given, and then silence. What the
 * device sends after it was meant for the genuine one; it is counted, told apart by its first octets, and not kept.
 */
export function meet(
  { socket, first }: Visitor,
  shown: (host: string | undefined) => ClientIdentity,
  withinMs: number,
): Promise<Omit<Met, 'blob'> & { readonly looks: string }> {
  return new Promise((resolve) => {
    if (first[0] !== HANDSHAKE_RECORD) {
      socket.destroy();
      resolve({ outcome: 'plain', bytes: first.length, said: saidBy(first), looks: 'not TLS' });
      return;
    }
    const wiretap = tap(socket);
    const finish = (outcome: Met['outcome'], more: Partial<Met> = {}): void => {
      clearTimeout(timer);
      resolve({ outcome, bytes: 0, said: '', ...more, looks: looksOf(wiretap.records()) });
      socket.destroy();
    };
    const timer = setTimeout(() => finish('stayed'), withinMs);
    const plain = shown(undefined);
    const server = createServer({
      ...WIDEST,
      key: plain.key,
      cert: plain.certificate,
      requestCert: true,
      rejectUnauthorized: false,
      SNICallback: (host, done) => {
        const { key, certificate } = shown(host);
        done(null, createSecureContext({ ...WIDEST, key, cert: certificate }));
      },
    });
    server.once('tlsClientError', (error) => finish('refused', alertIn(error)));
    server.once('secureConnection', (tls: TLSSocket) => {
      tls.once('data', (data: Buffer) => finish('spoke', { bytes: data.length, said: saidBy(data) }));
      tls.once('error', (error) => finish('refused', alertIn(error)));
      tls.once('close', () => finish('refused'));
    });
    server.emit('connection', wiretap.stream);
  });
}

const HANDSHAKE_RECORD = 22;
/** Whom the device believes is what is looked for, not what it can speak. */
const WIDEST: SecureContextOptions = { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' };

/** OpenSSL tells the alert by its name, with its number in the text. */
function alertIn(error: Error): { readonly alert?: number } {
  const number = /alert number (\d+)/.exec(error.message)?.[1];
  if (number !== undefined) return { alert: Number(number) };
  return codeOf(error).endsWith('_UNKNOWN_CA') ? { alert: UNKNOWN_CA } : {};
}
const UNKNOWN_CA = 48;

/** MQTT 3.1.1, 2.2 and 3.1: CONNECT is type 1, and names its protocol; RFC 9112, 3: a request line. */
function saidBy(data: Buffer): Met['said'] {
  const text = data.toString('latin1');
  if (data[0] === 0x10 && /^.{2,7}MQ(?:TT|Isdp)/s.test(text)) return 'mqtt-connect';
  return /^[A-Z]{3,16} \S+ HTTP\/|^PRI \* HTTP\/2/.test(text) ? 'http-request' : 'other';
}
