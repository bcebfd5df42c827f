import { createHash, verify as verifies, X509Certificate } from 'node:crypto';
import { Value } from 'typebox/value';
import { DIGESTS, signatureOf, SIGNATURES, statusOf } from '../algorithms.ts';
import { Confirmation, ERASURE_TYPE, ErasureStatement } from './confirmation.ts';

/**
 * Whether a confirmation is the manufacturer's, and says what a confirmation must say: whoever holds the roots can find out
 * without asking anybody. In four steps: it is an envelope of this type; its certificates lead to a root, each in its time
 * when it was signed, the first for documents alone; its key signed exactly this payload; and every place has settled.
 */
export type Verified =
  | {
      readonly ok: true;
      readonly statement: ErasureStatement;
      /** of the certificate that signed, as it names itself, and its serial number in lower-case hex */
      readonly signer: { readonly subject: string; readonly serial: string };
    }
  | { readonly ok: false; readonly code: ConfirmationRefusal; readonly because: string };
export type ConfirmationRefusal =
  | 'not-an-envelope'
  | 'other-type'
  | 'not-a-certificate'
  | 'not-of-the-roots'
  | 'other-purpose'
  | 'not-in-its-time'
  | 'other-key'
  | 'signature-wrong'
  | 'not-a-statement'
  | 'not-settled';

/** id-kp-documentSigning (RFC 9336): a key for this, and for no connection. */
export const DOCUMENT_SIGNING = '1.3.6.1.5.5.7.3.36';

/** What is signed: the type and the exact bytes of the payload, with their lengths (DSSE 1.0, protocol.md, PAE). */
export function preAuthentication(type: string, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${Buffer.byteLength(type)} ${type} ${payload.length} `), payload]);
}

/** SHA-256 of the key's SPKI, lower-case hex: how an envelope names the key that signed it. */
export const keyIdOf = (spki: Uint8Array): string => createHash(DIGESTS.sha256.digest).update(spki).digest('hex');

/**
 * `hostile`: parsed JSON of anybody. `roots`: PEM of the manufacturer's roots, as its services publish them and a device has
 * them from its factory.
 */
// EN 303 645 5.11-4, TS 103 645 4.11-3, G044 6.11.4: who was erased can tell a true confirmation from words
export function verifyConfirmation(hostile: unknown, roots: readonly string[]): Verified {
  const type = typeof hostile === 'object' && hostile !== null && 'payloadType' in hostile ? hostile.payloadType : '';
  if (typeof type === 'string' && type !== '' && type !== ERASURE_TYPE)
    return refuse('other-type', `it is signed as ${type.slice(0, 80)}, which is no confirmation of an erasure`);
  if (!Value.Check(Confirmation, hostile)) return refuse('not-an-envelope', 'it is no confirmation of an erasure');
  const payload = bytesOf(hostile.payload);
  const [signature] = hostile.signatures;
  const sig = signature && bytesOf(signature.sig);
  if (!payload || !signature || !sig) return refuse('not-an-envelope', 'it is not written as an envelope is');
  const chain = certificatesIn(hostile.certificates);
  const anchors = certificatesIn(roots);
  if (!chain || !anchors)
    return refuse('not-a-certificate', 'one of its certificates, or of the roots, cannot be read');
  const [signer] = chain;
  if (!signer || !leadsTo(chain, anchors))
    return refuse('not-of-the-roots', 'its certificate does not lead to a root of this manufacturer');
  if (signer.ca || signer.keyUsage?.length !== 1 || signer.keyUsage[0] !== DOCUMENT_SIGNING)
    return refuse('other-purpose', 'the manufacturer gave its key for another purpose');
  const key = signer.publicKey;
  if (signature.keyid !== keyIdOf(key.export({ type: 'spki', format: 'der' })))
    return refuse('other-key', 'it names another key than that of its certificate');
  const algorithm = signatureOf(key.asymmetricKeyType, key.asymmetricKeyDetails?.namedCurve);
  if (!algorithm || !verifies(SIGNATURES[algorithm].digest, preAuthentication(ERASURE_TYPE, payload), key, sig))
    return refuse('signature-wrong', 'its signature is not of this text');
  const statement = statementIn(payload);
  if (!statement) return refuse('not-a-statement', 'what is signed does not say what was erased');
  const at = Date.parse(statement.at);
  if (![...chain].every((each) => isInTime(each, at)) || statusOf('signature', algorithm, at) === 'refused')
    return refuse('not-in-its-time', `its certificate did not hold on ${statement.at.slice(0, 10)}`);
  const because = whyNotSettled(statement);
  if (because) return refuse('not-settled', because);
  const { subject, serialNumber } = signer;
  return { ok: true, statement, signer: { subject, serial: serialNumber.toLowerCase() } };
}

/** What a true statement has, whoever signed it; undefined where nothing is wrong. */
export function whyNotSettled({ kind, places }: ErasureStatement): string | undefined {
  for (const name of ['keys', 'services', 'backups'])
    if (!places.some(({ place }) => place === name)) return `it says nothing of ${name}`;
  const open = places.find(({ state }) => state === 'waiting' || state === 'failed');
  if (open) return `${open.place} has not erased yet`;
  const left = places.find(({ state }) => state !== 'erased');
  if (kind === 'expired' && left) return `${left.place} still has something`;
  const vague = places.find(({ state, until }) => state === 'unreadable' && until === undefined);
  return vague && `it does not say until when ${vague.place} has something`;
}

const refuse = (code: ConfirmationRefusal, because: string): Verified => ({ ok: false, code, because });

/** From the signer up: each signed by an authority that follows it, the last by a root. */
function leadsTo(chain: readonly X509Certificate[], roots: readonly X509Certificate[]): boolean {
  const [signer, ...rest] = chain;
  if (!signer) return false;
  if (roots.some((root) => isOf(signer, root))) return true;
  const [next] = rest;
  return next !== undefined && isOf(signer, next) && leadsTo(rest, roots);
}

const isOf = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

const isInTime = ({ validFromDate, validToDate }: X509Certificate, at: number): boolean =>
  validFromDate.getTime() <= at && at <= validToDate.getTime();

function certificatesIn(pems: readonly string[]): readonly X509Certificate[] | undefined {
  try {
    return pems.map((pem) => new X509Certificate(pem));
  } catch {
    // no certificate
    return undefined;
  }
}

/** One way to spell each byte: another text would have the same signature. */
function bytesOf(base64: string): Buffer | undefined {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.toString('base64') === base64 ? bytes : undefined;
}

function statementIn(payload: Buffer): ErasureStatement | undefined {
  try {
    // boundary erasure-statement: whoever hands over a confirmation -> ErasureStatement, at most 48 KiB, as the envelope bounds it, else refused;
    // services/test/privacy/confirmations.test.ts
    const value: unknown = JSON.parse(payload.toString('utf8'));
    return Value.Check(ErasureStatement, value) ? value : undefined;
  } catch {
    // what is not JSON says nothing
    return undefined;
  }
}
