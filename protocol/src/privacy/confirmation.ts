import { Type, type Static } from 'typebox';
import { Subject } from './subjects.ts';

/**
 * What a person gets when their data is gone: a statement for each place, signed. It is made of what places said, never of
 * what was asked of them (EN 303 645 5.11-4).
 */

const strict = { additionalProperties: false } as const;
const Instant = Type.String({ maxLength: 30, description: 'ISO 8601, UTC' });

/**
 * `services`, `keys`, `backups`, `device:DEVICE_ID`, `party:ID` of the declared parties. `unreadable`: its key is destroyed,
 * its bytes are still there until a date.
 */
export const PlaceReport = Type.Object(
  {
    place: Type.String({ pattern: '^(services|keys|backups|device:[A-Za-z0-9._-]{1,64}|party:[a-z0-9-]{1,64})$' }),
    state: Type.Union([
      Type.Literal('waiting'),
      Type.Literal('failed'),
      Type.Literal('erased'),
      Type.Literal('unreadable'),
      Type.Literal('held'),
    ]),
    /** when it came to this state */
    at: Instant,
    /** until when something remains: the last backup's end, the end of a legal hold */
    until: Type.Optional(Instant),
    /** what failed, or what is held and by which law, in a few words */
    because: Type.Optional(Type.String({ maxLength: 200 })),
  },
  strict,
);
export type PlaceReport = Static<typeof PlaceReport>;

export const ErasureStatement = Type.Object(
  {
    v: Type.Literal(1),
    /** `erased`: all places confirmed; `expired`: nothing is left in backups either */
    kind: Type.Union([Type.Literal('erased'), Type.Literal('expired')]),
    id: Type.String(),
    manufacturer: Type.String(),
    product: Type.String(),
    subjects: Type.Array(Subject),
    requestedAt: Instant,
    at: Instant,
    places: Type.Array(PlaceReport),
  },
  strict,
);
export type ErasureStatement = Static<typeof ErasureStatement>;

/** The type that is signed with the statement (DSSE, github.com/secure-systems-lab/dsse, protocol.md). */
export const ERASURE_TYPE = 'application/vnd.hearthward.erasure+json';

/** A DSSE envelope, and the certificates by which its key is the manufacturer's. */
export const Confirmation = Type.Object(
  {
    payloadType: Type.Literal(ERASURE_TYPE),
    payload: Type.String({ maxLength: 65_536, description: 'JSON of an ErasureStatement, base64' }),
    signatures: Type.Array(
      Type.Object({ keyid: Type.String({ maxLength: 64 }), sig: Type.String({ maxLength: 200 }) }, strict),
      { minItems: 1, maxItems: 1 },
    ),
    /** PEM, the signer's first, up to and without the root */
    certificates: Type.Array(Type.String({ maxLength: 4_096 }), { minItems: 1, maxItems: 4 }),
  },
  strict,
);
export type Confirmation = Static<typeof Confirmation>;
