import type { Subject } from '@hearthward/protocol';
import type { TakenBack } from '../channel/queue.ts';
import { isGiven } from './consents/decide.ts';
import { heldBack } from './erasure/decide.ts';
import type { PrivacyState } from './state.ts';
import { personOf, pseudonymOf, whoseIs, type Home } from './subjects/decide.ts';

/** What may leave the home now, under which names; and what of it may not any more, though it waits already. */

export interface Flows {
  /** items for which consent is given by whose data it is */
  readonly consents: ReadonlySet<string>;
  /** item -> whose */
  readonly of: Readonly<Record<string, Subject>>;
  /** items of which nothing is sent: nobody is known whose it is, or it is about to be erased */
  readonly silent: ReadonlySet<string>;
  /** pseudonyms under which anything may leave, of whoever uses the product */
  readonly known: ReadonlySet<Subject>;
}

/** @param user the account that uses the product now, whose the items of each person are */
// EN 303 645 5.11-2, 6-2, 6-3: nothing flows without a person who allows it, nor while they have it erased
export function flowsOf(state: PrivacyState, home: Home, user: string | undefined): Flows {
  const held = heldBack(state.erasures);
  const consents = new Set<string>();
  const silent = new Set<string>();
  const of: Record<string, Subject> = {};
  for (const item of home.items) {
    const account = personOf(item, state.subjects, home, user);
    const pseudonym = pseudonymOf(state.subjects, item, account);
    if (isGiven(state.consents, account, item.id)) consents.add(item.id);
    if (!pseudonym || held.has(pseudonym.subject)) silent.add(item.id);
    else of[item.id] = pseudonym.subject;
  }
  const current = state.subjects.pseudonyms.filter(({ until }) => until === undefined);
  return { consents, of, silent, known: new Set(current.map(({ subject }) => subject)) };
}

/** What is not to leave though it waits: of items that nobody allows, and of what is being erased. */
export function takenBack(state: PrivacyState, home: Home): readonly TakenBack[] {
  const fieldsOf = (id: string): readonly string[] =>
    home.fields.filter(({ personalData }) => personalData === id).map((field) => field.id);
  const { pseudonyms } = state.subjects;
  const erasing = state.erasures.filter((each) => each.state === 'erasing').flatMap(({ subjects }) => subjects);
  return home.items.flatMap((item): TakenBack[] => {
    const fields = fieldsOf(item.id);
    if (fields.length === 0) return [];
    const own = pseudonyms.filter((each) => each.items.includes(item.id) && each.of === whoseIs(item));
    const gone = own.filter(({ subject }) => erasing.includes(subject));
    const refused = own.filter(({ account }) => !isGiven(state.consents, account, item.id));
    const asked = item.legalBasis === 'consent';
    const household = whoseIs(item) === 'household';
    const resident = personOf(item, state.subjects, home, undefined);
    const isCurrent = gone.some(({ until }) => until === undefined);
    // what a version before pseudonyms has left in the queue names nobody, and is of who lives here
    if (household && ((asked && !isGiven(state.consents, resident, item.id)) || isCurrent))
      return [{ item: item.id, fields }];
    const subjects = [...gone, ...(asked ? refused : [])].map(({ subject }) => subject);
    return subjects.length > 0 ? [{ item: item.id, fields, subjects }] : [];
  });
}
