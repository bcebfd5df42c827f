import type { Settings } from '../panel/documents.ts';
import { isGiven, type ConsentsState } from './consents/decide.ts';
import type { PrivacyState } from './state.ts';
import { personOf, whoseIs, type Home } from './subjects/decide.ts';

/**
 * Versions before the records knew one answer for each item, in the settings. It is kept there as well, so that a version
 * that comes back after a failed update sends nothing that was withdrawn; and what such a version changed becomes a record.
 */

/** Of what each person decides for themselves the older version knew nothing: off is safe. */
export const consentsInSettings = (settings: Settings, state: PrivacyState, home: Home): Settings => ({
  ...settings,
  consents: Object.fromEntries(
    asked(home).map((item) => {
      const resident = personOf(item, state.subjects, home, undefined);
      return [item.id, whoseIs(item) === 'household' && isGiven(state.consents, resident, item.id)];
    }),
  ),
});

/** Answers that stand in the settings and not in the records. */
export const unrecorded = (
  settings: Settings,
  consents: ConsentsState,
  resident: string | undefined,
  home: Home,
): readonly { readonly item: string; readonly given: boolean; readonly first: boolean }[] =>
  asked(home)
    .filter((item) => whoseIs(item) === 'household' && settings.consents[item.id] !== undefined)
    .map((item) => ({
      item: item.id,
      given: settings.consents[item.id] === true,
      first: !consents.some((each) => each.account === resident && each.item === item.id),
    }))
    .filter(({ item, given, first }) => given !== isGiven(consents, resident, item) || (first && given));

const asked = ({ items }: Home) => items.filter(({ legalBasis }) => legalBasis === 'consent');
