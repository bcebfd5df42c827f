import type { Declaration } from '@hearthward/product';

/** What the tables have in English alone and people read, in Malay. */
export const translations: NonNullable<Declaration['translations']> = {
  ms: {
    'household observation': 'pemerhatian di rumah',
    'the hub at home': 'hab di rumah',
    'a light blinks once when the window opens or closes': 'lampu berkelip sekali apabila tingkap dibuka atau ditutup',
    'the light blinks five times': 'lampu berkelip lima kali',
  },
};
