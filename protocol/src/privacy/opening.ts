import { type KeyObject, verify } from 'node:crypto';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { SIGNATURES, SEALING_TO, type SuiteId } from '../algorithms.ts';
import { decryptWith, publicOf } from './hpke.ts';
import { boundTo, type Said, SealedParcel, sealingKeyId, senderNamed, signedText } from './sealed.ts';
import { Subject } from './subjects.ts';

/**
 * The recipient's end: what was sealed to it, opened, and held against what it has opened before. Whoever carries parcels
 * can leave some out, which shows as a gap, and nothing else: not alter, swap, repeat or reorder them, nor add any under a
 * pseudonym that is known.
 */
const strict = { additionalProperties: false } as const;
const Id = Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 64 });

/** A line of the file that the services hand to a party. */
export const SealedRecord = Type.Object(
  { v: Type.Literal(1), product: Id, item: Id, subject: Subject, parcel: SealedParcel },
  strict,
);
export type SealedRecord = Static<typeof SealedRecord>;

/** What a party has to remember: of each pseudonym who sends under it, and of each of its items the last number. */
export const SeenParcels = Type.Object(
  {
    v: Type.Literal(1),
    subjects: Type.Record(
      Subject,
      Type.Object(
        { by: Type.String({ maxLength: 64 }), last: Type.Record(Id, Type.Integer({ minimum: 1 }), strict) },
        strict,
      ),
      strict,
    ),
  },
  strict,
);
export type SeenParcels = Static<typeof SeenParcels>;
export const nothingSeen = (): SeenParcels => ({ v: 1, subjects: {} });

export type ParcelRefusal =
  | 'not-a-record'
  | 'suite-unknown'
  | 'other-key'
  | 'forged'
  | 'other-sender'
  | 'replayed'
  | 'out-of-order';
export type Opened =
  | {
      readonly ok: true;
      readonly record: SealedRecord;
      readonly said: Said;
      /** how many before it were not handed over */
      readonly missing: number;
    }
  | { readonly ok: false; readonly code: ParcelRefusal; readonly because: string };

const Inside = Type.Object(
  { text: Type.String(), by: Type.String({ maxLength: 64 }), sig: Type.String({ maxLength: 128 }) },
  strict,
);
const SaidText = Type.Object(
  {
    at: Type.String({ maxLength: 30 }),
    fields: Type.Record(Id, Type.Union([Type.Number(), Type.Boolean(), Type.String({ maxLength: 64 })]), strict),
  },
  strict,
);

/**
 * `hostile`: parsed JSON of whoever carried it. `keys`: the party's own private keys, by their ids. What opens is noted in `seen`
 * itself, since a party may know a million pseudonyms, of which each value is about one.
 */
// EN 303 645 5.8-2, G044 6.8.2: who receives can tell what its sender said from what somebody between made of it
export function openRecord(hostile: unknown, keys: ReadonlyMap<string, KeyObject>, seen: SeenParcels): Opened {
  if (!Value.Check(SealedRecord, hostile)) return refuse('not-a-record', 'it is no sealed value');
  const { subject, item, parcel } = hostile;
  if (!isSuite(parcel.suite)) return refuse('suite-unknown', `this version does not know how to open ${parcel.suite}`);
  const own = keys.get(parcel.key);
  if (!own) return refuse('other-key', `it is sealed to key ${parcel.key}, which is not here`);
  const plain = decryptWith(parcel.suite, own, boundTo(parcel, hostile), {
    enc: Buffer.from(parcel.enc, 'base64url'),
    sealed: Buffer.from(parcel.sealed, 'base64url'),
  });
  const inside = plain && insideOf(plain);
  const sender = inside && senderNamed(inside.by);
  const said = inside && sender && saidIn(inside.text);
  if (!inside || !sender || !said)
    return refuse('forged', 'it was altered, moved to another place, or not sealed so by a device');
  const { digest } = SIGNATURES.ed25519;
  if (!verify(digest, signedText(parcel, hostile, inside.text), sender, Buffer.from(inside.sig, 'base64url')))
    return refuse('forged', 'its sender did not sign it');
  const known = Object.hasOwn(seen.subjects, subject) ? seen.subjects[subject] : undefined;
  if (known && known.by !== inside.by) return refuse('other-sender', `${subject} is known to come from another sender`);
  const last = known && Object.hasOwn(known.last, item) ? (known.last[item] ?? 0) : 0;
  if (parcel.n === last) return refuse('replayed', `number ${parcel.n} of ${item} came before`);
  if (parcel.n < last) return refuse('out-of-order', `number ${parcel.n} of ${item} comes after number ${last}`);
  seen.subjects[subject] = { by: inside.by, last: { ...known?.last, [item]: parcel.n } };
  return {
    ok: true,
    record: hostile,
    said,
    missing: parcel.n - last - 1,
  };
}

/** A party's keys by the ids under which they are declared. */
export const keysById = (keys: readonly KeyObject[]): ReadonlyMap<string, KeyObject> =>
  new Map(keys.map((key) => [sealingKeyId(publicOf(key)), key]));

const isSuite = (suite: string): suite is SuiteId => Object.hasOwn(SEALING_TO, suite);

function insideOf(plain: Buffer): Static<typeof Inside> | undefined {
  if (plain.length < 4) return undefined;
  const length = plain.readUInt32BE();
  if (length > plain.length - 4 || plain.subarray(4 + length).some((byte) => byte !== 0)) return undefined;
  const value = jsonOf(plain.subarray(4, 4 + length).toString('utf8'));
  return Value.Check(Inside, value) ? value : undefined;
}

function saidIn(text: string): Said | undefined {
  const value = jsonOf(text);
  return Value.Check(SaidText, value) ? value : undefined;
}

function jsonOf(text: string): unknown {
  try {
    // boundary sealed-parcel: whoever has a party's public key -> Inside, at most PARCEL_MOST, else refused by its name;
    // protocol/test/sealed.test.ts
    return JSON.parse(text);
  } catch {
    // what is not JSON says nothing
    return undefined;
  }
}

const refuse = (code: ParcelRefusal, because: string): Opened => ({ ok: false, code, because });
