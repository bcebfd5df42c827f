import type { Language } from '@hearthward/standards';
import en from '../../messages/en.json' with { type: 'json' };
import ms from '../../messages/ms.json' with { type: 'json' };

/** Every sentence that our pages say, by key. English is the list of keys; a test holds the others to it. */
export type MessageKey = keyof typeof en;
export type Values = Readonly<Record<string, string | number>>;

const FILES: Readonly<Record<Language, Readonly<Record<string, string>>>> = { en, ms };

/** The languages that have a message file, each named in itself. */
export const languages: readonly { readonly id: Language; readonly name: string }[] = [
  { id: 'en', name: 'English' },
  { id: 'ms', name: 'Bahasa Melayu' },
];

/**
 * One sentence, its `{placeholders}` filled.
 * @throws MessageFault code `HW_WEB_MESSAGE` where the key has no message or a placeholder has no value
 */
export function message(language: Language, key: string, values: Values = {}): string {
  const pattern = Object.hasOwn(FILES[language], key) ? FILES[language][key] : undefined;
  if (pattern === undefined) throw new MessageFault(`no message ${key} in ${language}`);
  return pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) throw new MessageFault(`message ${key} needs a value for ${name}`);
    return typeof value === 'number' ? new Intl.NumberFormat(LOCALES[language]).format(value) : value;
  });
}

/** Whether a key has a message: for callers that take keys from elsewhere. */
export const isMessageKey = (key: string): key is MessageKey => Object.hasOwn(en, key);

export class MessageFault extends Error {
  readonly code = 'HW_WEB_MESSAGE';
}

/** `message` bound to a language, with keys that the compiler checks. */
export type Speak = (key: MessageKey, values?: Values) => string;
export const speak =
  (language: Language): Speak =>
  (key, values) =>
    message(language, key, values);

export const LOCALES: Readonly<Record<Language, string>> = { en: 'en-GB', ms: 'ms-MY' };
