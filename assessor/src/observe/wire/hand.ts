import type { Unreachable } from '../../model.ts';
import type { Budget } from '../budget.ts';
import type { Redactor } from '../redaction/redact.ts';

/** An endpoint of the target file with its files read and its name resolved: the address is what is connected to. */
export interface ResolvedEndpoint {
  readonly id: string;
  readonly scheme: 'http' | 'https' | 'mqtt' | 'mqtts';
  readonly host: string;
  /** IP address that `host` resolved to when the target file was read, so that a name cannot move later */
  readonly address: string;
  readonly port: number;
  /** PEM of the certificates that the server's must lead to; the system's roots where absent */
  readonly trust?: string;
  /** SHA-256 of the server's certificate, lower-case hex */
  readonly fingerprint?: string;
}

export interface ClientIdentity {
  readonly certificate: string;
  readonly key: string;
}

/** The identity of another unit, which a case may renew: what it is now, and what it was before. */
export interface Renewable {
  readonly current: () => ClientIdentity;
  readonly replaced: () => ClientIdentity | undefined;
  /** the one before is `replaced` from now on; kept where the target file gave it, as its device would have done */
  readonly replace: (next: ClientIdentity) => void;
}

/** What all probes share: where things are, what may be spent, where evidence goes. */
export interface Hand {
  readonly endpoint: (service: string) => ResolvedEndpoint | undefined;
  readonly clientIdentity: ClientIdentity | undefined;
  readonly renewable?: Renewable;
  readonly budget: Budget;
  readonly redactor: Redactor;
  /** keeps bytes as evidence after redaction; returns the digest */
  readonly keep: (bytes: Uint8Array | string) => string;
  readonly waits: Waits;
}

/** How long a target may take, in milliseconds. */
export interface Waits {
  readonly connect: number;
  readonly answer: number;
}

/** Long enough for a slow device, short enough that a hanging one is noticed within one case. */
export const WAITS: Waits = { connect: 3000, answer: 8000 };
export const LARGEST_ANSWER = 1024 * 1024;

export const unreachable = (because: Unreachable['because'], detail: string): Unreachable => ({
  ok: false,
  because,
  detail,
});

/** Turns what the socket threw into one of the closed reasons. */
export function unreachableFrom(error: unknown): Unreachable {
  const code = codeOf(error);
  const message = error instanceof Error ? oneLine(error.message) : 'unknown failure';
  if (code === 'ECONNREFUSED' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH')
    return unreachable('refused', message);
  if (code === 'ETIMEDOUT') return unreachable('timeout', message);
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED') return unreachable('reset', message);
  if (code === 'HPE_HEADER_OVERFLOW') return unreachable('too-large', message);
  if (TLS_CODE.test(code)) return unreachable('tls', `${message} (${code})`);
  return unreachable('protocol', code === '' ? message : `${message} (${code})`);
}

const TLS_CODE =
  /^(ERR_SSL|ERR_TLS|ERR_OSSL|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|ERROR_IN_CERT|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH|CRL_|AUTHORITY_)/;

export function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 300);
