import type { Twin } from '../twin.ts';
import { ACCESS_TWINS, ACCOUNT_TWINS, SESSION_TWINS } from './access.ts';
import { CHANNEL_TWINS } from './channel.ts';
import { DATA_TWINS } from './data.ts';
import { EXPOSURE_TWINS } from './exposure.ts';
import { KEY_TWINS } from './keys.ts';
import { PAGES_TWINS } from './pages.ts';

/** Every twin; one at least for every case that decides automatically. */
export const TWINS: readonly Twin[] = [
  ...ACCESS_TWINS,
  ...ACCOUNT_TWINS,
  ...SESSION_TWINS,
  ...CHANNEL_TWINS,
  ...EXPOSURE_TWINS,
  ...PAGES_TWINS,
  ...DATA_TWINS,
  ...KEY_TWINS,
];

/** Cases that the hub gives nothing to try, with the reason; their own tests hold that they can fail. */
export const WITHOUT_TWIN: Readonly<Record<string, string>> = {
  'identity-tamper-resistance': 'the hub keeps its identity in software and declares no hardware element',
  'replacement-information': 'asked only of constrained products whose software cannot be updated',
  'sensitive-data-in-transit': 'the hub declares no sensitive personal data',
};
