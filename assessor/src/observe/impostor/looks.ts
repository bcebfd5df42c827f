import type { TlsRecord } from '../wire/wiretap.ts';

/** What a connection under TLS looks like to whoever has no key: which records, how long (RFC 8446, 5; RFC 5246, 6.2). */
const NAMES: Readonly<Record<number, string>> = { 20: 'change of cipher', 21: 'alert', 22: 'handshake', 23: 'sealed' };
const SEALED = 23;
/** A long connection is told by how it began. */
const MOST = 64;

export const looksOf = (records: readonly TlsRecord[]): string =>
  records
    .slice(0, MOST)
    .map(({ type, body }) => `${NAMES[type] ?? `type ${type}`}, ${body.length} bytes`)
    .join('\n');

/**
 * Records of data after the client's handshake. In TLS 1.3 its last message is sealed as well, and known by its length:
 * a header, a hash, the type and the tag. Where it shares a record with others, that record is the first that is sealed.
 */
export function dataRecords(client: readonly TlsRecord[], isTls13: boolean): number {
  const sealed = client.filter(({ type }) => type === SEALED);
  if (!isTls13) return sealed.length;
  const finished = sealed.findIndex(({ body }) => FINISHED.includes(body.length));
  return Math.max(0, sealed.length - 1 - Math.max(0, finished));
}
/** RFC 8446, 4 and 5.2: 4 octets, SHA-256 or SHA-384, 1 and 16 */
const FINISHED: readonly number[] = [4 + 32 + 1 + 16, 4 + 48 + 1 + 16];

/** RFC 8446, 4.1.3 and 4.2.1: the ServerHello chooses 1.3 in an extension; up to 1.2 it has none of this number. */
export function choosesTls13(server: readonly TlsRecord[]): boolean {
  const hello = server[0]?.body;
  if (hello === undefined || hello[0] !== SERVER_HELLO) return false;
  // header 4, version 2, random 32, session id, suite 2, compression 1, length of the extensions 2
  let at = 4 + 2 + 32 + 1 + (hello[4 + 2 + 32] ?? 0) + 2 + 1 + 2;
  while (at + 4 <= hello.length) {
    if (hello.readUInt16BE(at) === SUPPORTED_VERSIONS) return true;
    at += 4 + hello.readUInt16BE(at + 2);
  }
  return false;
}
const SERVER_HELLO = 2;
const SUPPORTED_VERSIONS = 43;
