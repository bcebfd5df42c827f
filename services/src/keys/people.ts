import type { KeyEntry } from '@hearthward/protocol';
import type { ServiceKeyId, ServiceOwner } from './register.ts';

/** What lets people in: operators to the console, and whoever has an account code to their own page. */
export const PEOPLE_KEYS: readonly KeyEntry<ServiceKeyId, ServiceOwner>[] = [
  {
    id: 'operator-password',
    use: 'password-hash',
    purpose: 'lets one operator into the console',
    labels: [],
    owner: 'operators',
    releasedTo: 'its operator, once',
    kept: 'the store has an argon2id record',
    made: 'when the account is made, 80 bits of the system’s generator',
    rotation: { how: 'a new one is shown once, and every session ends', asked: 'by an operator alone' },
    destroyed: 'its record is overwritten by that of its successor',
  },
  {
    id: 'operator-browser',
    use: 'mac',
    purpose: 'recognises the browsers that an operator came in with',
    labels: ['known device 1'],
    owner: 'operators',
    releasedTo: 'nobody',
    kept: 'nowhere: made from the password’s record',
    made: 'with the password',
    rotation: { how: 'ends with the password', asked: 'by an operator alone' },
    destroyed: 'with the password’s record',
  },
  {
    id: 'operator-session',
    use: 'digest',
    purpose: 'is one session of the console',
    labels: [],
    owner: 'operators',
    releasedTo: 'the operator’s browser',
    kept: 'the store has its digest',
    made: 'at each sign-in, 256 bits of the system’s generator',
    rotation: {
      how: 'ends after eight hours, after a quarter of an hour alone, or at sign-out',
      everyDays: 1,
      asked: 'by an operator too',
    },
    destroyed: 'its row is deleted',
  },
  {
    id: 'account-session',
    use: 'digest',
    purpose: 'is one session of a person on their own page',
    labels: [],
    owner: 'privacy',
    releasedTo: 'the person’s browser',
    kept: 'the store has its digest',
    made: 'when the account code is typed, 256 bits of the system’s generator',
    rotation: {
      how: 'ends after an hour, after a quarter of an hour alone, or at sign-out',
      everyDays: 1,
      asked: 'by nobody',
    },
    destroyed: 'its row is deleted',
  },
];
