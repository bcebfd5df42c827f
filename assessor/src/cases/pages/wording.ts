import { fail, open, pass, type Part, type Reading } from '../access/evidence.ts';
import { hasToken } from '../exposure/disclosure-scan.ts';
import type { Page } from './reading.ts';

/** Whether a page says what was declared. Pure; both languages of the declaration count. */
export interface Said {
  readonly en: string;
  readonly ms?: string;
}
export type Found = 'there' | 'similar' | 'missing';

/** In these words, or in most of them: then a person must say whether it means the same. */
export function says(text: string, wanted: Said | string): Found {
  const page = plainly(text);
  const forms = typeof wanted === 'string' ? [wanted] : [wanted.en, ...(wanted.ms === undefined ? [] : [wanted.ms])];
  if (forms.some((form) => plainly(form) !== '' && page.includes(plainly(form)))) return 'there';
  return forms.some((form) => shareOf(page, form) >= ENOUGH_WORDS) ? 'similar' : 'missing';
}
const ENOUGH_WORDS = 0.75;

function shareOf(page: string, form: string): number {
  const words = plainly(form)
    .split(' ')
    .filter((word) => word.length > 3);
  if (words.length < 2) return 0;
  const there = new Set(page.split(' '));
  return words.filter((word) => there.has(word)).length / words.length;
}

/** Without case, punctuation and the difference between kinds of quotes and dashes. */
export const plainly = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/['’‘`"“”]/g, '')
    .replace(/[^\p{L}\p{N}@+%°]+/gu, ' ')
    .trim();

export interface Duty {
  readonly what: string;
  readonly found: Found;
}

/** Every duty on the page: missing ones fail, similar ones are for a person, and none may stand on an unknown page too. */
export function judgeDuties(
  page: Reading<Page>,
  control: Reading<Page>,
  duties: readonly Duty[],
  onControl: readonly Duty[],
  good: string,
): Part {
  const evidence = [page.id, control.id];
  if (duties.length === 0) return open('nothing is declared that the page must say', evidence);
  const missing = duties.filter((each) => each.found === 'missing').map((each) => each.what);
  if (missing.length > 0) return fail(`${page.data.address} does not tell ${listed(missing)}`, evidence);
  if (onControl.length > 0 && onControl.every((each) => each.found === 'there')) {
    return open('the site says the same on a page that does not exist', evidence);
  }
  const similar = duties.filter((each) => each.found === 'similar').map((each) => each.what);
  return pass(
    good,
    evidence,
    similar.map((what) => `whether ${page.data.address} means ${what} as it was declared`),
  );
}

export const listed = (items: readonly string[]): string =>
  items.length > 4 ? `${items.slice(0, 4).join(', ')} and ${items.length - 4} more` : items.join(', ');

const MONTHS = {
  en: [
    'january',
    'february',
    'march',
    'april',
    'may',
    'june',
    'july',
    'august',
    'september',
    'october',
    'november',
    'december',
  ],
  ms: [
    'januari',
    'februari',
    'mac',
    'april',
    'mei',
    'jun',
    'julai',
    'ogos',
    'september',
    'oktober',
    'november',
    'disember',
  ],
} as const;

/** An ISO date as people write it, in English and Malay. Figures alone only in the order day, month, year. */
export function showsDate(text: string, iso: string): boolean {
  const [year = '', month = '', day = ''] = iso.split('-');
  const plain = ` ${plainly(text)} `;
  const index = Number(month) - 1;
  const days = [...new Set([String(Number(day)), day])];
  const named = [
    MONTHS.en[index],
    MONTHS.en[index]?.slice(0, 3),
    MONTHS.ms[index],
    MONTHS.ms[index]?.slice(0, 3),
  ].filter((each) => each !== undefined);
  const forms = days.flatMap((d) => [
    ...named.flatMap((name) => [
      `${d} ${name} ${year}`,
      `${name} ${d} ${year}`,
      `${d}st ${name} ${year}`,
      `${d}th ${name} ${year}`,
    ]),
    `${d} ${month} ${year}`,
  ]);
  return [`${year} ${month} ${day}`, ...forms].some((form) => plain.includes(` ${form} `));
}

const NUMBERS = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
  'thirteen',
  'fourteen',
];
const ANGKA = [
  'sifar',
  'satu',
  'dua',
  'tiga',
  'empat',
  'lima',
  'enam',
  'tujuh',
  'lapan',
  'sembilan',
  'sepuluh',
  'sebelas',
  'dua belas',
  'tiga belas',
  'empat belas',
];
const UNITS: readonly { readonly days: number; readonly words: string }[] = [
  { days: 1, words: 'days?|hari' },
  { days: 7, words: 'weeks?|minggu' },
  { days: 30, words: 'months?|bulan' },
  { days: 365, words: 'years?|tahun' },
];

/** A span of days with a word of time beside it, and near the words of what it is for. */
export function showsSpan(text: string, days: number, near?: RegExp): boolean {
  const plain = plainly(text);
  const amounts = UNITS.filter((unit) => days % unit.days === 0).map((unit) => {
    const count = days / unit.days;
    const figures = [String(count), NUMBERS[count], ANGKA[count]].filter((each) => each !== undefined).join('|');
    return `(?:${figures}) (?:(?:working|calendar|business) )?(?:${unit.words})`;
  });
  const hours = days <= 7 ? [`${days * 24} (?:hours|jam)`] : [];
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${[...amounts, ...hours].join('|')})(?![\\p{L}])`, 'gu');
  return [...plain.matchAll(pattern)].some(
    ({ index, 0: found }) =>
      near === undefined || near.test(plain.slice(Math.max(0, index - NEAR), index + found.length + NEAR)),
  );
}
/** about two lines of text */
const NEAR = 160;

export const namesProduct = (text: string, names: Said, designation: string): boolean =>
  hasToken(text, designation) || says(text, names) === 'there';
