import { createHash, verify, X509Certificate } from 'node:crypto';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Printed } from './printing.ts';

/**
 * What a person was given to show that their data is gone: a DSSE envelope (DSSE 1.0, protocol.md) whose payload is JSON with
 * the places that erased, and the certificates of who signed it. Read as hostile: nothing of it counts before its signature.
 */
export const Envelope = Type.Object({
  payloadType: Type.String({ maxLength: 200 }),
  payload: Type.String({ maxLength: 1_000_000 }),
  signatures: Type.Array(Type.Object({ keyid: Type.Optional(Type.String()), sig: Type.String({ maxLength: 4096 }) }), {
    minItems: 1,
    maxItems: 8,
  }),
  certificates: Type.Array(Type.String({ maxLength: 16_384 }), { minItems: 1, maxItems: 8 }),
});
export const Statement = Type.Object({
  places: Type.Array(
    Type.Object({
      place: Type.String({ maxLength: 100 }),
      state: Type.String({ maxLength: 40 }),
      until: Type.Optional(Type.String({ maxLength: 40 })),
      because: Type.Optional(Type.String({ maxLength: 400 })),
    }),
    { maxItems: 256 },
  ),
});
export type Statement = Static<typeof Statement>;

export type ReadConfirmation =
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly because: string }
  | {
      readonly kind: 'read';
      /** it was signed with the key of the first certificate */
      readonly signed: boolean;
      /** its certificates lead to a root of the target file */
      readonly ofTheRoots: boolean;
      readonly places: Statement['places'];
      /** SHA-256 of the payload, by which one is told from another */
      readonly digest: string;
    };

export function confirmationIn(printed: Printed, roots: string, now: number): ReadConfirmation {
  if (!printed.ok) return { kind: 'unreadable', because: printed.because };
  if (printed.text.trim() === '') return { kind: 'none' };
  const envelope = jsonIn(printed.text);
  if (!Value.Check(Envelope, envelope))
    return { kind: 'unreadable', because: 'it is no DSSE envelope with certificates' };
  const payload = Buffer.from(envelope.payload, 'base64');
  const statement = jsonIn(payload.toString('utf8'));
  if (!Value.Check(Statement, statement))
    return { kind: 'unreadable', because: 'it does not say which places have erased' };
  const chain = certificatesIn(envelope.certificates);
  const anchors = certificatesIn(roots.match(PEM) ?? []);
  return {
    kind: 'read',
    signed:
      chain[0] !== undefined && envelope.signatures.some(({ sig }) => isSignedBy(chain[0], envelope, payload, sig)),
    ofTheRoots: chain[0] !== undefined && leadsTo(chain[0], chain.slice(1), anchors, now),
    places: statement.places,
    digest: createHash('sha256').update(payload).digest('hex'),
  };
}
const PEM = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

function isSignedBy(
  certificate: X509Certificate | undefined,
  { payloadType }: Static<typeof Envelope>,
  payload: Buffer,
  signature: string,
): boolean {
  if (certificate === undefined) return false;
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  const signed = Buffer.concat([Buffer.from(head), payload]);
  const bytes = Buffer.from(signature, 'base64');
  const key = certificate.publicKey;
  // Ed25519 and Ed448 have their digest in them
  const digests = key.asymmetricKeyType?.startsWith('ed') === true ? [null] : ['sha256', 'sha384', 'sha512'];
  return digests.some((digest) => verify(digest, signed, key, bytes));
}

function leadsTo(
  from: X509Certificate,
  others: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  now: number,
): boolean {
  const isOf = (issuer: X509Certificate): boolean =>
    issuer.ca &&
    from.checkIssued(issuer) &&
    from.verify(issuer.publicKey) &&
    issuer.validFromDate.getTime() <= now &&
    now <= issuer.validToDate.getTime();
  if (roots.some(isOf)) return true;
  return others.some((next, at) => isOf(next) && leadsTo(next, others.toSpliced(at, 1), roots, now));
}

function certificatesIn(pems: readonly string[]): readonly X509Certificate[] {
  try {
    return pems.map((pem) => new X509Certificate(pem));
  } catch {
    // what is no certificate leads nowhere
    return [];
  }
}

function jsonIn(text: string): unknown {
  try {
    // boundary seen-confirmation: whoever confirms that data is gone -> Envelope, at most MOST_PRINTED, else seen as unreadable;
    // assessor/test/cases/privacy/confirmation.test.ts
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
