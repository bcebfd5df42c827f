import type { TLSSocket } from 'node:tls';
import { Type, type Static, type TSchema } from 'typebox';
import { Value } from 'typebox/value';

/**
 * The manufacturer's check of one device, because its owner asked (docs/decisions/0057). Two requests over one connection of
 * TLS 1.3 on which both sides have shown their certificates: the device has itself challenged, then states what it is,
 * signed by its initial identity; the services answer with what they hold against it.
 */
export const SETUP_CHECK_PATHS = {
  challenge: '/.well-known/hearthward/setup-check/challenge',
  statement: '/.well-known/hearthward/setup-check/statement',
} as const;

/** Neither side reads more of the other's. */
export const MAX_SETUP_CHECK_BYTES = 16_384;
/** How long a challenge holds, in milliseconds. */
export const CHALLENGE_LASTS = 60_000;
/** How often one device is checked within an hour; both sides count. */
export const CHECKS_PER_HOUR = 30;

const strict = { additionalProperties: false } as const;
/** 256 random bits, base64url */
const Nonce = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' });
/** milliseconds since the epoch */
const Moment = Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 });
const Word = Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 64 });

export const SetupChallenge = Type.Object({ v: Type.Literal(1), nonce: Nonce, at: Moment }, strict);
export type SetupChallenge = Static<typeof SetupChallenge>;

/** One thing that was looked at. `about`: a version, a day, a count of seconds, or the word of a setting */
export const SetupFinding = Type.Object(
  { code: Word, good: Type.Boolean(), about: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9.:-]{1,40}$' })) },
  strict,
);
export type SetupFinding = Static<typeof SetupFinding>;

/** What a device says of itself; of its people nothing but whether settings are as they were delivered or safer. */
export const SetupStatement = Type.Object(
  {
    v: Type.Literal(1),
    device: Type.String({ maxLength: 128 }),
    /** the services' challenge */
    nonce: Nonce,
    /** the device's own: the answer repeats it */
    ask: Nonce,
    /** what both ends of this connection and nobody else can compute (RFC 9266), base64url */
    channel: Nonce,
    at: Moment,
    version: Type.String({ maxLength: 40 }),
    integrity: Type.Union([Type.Literal('whole'), Type.Literal('altered'), Type.Literal('unknown')]),
    /** what the device's own end of the connection is */
    tls: Type.Object(
      {
        version: Type.String({ maxLength: 16 }),
        suite: Type.String({ maxLength: 64 }),
        group: Type.String({ maxLength: 64 }),
      },
      strict,
    ),
    /** its self-check, by name */
    settings: Type.Array(Type.Object({ code: Word, good: Type.Boolean() }, strict), { maxItems: 32 }),
  },
  strict,
);
export type SetupStatement = Static<typeof SetupStatement>;

export const SignedSetupStatement = Type.Object(
  {
    v: Type.Literal(1),
    /** JSON of a `SetupStatement`, as it was signed */
    statement: Type.String({ maxLength: 4_096 }),
    /** base64url; ECDSA as (r, s) side by side */
    signature: Type.String({ maxLength: 256 }),
    /** the initial identity, DER in base64 */
    certificate: Type.String({ maxLength: 4_096 }),
  },
  strict,
);
export type SignedSetupStatement = Static<typeof SignedSetupStatement>;

export const SetupAnswer = Type.Object(
  {
    v: Type.Literal(1),
    /** the device's own, and the SHA-256 of the statement that is answered, lower-case hex */
    ask: Nonce,
    statement: Type.String({ pattern: '^[0-9a-f]{64}$' }),
    at: Moment,
    verdict: Type.Union([Type.Literal('well'), Type.Literal('attention')]),
    findings: Type.Array(SetupFinding, { minItems: 1, maxItems: 64 }),
  },
  strict,
);
export type SetupAnswer = Static<typeof SetupAnswer>;

/** Nothing else that an identity signs begins like this. */
export const SETUP_STATEMENT = 'hearthward setup check 1\n';

// boundary setup-challenge: the services, whoever speaks in their name -> SetupChallenge, at most MAX_SETUP_CHECK_BYTES, else services-refused;
// protocol/test/setup-check.test.ts
export const readSetupChallenge = (text: string): SetupChallenge | undefined => reading(SetupChallenge, text);
// boundary setup-statement-signed: who has a certificate of our authorities -> SignedSetupStatement, at most MAX_SETUP_CHECK_BYTES, else a problem document;
// protocol/test/setup-check.test.ts
export const readSignedStatement = (text: string): SignedSetupStatement | undefined =>
  reading(SignedSetupStatement, text);
// boundary setup-statement: core, whoever has taken it over, or who has the device's keys -> SetupStatement, at most 4,096 characters, else refused;
// protocol/test/setup-check.test.ts
export const readSetupStatement = (text: string): SetupStatement | undefined => reading(SetupStatement, text);
// boundary setup-answer: the services, whoever speaks in their name -> SetupAnswer, at most MAX_SETUP_CHECK_BYTES, else told as no answer;
// protocol/test/setup-check.test.ts
export const readSetupAnswer = (text: string): SetupAnswer | undefined => reading(SetupAnswer, text);

/** Hostile text as a message of `schema`; undefined where it is none. */
function reading<Schema extends TSchema>(schema: Schema, text: string): Static<Schema> | undefined {
  try {
    // no boundary: each reader above says whose text it is
    const value: unknown = JSON.parse(text);
    return Value.Check(schema, value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** RFC 9266: the same at both ends of one connection of TLS 1.3, and at those of no other. */
export const channelBindingOf = (tls: TLSSocket): string =>
  tls.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0)).toString('base64url');
