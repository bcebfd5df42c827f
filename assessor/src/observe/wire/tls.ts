import { connect as connectTcp } from 'node:net';
import { connect as connectTls, type ConnectionOptions, type SecureVersion, type TLSSocket } from 'node:tls';
import type { Reached, TlsFacts, TlsProbe } from '../../model.ts';
import { greet } from '../raw/client-hello.ts';
import { keyFactsOf } from './key-facts.ts';
import { codeOf, oneLine, unreachable, unreachableFrom, type Hand, type ResolvedEndpoint, type Waits } from './hand.ts';
import { identityOf, plainHex, targetOf } from './trust.ts';
import { tap } from './wiretap.ts';

/**
 * One handshake, offered exactly as asked: old versions and weak ciphers too. The certificate is recorded, not
 * believed; `trusted` says what a client that checks would have said.
 */
export function createTls(hand: Hand): TlsProbe {
  return {
    handshake: async (service, options) => {
      hand.budget.spendRequest();
      const endpoint = hand.endpoint(service);
      if (endpoint === undefined) return unreachable('protocol', `the target file gives no address for ${service}`);
      return handshake(endpoint, hand.waits, {
        minVersion: version(options.minVersion, 'TLSv1'),
        maxVersion: version(options.maxVersion, 'TLSv1.3'),
        // SECLEVEL=0: OpenSSL would otherwise refuse to offer what the case wants to see refused
        ciphers: options.ciphers ?? 'ALL:@SECLEVEL=0',
        ...identityOf(hand, options.client),
      });
    },
    hello: async (service, offer) => {
      hand.budget.spendRequest();
      const endpoint = hand.endpoint(service);
      return endpoint === undefined ? undefined : greet(endpoint, offer, hand.waits);
    },
  };
}

/** In TLS 1.3 a server says only after our Finished that it wanted a certificate; this long it has to say so. */
const AFTER_FINISHED_MS = 400;

function handshake(endpoint: ResolvedEndpoint, waits: Waits, offered: ConnectionOptions): Promise<Reached<TlsFacts>> {
  return new Promise((resolve) => {
    const wire = connectTcp({ host: endpoint.address, port: endpoint.port });
    let timer = setTimeout(() => finish(unreachable('timeout', 'no connection in time')), waits.connect);
    let settled = false;
    let socket: TLSSocket | undefined;
    const finish = (result: Reached<TlsFacts>): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      socket?.destroy();
      wire.destroy();
      resolve(result);
    };
    wire.once('error', (error) => finish(unreachableFrom(error)));
    wire.once('connect', () => {
      clearTimeout(timer);
      timer = setTimeout(() => finish(unreachable('timeout', 'no TLS handshake in time')), waits.answer);
      const wiretap = tap(wire);
      let facts: TlsFacts | undefined;
      const { host: _host, port: _port, ...named } = targetOf(endpoint);
      try {
        socket = connectTls({
          ...named,
          ...trustOptions(endpoint),
          ...offered,
          socket: wiretap.stream,
          rejectUnauthorized: false,
        });
      } catch (error) {
        finish(unreachable('tls', `cannot be offered: ${oneLine(error instanceof Error ? error.message : 'unknown')}`));
        return;
      }
      const tls = socket;
      tls.on('keylog', wiretap.keylog);
      const refused = (error: unknown): void => {
        const asked = wiretap.certificateRequested(tls.getCipher()?.standardName ?? '');
        const reason = unreachableFrom(error);
        const because = reason.because === 'protocol' && codeOf(error) === '' ? 'tls' : reason.because;
        finish({ ...reason, because, ...(asked ? { clientCertificateRequested: true } : {}) });
      };
      tls.once('error', refused);
      tls.once('close', () => (facts === undefined ? refused(closed()) : finish({ ok: true, answer: facts })));
      tls.once('secureConnect', () => {
        const read = factsOf(tls, endpoint, wiretap.certificateRequested(tls.getCipher().standardName));
        if (read === undefined) {
          finish(unreachable('tls', 'the server shows no certificate'));
          return;
        }
        facts = read;
        if (!read.clientCertificateRequested || read.protocol !== 'TLSv1.3') {
          finish({ ok: true, answer: read });
          return;
        }
        clearTimeout(timer);
        timer = setTimeout(() => finish({ ok: true, answer: read }), AFTER_FINISHED_MS);
        tls.resume();
      });
    });
  });
}

const closed = (): Error =>
  Object.assign(new Error('the server closed the connection in the handshake'), { code: 'ECONNRESET' });

function version(wanted: string | undefined, otherwise: SecureVersion): SecureVersion {
  return VERSIONS.find((known) => known === wanted) ?? otherwise;
}
const VERSIONS: readonly SecureVersion[] = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

const trustOptions = (endpoint: ResolvedEndpoint): ConnectionOptions =>
  endpoint.trust === undefined ? {} : { ca: endpoint.trust, checkServerIdentity: () => undefined };

function factsOf(socket: TLSSocket, endpoint: ResolvedEndpoint, asked: boolean): TlsFacts | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const fingerprint = plainHex(certificate.fingerprint256);
  return {
    protocol: socket.getProtocol() ?? 'unknown',
    cipher: socket.getCipher().standardName,
    certificate: {
      subject: lines(certificate.subject),
      issuer: lines(certificate.issuer),
      san: certificate.subjectAltName ?? '',
      validFrom: new Date(certificate.validFrom).toISOString(),
      validTo: new Date(certificate.validTo).toISOString(),
      fingerprint256: fingerprint,
      ...keyFactsOf(certificate),
      signatureAlgorithm: certificate.signatureAlgorithm ?? 'unknown',
    },
    clientCertificateRequested: asked,
    trusted: endpoint.fingerprint === undefined ? socket.authorized : fingerprint === endpoint.fingerprint,
  };
}

const lines = (name: string | undefined): string => (name ?? '').split('\n').join(', ');
