import type { Declaration } from '@hearthward/product';

/**
 * The declared contacts as security.txt.
 * @param when `expires`: ISO 8601 instant, less than a year ahead; `site`: origin of the public pages
 * @returns RFC 9116 text, lines ended by CRLF
 */
// EN 303 645 5.2-1, G044 6.2.1: the contact, where researchers look for it
export function securityTxt(
  declaration: Declaration,
  when: { readonly expires: string; readonly site: string },
): string {
  const { disclosure, userInformation } = declaration;
  const site = when.site.replace(/\/+$/, '');
  const page = (address: string): string => (address.startsWith('/') ? site + address : address);
  const lines = [
    ...disclosure.contact.map((contact) => ['Contact', contact] as const),
    ['Expires', when.expires] as const,
    ['Preferred-Languages', disclosure.languages.join(', ')] as const,
    ['Canonical', page(userInformation.securityTxt ?? '/.well-known/security.txt')] as const,
    ['Policy', page(userInformation.disclosurePolicy)] as const,
  ];
  return lines.map(([name, value]) => `${name}: ${oneLine(value)}\r\n`).join('');
}

/** A line break in a value would begin a field of its own. */
const oneLine = (value: string): string => value.replace(/\p{Cc}+/gu, ' ').trim();
