import { PrivacyWord } from '@hearthward/protocol';
import { Type, type Static } from 'typebox';
import { ConsentsState } from './consents/decide.ts';
import { ErasuresState } from './erasure/decide.ts';
import { NOBODY, SubjectsState } from './subjects/decide.ts';

/** What the device knows of whose data it keeps: one document, so that no power cut leaves halves of a change. */
export const PrivacyState = Type.Object(
  {
    subjects: SubjectsState,
    consents: ConsentsState,
    erasures: ErasuresState,
    /** words that the channel does not have yet, oldest first */
    owed: Type.Array(PrivacyWord),
    /** number of the last news that was carried out */
    heard: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
);
export type PrivacyState = Static<typeof PrivacyState>;
export const NOTHING_KNOWN: PrivacyState = { subjects: NOBODY, consents: [], erasures: [], owed: [], heard: 0 };
