import { SEALING, SIGNATURES, type SealingId, type SignatureId } from './algorithms.ts';
import { inside, oid, sequence, setOf, type Element } from './der.ts';

/**
 * What the services want of a device's next key (RFC 7030, 4.5.2: CsrAttrs, base64 of DER): the kind of its operational
 * key and the hash that signs its request; and, as an object identifier of its own (RFC 5084, RFC 8103), how it shall
 * seal what it stores.
 */
export interface Wanted {
  readonly signature?: SignatureId;
  readonly sealing?: SealingId;
}

export const writeCsrAttributes = ({ signature, sealing }: Wanted): string => {
  const attributes = signature === undefined ? [] : signatureAttributes(SIGNATURES[signature].oids);
  const sealed = sealing === undefined ? [] : [oid(SEALING[sealing].oid)];
  return sequence(...attributes, ...sealed).toString('base64');
};

/** A curve is an attribute with its value (RFC 7030, 4.5.2); an algorithm without parameters is an identifier alone. */
const signatureAttributes = (oids: { key: string; curve?: string; signature: string }): readonly Buffer[] =>
  oids.curve === undefined
    ? [oid(oids.signature)]
    : [sequence(oid(oids.key), setOf(oid(oids.curve))), oid(oids.signature)];

const SEQUENCE = 0x30;
const SET = 0x31;
const OBJECT_ID = 0x06;
const MAX_BYTES = 4_096;
const MAX_ATTRIBUTES = 32;

/**
 * Hostile input: undefined where it is no CsrAttrs. What this version does not know is passed over (RFC 7030, 4.5.2 lets
 * a client do so); two wishes for one thing are none.
 */
export const readCsrAttributes = (base64: string): Wanted | undefined => {
  if (base64.length > MAX_BYTES || !/^[A-Za-z0-9+/=\s]*$/.test(base64)) return undefined;
  const attributes = inside(Buffer.from(base64, 'base64'), SEQUENCE);
  if (!attributes || attributes.length > MAX_ATTRIBUTES) return undefined;
  const named = new Set<string>();
  for (const attribute of attributes) {
    const read = namesIn(attribute);
    if (!read) return undefined;
    for (const name of read) named.add(name);
  }
  const has = (dotted: string): boolean => named.has(oid(dotted).toString('hex'));
  const signature = only(
    (Object.keys(SIGNATURES) as SignatureId[]).filter((id) => {
      const oids: { key: string; curve?: string; signature: string } = SIGNATURES[id].oids;
      return oids.curve === undefined ? has(oids.signature) : has(oids.curve);
    }),
  );
  const sealing = only((Object.keys(SEALING) as SealingId[]).filter((id) => has(SEALING[id].oid)));
  return { ...(signature ? { signature } : {}), ...(sealing ? { sealing } : {}) };
};

/** Identifiers in one AttrOrOID, in hexadecimal with tag and length. */
const namesIn = (attribute: Element): readonly string[] | undefined => {
  if (attribute.tag === OBJECT_ID) return [attribute.whole.toString('hex')];
  const [type, values, ...rest] = inside(attribute.whole, SEQUENCE) ?? [];
  if (type?.tag !== OBJECT_ID || values?.tag !== SET || rest.length > 0) return undefined;
  const within = inside(values.whole, SET);
  return within?.filter(({ tag }) => tag === OBJECT_ID).map(({ whole }) => whole.toString('hex'));
};

const only = <T>(found: readonly T[]): T | undefined => (found.length === 1 ? found[0] : undefined);
