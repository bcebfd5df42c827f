import { isIP } from 'node:net';
import { checkServerIdentity, connect, type ConnectionOptions, type PeerCertificate } from 'node:tls';
import type { ClientKind } from '../../model.ts';
import { WAITS, type ClientIdentity, type Hand, type ResolvedEndpoint } from './hand.ts';
import { makeStranger } from './stranger.ts';

/**
 * Whom the assessor trusts with a password: the server whose certificate leads to the file that the target names, or
 * has the fingerprint that is printed on the label; else the system's roots decide.
 */
export type Trust =
  | { readonly ok: true; readonly options: ConnectionOptions }
  | { readonly ok: false; readonly detail: string; readonly code: string };

/** Old protocols stay possible so that a weak product can be assessed at all; how weak it is, its own case says. */
export const WIDEST: ConnectionOptions = { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' };

export async function trustOf(endpoint: ResolvedEndpoint, pinned: Map<string, string>): Promise<Trust> {
  if (endpoint.fingerprint !== undefined) return pinnedTrust(endpoint, endpoint.fingerprint, pinned);
  if (endpoint.trust === undefined) return { ok: true, options: named(endpoint) };
  return {
    ok: true,
    options: { ...named(endpoint), ca: endpoint.trust, checkServerIdentity: nameWhereThereIsOne(endpoint) },
  };
}

export const targetOf = (endpoint: ResolvedEndpoint): ConnectionOptions => ({
  host: endpoint.address,
  port: endpoint.port,
  ...named(endpoint),
});

/** What a client shows of itself: a certificate of the target file, one that it made itself, or nothing. */
export function identityOf(hand: Hand, client: ClientKind | undefined): ConnectionOptions {
  const identity = shownBy(hand, client ?? 'none');
  return identity === undefined ? {} : { cert: identity.certificate, key: identity.key };
}

export function shownBy(hand: Hand, client: ClientKind): ClientIdentity | undefined {
  switch (client) {
    case 'given':
      return hand.clientIdentity;
    case 'self-signed':
      return strangerTo(hand);
    case 'for-renewal':
      return hand.renewable?.current();
    case 'replaced':
      return hand.renewable?.replaced();
    case 'none':
      return undefined;
  }
}

/** one for a run */
function strangerTo(hand: Hand): ClientIdentity {
  const made = strangers.get(hand) ?? makeStranger(hand.clientIdentity);
  strangers.set(hand, made);
  return made;
}
const strangers = new WeakMap<Hand, ClientIdentity>();

const named = (endpoint: ResolvedEndpoint): ConnectionOptions =>
  isIP(endpoint.host) === 0 ? { servername: endpoint.host } : {};

/** A device reached by address has no name to hold against; its chain alone decides. */
const nameWhereThereIsOne =
  (endpoint: ResolvedEndpoint) =>
  (_host: string, certificate: PeerCertificate): Error | undefined =>
    isIP(endpoint.host) !== 0 || endpoint.host === 'localhost'
      ? undefined
      : checkServerIdentity(endpoint.host, certificate);

async function pinnedTrust(
  endpoint: ResolvedEndpoint,
  fingerprint: string,
  pinned: Map<string, string>,
): Promise<Trust> {
  const known = pinned.get(endpoint.id);
  const pem = known ?? (await certificateAt(endpoint));
  if (typeof pem !== 'string') return { ok: false, detail: pem.message, code: pem.code };
  const options: ConnectionOptions = {
    ...named(endpoint),
    ca: pem,
    allowPartialTrustChain: true,
    checkServerIdentity: (_host: string, certificate: PeerCertificate): Error | undefined =>
      plainHex(certificate.fingerprint256) === fingerprint
        ? undefined
        : Object.assign(new Error('the certificate is not the one whose fingerprint the target file names'), {
            code: 'ERR_TLS_FINGERPRINT',
          }),
  };
  pinned.set(endpoint.id, pem);
  return { ok: true, options };
}

/** The server's certificate as PEM; nothing is sent on this connection. */
function certificateAt(
  endpoint: ResolvedEndpoint,
): Promise<string | { readonly message: string; readonly code: string }> {
  return new Promise((resolve) => {
    const socket = connect({ ...targetOf(endpoint), ...WIDEST, rejectUnauthorized: false });
    const timer = setTimeout(() => {
      socket.destroy();
      resolve({ message: 'no TLS handshake in time', code: 'ETIMEDOUT' });
    }, WAITS.connect);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      const certificate = socket.getPeerX509Certificate();
      socket.destroy();
      if (certificate === undefined)
        resolve({ message: 'the server shows no certificate', code: 'ERR_TLS_NO_CERTIFICATE' });
      else resolve(certificate.toString());
    });
    socket.once('error', (error: Error & { code?: string }) => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ message: error.message, code: error.code ?? 'EPROTO' });
    });
  });
}

export const plainHex = (fingerprint: string): string => fingerprint.replaceAll(':', '').toLowerCase();
