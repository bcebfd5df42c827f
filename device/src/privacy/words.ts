import type { PersonalData } from '@hearthward/product';
import type { PrivacyMessage, PrivacyWord } from '@hearthward/protocol';
import type { Message } from '../channel/decide.ts';
import type { ConsentRecord } from './consents/decide.ts';
import type { Erasure } from './erasure/decide.ts';
import type { PrivacyState } from './state.ts';
import { pseudonymOf, type Pseudonym } from './subjects/decide.ts';

/** What of the device's state the services are told, in their words. Said twice, each of them changes nothing. */

/** How many words wait for the channel at most; the newest say what the older ones said, and a start says all of it anew. */
const OWED = 512;

export const owing = (state: PrivacyState, words: readonly PrivacyWord[]): PrivacyState =>
  words.length === 0 ? state : { ...state, owed: [...state.owed, ...words].slice(-OWED) };

/** A pseudonym, and what its person has decided about the items under it. */
export function wordsOf(pseudonym: Pseudonym, state: PrivacyState, items: readonly PersonalData[]): PrivacyWord[] {
  const account = state.subjects.codes[pseudonym.account];
  return [
    { kind: 'subject', subject: pseudonym.subject, items: pseudonym.items, ...(account ? { account } : {}) },
    ...state.consents
      .filter((record) => record.account === pseudonym.account && pseudonym.items.includes(record.item))
      .flatMap((record) => wordOf(record, state, items)),
  ];
}

/** Under the pseudonym in use; nothing where there is none yet, or where the services decided it themselves. */
export function wordOf(record: ConsentRecord, state: PrivacyState, items: readonly PersonalData[]): PrivacyWord[] {
  const item = items.find(({ id }) => id === record.item);
  const pseudonym = item && pseudonymOf(state.subjects, item, record.account);
  const { account: _whose, at: _when, how, ...told } = record;
  return pseudonym && how !== 'elsewhere' ? [{ kind: 'consent', subject: pseudonym.subject, how, ...told }] : [];
}

export const wordOfErasure = ({ id, subjects, undoUntil }: Erasure): PrivacyWord => ({
  kind: 'erase',
  id,
  subjects,
  undoUntil: new Date(undoUntil).toISOString(),
});

/** Everything that holds now: what was told may not have come through, or to another enrolment. */
export const allWords = (state: PrivacyState, items: readonly PersonalData[]): PrivacyWord[] => [
  ...state.subjects.pseudonyms
    .filter(({ until }) => until === undefined)
    .flatMap((pseudonym) => wordsOf(pseudonym, state, items)),
  ...state.erasures.filter((each) => each.told && each.by !== null && UNFINISHED.has(each.state)).map(wordOfErasure),
  ...state.erasures
    .filter((each) => each.told && each.state === 'waiting')
    .map(({ id }): PrivacyWord => ({ kind: 'erased-here', id })),
];

/** Without those that wait for the services already: a device that starts often, with nobody to hear it, fills no queue. */
export const notWaiting = (words: readonly PrivacyWord[], queue: readonly Message[]): PrivacyWord[] => {
  const waiting = new Set(
    queue
      .filter(({ topic }) => topic === 'privacy')
      // no boundary: the device's own message
      .map(({ payload }) => JSON.stringify((JSON.parse(payload) as PrivacyMessage).word)),
  );
  return words.filter((word) => !waiting.has(JSON.stringify(word)));
};

const UNFINISHED: ReadonlySet<Erasure['state']> = new Set(['undo', 'erasing', 'scrubbing', 'waiting']);
