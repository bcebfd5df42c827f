import type { Language } from '@hearthward/standards';
import { languages } from '@hearthward/web';

/** Which language a page has: what its address asks for, else what the browser prefers, else English. */
export function languageOf(query: unknown, acceptLanguage: string | undefined): Language {
  const asked = (query as { lang?: unknown } | null)?.lang;
  return known(asked) ?? preferred(acceptLanguage ?? '') ?? 'en';
}

const known = (tag: unknown): Language | undefined => languages.find(({ id }) => id === tag)?.id;

/** RFC 9110 12.5.4; a hostile header costs no more than its first 200 characters. */
function preferred(header: string): Language | undefined {
  return header
    .slice(0, 200)
    .split(',')
    .map((part) => {
      const [tag = '', ...parameters] = part.trim().toLowerCase().split(';');
      const quality = parameters.map((p) => /^\s*q=([01](?:\.\d{0,3})?)$/.exec(p)?.[1]).find(Boolean);
      return { language: known(tag.split('-')[0]), quality: quality === undefined ? 1 : Number(quality) };
    })
    .filter(({ language, quality }) => language && quality > 0)
    .sort((a, b) => b.quality - a.quality)[0]?.language;
}
