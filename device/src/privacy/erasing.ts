import type { Erasure } from './erasure/decide.ts';
import type { Home } from './subjects/decide.ts';
import type { States } from '../panel/documents.ts';
import { decideLedger, type Recipients, sealedLine } from './ledger/decide.ts';
import { consentsInSettings } from './settings.ts';
import { decideSubjects } from './subjects/decide.ts';
import { decideConsents } from './consents/decide.ts';
import { decideErasures } from './erasure/decide.ts';
import type { Millis } from '../seams.ts';

type Touched = Pick<States, 'privacy' | 'telemetry' | 'ledger' | 'settings' | 'senders'>;

/** What a device is without a person's data: every room that had any of it, to be written at once. */
export interface Without {
  readonly states: Touched;
  /** items of which the product forgets what it was set to */
  readonly items: readonly string[];
}

/**
 * The records without what an erasure is about. What others have, and what the device is set up with, stays. Done twice it
 * changes nothing more.
 */
// EN 303 645 5.11-1, TS 103 645 4.11-1, G044 6.11.1, G045 DS-1-4: one person's data goes, the device stays as it is
export function withoutPerson(
  states: Touched,
  erasure: Erasure,
  home: Home,
  recipients: Recipients,
  now: Millis,
): Without {
  const { privacy } = states;
  const gone = privacy.subjects.pseudonyms.filter(({ subject }) => erasure.subjects.includes(subject));
  // past households have nothing here any more; what is on the device is of those in use
  const current = gone.filter(({ until }) => until === undefined);
  const items = [...new Set(current.flatMap((each) => each.items))];
  const fields = home.fields
    .filter(({ personalData }) => typeof personalData === 'string' && items.includes(personalData))
    .map(({ id }) => id);
  const subjects = decideSubjects(
    privacy.subjects,
    { kind: 'erased', subjects: erasure.subjects, ...(erasure.by === null ? {} : { codeOf: erasure.by }) },
    home,
    now,
  ).state;
  const consents = gone.reduce(
    (kept, { account, items: of }) => decideConsents(kept, { kind: 'forgotten', account, items: of }, now).state,
    privacy.consents,
  );
  const erasures = decideErasures(privacy.erasures, { kind: 'removed', id: erasure.id }, now).state;
  const next = { ...privacy, subjects, consents, erasures };
  return {
    items,
    states: {
      privacy: next,
      telemetry: {
        sent: Object.fromEntries(Object.entries(states.telemetry.sent).filter(([field]) => !fields.includes(field))),
      },
      ledger: decideLedger(
        states.ledger,
        { kind: 'forgotten', fields: [...fields, ...items.map(sealedLine)] },
        recipients,
        now,
      ),
      // what shows a party that parcels come from one sender goes with the person
      senders: states.senders.filter(({ subject }) => !erasure.subjects.includes(subject)),
      settings: consentsInSettings(states.settings, next, home),
    },
  };
}
