import { Type, type Static } from 'typebox';
import { AccountLink, Subject } from './subjects.ts';

/** What a device tells its services about the people whose data it keeps; topic `privacy`, at least once. */

const strict = { additionalProperties: false } as const;
const ItemId = Type.String({ pattern: '^[a-z0-9]+(-[a-z0-9]+)*$', maxLength: 64 });
const Instant = Type.String({ maxLength: 30, description: 'ISO 8601, UTC' });
export const RequestId = Type.String({ pattern: '^[A-Za-z0-9_-]{22}$' });

export const PrivacyWord = Type.Union([
  /** from now on it keeps data of these items under this pseudonym */
  Type.Object(
    {
      kind: Type.Literal('subject'),
      subject: Subject,
      items: Type.Array(ItemId, { maxItems: 64 }),
      account: Type.Optional(AccountLink),
    },
    strict,
  ),
  /** EN 303 645 6-2, 6-3; the fields of ISO/IEC TS 27560 that the declaration does not already say */
  Type.Object(
    {
      kind: Type.Literal('consent'),
      subject: Subject,
      item: ItemId,
      given: Type.Boolean(),
      by: Type.Union([Type.Literal('self'), Type.Literal('guardian')]),
      how: Type.Union([Type.Literal('set-up'), Type.Literal('privacy-page')]),
      /** version of the notice that the person had before them: SHA-256 of it, first 16 characters of lower-case hex */
      notice: Type.String({ pattern: '^[0-9a-f]{16}$' }),
      language: Type.Union([Type.Literal('en'), Type.Literal('ms')]),
      /** rises with each decision on this item under this pseudonym, on the device or elsewhere; an older one changes nothing */
      n: Type.Integer({ minimum: 1 }),
    },
    strict,
  ),
  /** EN 303 645 5.11-2: remove what the services, processors and apps have of these */
  Type.Object(
    {
      kind: Type.Literal('erase'),
      id: RequestId,
      subjects: Type.Array(Subject, { minItems: 1, maxItems: 256 }),
      /** until when the person may take it back; not after what is declared */
      undoUntil: Instant,
    },
    strict,
  ),
  /** taken back in time */
  Type.Object({ kind: Type.Literal('keep'), id: RequestId }, strict),
  /** the device has erased its part, or cannot */
  Type.Object(
    {
      kind: Type.Literal('erased-here'),
      id: RequestId,
      because: Type.Optional(Type.String({ maxLength: 64, description: 'code of what failed; absent: it is gone' })),
    },
    strict,
  ),
  /**
   * It has forgotten everybody and is as new, so this enrolment, its certificate and everything under it are over. `scrap`:
   * its owner says that nobody is to use it again.
   */
  Type.Object({ kind: Type.Literal('reset-here'), scrap: Type.Boolean() }, strict),
  /** news up to this number are known here */
  Type.Object({ kind: Type.Literal('heard'), n: Type.Integer({ minimum: 1 }) }, strict),
]);
export type PrivacyWord = Static<typeof PrivacyWord>;

export const PrivacyMessage = Type.Object(
  { v: Type.Literal(1), seq: Type.Integer({ minimum: 0 }), at: Instant, word: PrivacyWord },
  strict,
);
export type PrivacyMessage = Static<typeof PrivacyMessage>;
