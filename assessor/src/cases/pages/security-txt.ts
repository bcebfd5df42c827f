import type { Declaration } from '@hearthward/product';
import { fail, pass, type Part, type Reading } from '../access/evidence.ts';
import type { Page } from './reading.ts';

/** RFC 9116, as far as a single file shows it. Pure. */
export interface SecurityTxt {
  readonly fields: readonly { readonly name: string; readonly value: string }[];
}

export function parseSecurityTxt(text: string): SecurityTxt {
  const body = text
    .replace(/-----BEGIN PGP SIGNED MESSAGE-----[\s\S]*?\r?\n\r?\n/, '')
    .replace(/-----BEGIN PGP SIGNATURE-----[\s\S]*$/, '');
  const fields = body
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#') && line.includes(':'))
    .map((line) => ({
      name: line.slice(0, line.indexOf(':')).trim().toLowerCase(),
      value: line.slice(line.indexOf(':') + 1).trim(),
    }));
  return { fields };
}

const DAY = 86_400_000;
/** RFC 9116, 2.5.5: less than a year ahead is recommended; a leap year has a day more. */
const LONGEST_AHEAD = 366 * DAY;

export function judgeSecurityTxt(
  declaration: Declaration,
  row: Reading<Page>,
  secure: boolean,
  assessedAt: string,
): Part {
  const { address, type, text, status } = row.data;
  const { fields } = parseSecurityTxt(text);
  const values = (name: string): readonly string[] =>
    fields.filter((each) => each.name === name).map((each) => each.value);
  const now = Date.parse(assessedAt);
  const expires = values('expires');
  const ends = Date.parse(expires[0] ?? '');
  const ills = [
    ...(status === 200 ? [] : [`is not there (${status})`]),
    ...(secure ? [] : ['is not served over HTTPS']),
    ...(/^text\/plain\b/i.test(type) && !/charset=(?!"?utf-?8)/i.test(type)
      ? []
      : [`is served as “${type}”, not as plain text in UTF-8`]),
    ...(values('contact').length > 0 ? [] : ['names no contact']),
    ...(values('contact').some((each) => declaration.disclosure.contact.some((one) => sameContact(one, each)))
      ? []
      : ['names none of the declared contacts']),
    ...(expires.length === 1 && Number.isFinite(ends) ? [] : ['does not say once when it expires']),
    ...(Number.isFinite(ends) && ends <= now ? ['has expired'] : []),
    ...(Number.isFinite(ends) && ends > now + LONGEST_AHEAD ? ['expires in more than a year'] : []),
    ...(values('canonical').every((each) => pathIs(each, address)) ? [] : ['names another address as its own']),
    ...(values('policy').every((each) => pathIs(each, declaration.userInformation.disclosurePolicy))
      ? []
      : ['leads to another policy than the declared one']),
    ...(values('preferred-languages').length <= 1 ? [] : ['names its languages more than once']),
  ];
  // a file that is not there has every other fault too
  const said = status === 200 ? ills : ills.slice(0, 1);
  return said.length > 0
    ? fail(`${address} ${said.join(', ')}`, [row.id])
    : pass(`${address} says where to report, until ${expires[0] ?? ''}`, [row.id]);
}

const sameContact = (a: string, b: string): boolean =>
  a.replace(/\/$/, '').toLowerCase() === b.replace(/\/$/, '').toLowerCase();
const pathIs = (url: string, wanted: string): boolean => {
  if (!URL.canParse(url) || !url.startsWith('https:')) return false;
  const path = wanted.startsWith('/') ? wanted : new URL(wanted).pathname;
  return new URL(url).pathname.replace(/\/$/, '') === path.replace(/[?#].*$/s, '').replace(/\/$/, '');
};
