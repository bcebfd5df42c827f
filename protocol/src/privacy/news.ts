import { Type, type Static } from 'typebox';
import { Confirmation, PlaceReport } from './confirmation.ts';
import { Subject } from './subjects.ts';
import { RequestId } from './words.ts';

/** What the services tell a device about the people whose data it keeps; topic `told`, again until it has said `heard`. */

const strict = { additionalProperties: false } as const;

export const PrivacyNews = Type.Object(
  {
    v: Type.Literal(1),
    /** counts up by one per device */
    n: Type.Integer({ minimum: 1 }),
    news: Type.Union([
      /** how far an erasure has come; a later one says all that an earlier one said */
      Type.Object(
        {
          kind: Type.Literal('erasure'),
          id: RequestId,
          subjects: Type.Array(Subject, { maxItems: 256 }),
          state: Type.Union([
            Type.Literal('undo'),
            Type.Literal('kept'),
            Type.Literal('under-way'),
            Type.Literal('erased'),
            Type.Literal('refused'),
          ]),
          places: Type.Array(PlaceReport, { maxItems: 64 }),
          confirmations: Type.Array(Confirmation, { maxItems: 2 }),
        },
        strict,
      ),
      /** asked elsewhere, by the account page or on a request: the device erases its part too, and says `erased-here` */
      Type.Object(
        { kind: Type.Literal('erase'), id: RequestId, subjects: Type.Array(Subject, { minItems: 1, maxItems: 256 }) },
        strict,
      ),
      /** withdrawn elsewhere */
      Type.Object(
        {
          kind: Type.Literal('consent'),
          subject: Subject,
          item: Type.String({ maxLength: 64 }),
          given: Type.Literal(false),
          n: Type.Integer({ minimum: 1 }),
        },
        strict,
      ),
      /** what is known of its people comes from an old copy: it says again all that holds */
      Type.Object({ kind: Type.Literal('tell-again') }, strict),
      /** this pseudonym is of an earlier enrolment of the same device, and takes nothing more: its person goes on under another */
      Type.Object({ kind: Type.Literal('begin-anew'), subject: Subject }, strict),
      /** data of somebody erased came, and was dropped: nothing under this pseudonym is taken any more */
      Type.Object({ kind: Type.Literal('ended'), subject: Subject }, strict),
    ]),
  },
  strict,
);
export type PrivacyNews = Static<typeof PrivacyNews>;
