import type { Declaration } from '@hearthward/product';
import type { Language } from '@hearthward/standards';
import { Type } from 'typebox';
import type { Clock } from '../clock.ts';
import { sealedToName } from '../privacy/account/holdings.ts';
import type { Privacy } from '../privacy/privacy.ts';
import type { Store } from '../store/open.ts';
import { personalSeriesOf, type Series } from '../telemetry/queries.ts';
import { audit } from './audit.ts';
import { Reason } from './form.ts';

/** An operator reads what belongs to people: once, for a reason, and it is on record before anything is read. */
export type PersonalReading = Pick<Privacy, 'vault' | 'data'>;

export const PersonalForm = Type.Object({ reason: Reason });

// EN 303 645 5.8-1, 6-1, G045 DS-1-4, PL-4-1: no personal data is read by a person without who and why
export async function readPersonal(
  { store, clock, privacy }: { readonly store: Store; readonly clock: Clock; readonly privacy: PersonalReading },
  wanted: {
    readonly deviceId: string;
    readonly declaration: Declaration;
    readonly since: number;
    readonly most: number;
  },
  { operator, reason }: { readonly operator: string; readonly reason: string },
): Promise<readonly Series[]> {
  const { deviceId, declaration, since, most } = wanted;
  const items = declaration.telemetryData.flatMap(({ personalData }) => (personalData === false ? [] : [personalData]));
  await audit(store.db, clock.now(), {
    actor: operator,
    action: 'personal-data-read',
    subject: deviceId,
    detail: { reason, items: [...new Set(items)].sort().join(' '), since },
  });
  return personalSeriesOf(privacy, deviceId, declaration, since, most);
}

/** Items that nobody here can read, with who can. */
export const sealedIn = (
  declaration: Declaration,
  language: Language,
): readonly { readonly item: string; readonly party: string }[] =>
  declaration.personalData.flatMap((item) => {
    const party = sealedToName(declaration, item);
    return party === undefined ? [] : [{ item: item.name[language] ?? item.name.en, party }];
  });
