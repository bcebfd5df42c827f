import { isIP } from 'node:net';
import type { LogServer } from './decide.ts';

/** What an owner typed; undefined where it is no place and no fingerprint. Colons and capitals are as people copy them. */
export const logServerOf = (typed: {
  readonly host: string;
  readonly port: number;
  readonly fingerprint: string;
}): LogServer | undefined => {
  const host = typed.host
    .trim()
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
  const fingerprint = typed.fingerprint.replaceAll(/[\s:]/g, '').toLowerCase();
  const isPlace = isIP(host) !== 0 || (host.length <= 253 && NAME.test(host));
  if (!isPlace || !FINGERPRINT.test(fingerprint)) return undefined;
  return { host, port: typed.port, fingerprint };
};
/** RFC 1123, 2.1; without a digit at its end it is no address that was typed wrong. */
const NAME = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?\.?$/;
const FINGERPRINT = /^[0-9a-f]{64}$/;
