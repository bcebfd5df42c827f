import type { Language } from '@hearthward/standards';
import { message } from '@hearthward/web';
import type { SecurityEvent } from '../seams.ts';

/** What an event says to the people of the home; every kind of the catalogue has its message, in every language. */
export const textOf = (event: SecurityEvent, language: Language): string => message(language, `event.${event.kind}`);
