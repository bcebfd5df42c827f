import type { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { checkServerIdentity, connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { tlsParameters } from '@hearthward/protocol';
import { DeviceFault } from '../driver/faults.ts';
import type { Millis } from '../seams.ts';
import { unreachable } from '../secrets/remote.ts';
import { timeOf } from './clock/clock.ts';
import type { SessionTicket } from './tickets.ts';

/** A part: how the device's own end of a connection to the manufacturer's services is set. */
// EN 303 645 5.5-1, 5.5-6, 5.5-7, TS 103 645 4.5-1, G045 AU-3-2, DS-1-1, DS-1-2: TLS 1.3, the manufacturer's roots alone, the server's name checked
export const clientTls = (anchors: readonly string[], now: Millis): ConnectionOptions => ({
  ...tlsParameters('TLSv1_3', now),
  ca: [...anchors],
  rejectUnauthorized: true,
  checkServerIdentity,
});
export type ClientTls = typeof clientTls;

export interface Secured {
  readonly tls: TLSSocket;
  /** what the server showed, its own certificate first; a resumed session shows nothing */
  readonly chain: readonly X509Certificate[];
}

/**
 * TLS over `carrier`, the server certified, and the device where `as` is given. It resolves once the server has been believed; until then nothing but the
 * handshake has been written. Faults: peer-untrusted, peer-misnamed, peer-expired, peer-not-yet-valid, services-refused,
 * services-unreachable.
 */
export const connectSecured = (given: {
  readonly carrier: Duplex;
  readonly target: URL;
  readonly anchors: readonly string[];
  /** absent where the services let everybody in, as those of public files do */
  readonly as?: { readonly key: string | Buffer; readonly certificates: readonly string[] };
  /** the floored clock: what expiry is compared with, besides OpenSSL's own check by the system's clock */
  readonly now: () => Millis;
  readonly withinMillis: number;
  readonly options?: ClientTls;
  readonly ticket?: SessionTicket | undefined;
  /** `chain` is undefined where the session was itself resumed */
  readonly onTicket?: (session: Buffer, chain: readonly X509Certificate[] | undefined) => void;
}): Promise<Secured> =>
  new Promise((resolve, reject) => {
    const { carrier, target, anchors, as, ticket, onTicket } = given;
    const host = target.hostname.replace(/^\[(.*)\]$/, '$1');
    const tls = connect({
      ...(given.options ?? clientTls)(anchors, given.now()),
      socket: carrier,
      host,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(as ? { key: as.key, cert: as.certificates.join('\n') } : {}),
      ...(ticket ? { session: ticket.session } : {}),
    });
    ticket?.session.fill(0);
    const refuse = (fault: DeviceFault): void => {
      tls.destroy();
      reject(fault);
    };
    tls.setTimeout(given.withinMillis, () => refuse(faultOf(new Error('no answer in time'))));
    let believed: readonly X509Certificate[] | undefined;
    // RFC 8446, 4.6.1: tickets come after the handshake; one of a server that is not believed is dropped
    if (onTicket) tls.on('session', (session) => believed && onTicket(session, resumed() ? undefined : believed));
    const resumed = (): boolean => ticket !== undefined && tls.isSessionReused();
    tls.once('secureConnect', () => {
      const chain = chainOf(tls);
      if (chain.length === 0 && !resumed()) return refuse(peerFault('peer-untrusted'));
      // OpenSSL compared with the system's clock, which can be set back; and not at all where a session was resumed.
      const until = resumed() ? (ticket?.until ?? 0) : timeOf(chain).until;
      if (until < given.now()) return refuse(peerFault('peer-expired'));
      tls.setTimeout(0);
      believed = chain;
      return resolve({ tls, chain });
    });
    tls.on('error', (cause) => refuse(faultOf(cause)));
    carrier.on('error', (cause) => refuse(faultOf(cause)));
    // The reason, where TLS has one, is told a moment after its carrier has closed.
    carrier.once('close', () => setImmediate(refuse, faultOf(new Error('the connection was closed'))));
  });

/** The certificates as the server showed them, without the root. */
const chainOf = (tls: TLSSocket): readonly X509Certificate[] => {
  const chain: X509Certificate[] = [];
  let each = tls.getPeerX509Certificate();
  while (each && !chain.some(({ fingerprint256 }) => fingerprint256 === each?.fingerprint256)) {
    chain.push(each);
    each = each.issuerCertificate;
  }
  return chain;
};

/** OpenSSL's reasons, as Node names them (doc/api/tls.md, "X509 certificate error codes"). */
const REASONS: Readonly<Record<string, PeerRefusal>> = {
  CERT_HAS_EXPIRED: 'peer-expired',
  CERT_NOT_YET_VALID: 'peer-not-yet-valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'peer-misnamed',
};
const UNTRUSTED =
  /^(?:DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|CERT_|INVALID_|PATH_LENGTH|ERROR_IN_CERT|CRL_|ERR_TLS_CERT|HOSTNAME_MISMATCH)/;

/** One of a closed set, whatever OpenSSL or the system called it; texts of theirs may carry addresses. */
const faultOf = (cause: unknown): DeviceFault => {
  const { code } = cause as { readonly code?: unknown };
  const name = typeof code === 'string' ? code : '';
  const reason = Object.hasOwn(REASONS, name) ? REASONS[name] : undefined;
  if (reason) return peerFault(reason, cause);
  if (UNTRUSTED.test(name)) return peerFault('peer-untrusted', cause);
  // An alert of the other end: it is there, and does not want this device.
  if (/ALERT/.test(name)) return servicesRefused('a TLS alert', cause);
  return unreachable(cause);
};

const BECAUSE = {
  'peer-untrusted': 'is not certified by the manufacturer’s roots',
  'peer-misnamed': 'is certified under another name',
  'peer-expired': 'shows a certificate that has ended',
  'peer-not-yet-valid': 'shows a certificate that is not good yet',
} as const;
type PeerRefusal = keyof typeof BECAUSE;

const peerFault = (code: PeerRefusal, cause?: unknown): DeviceFault =>
  new DeviceFault(
    code,
    `What answers in place of the manufacturer’s services ${BECAUSE[code]}`,
    code === 'peer-not-yet-valid'
      ? 'Check the device’s clock.'
      : 'Check the network; the device tries again by itself.',
    cause,
  );

export const servicesRefused = (what: string, cause?: unknown): DeviceFault =>
  new DeviceFault(
    'services-refused',
    `The manufacturer’s services answered with ${what}`,
    'The device tries again by itself; ask the manufacturer if it stays.',
    cause,
  );
