import type { Language } from '@hearthward/standards';
import { isMessageKey, message } from './message.ts';

/** Why a place could not erase: words for what people can do something about, else as it was told. */
export const becauseOf = (language: Language, told: string): string => {
  const key = `because.${told}`;
  return isMessageKey(key) ? message(language, key) : told;
};
