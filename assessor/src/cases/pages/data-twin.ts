import type { Declaration } from '@hearthward/product';
import type { Probe, Seen } from '../../model.ts';
import { attributes } from '../access/answers.ts';
import { fail, open, pass, readEvidence, type Part } from '../access/evidence.ts';
import { PAGE_KINDS, pathOn, type PageName } from './reading.ts';
import { listed, says } from './wording.ts';

/** A page may say of itself where the same stands as data. Then it is the same: whoever reads it by program is told no less, and nothing else. */
const LARGEST = 512 * 1024;

export async function observeData(probe: Probe, name: PageName): Promise<void> {
  const address = probe.declaration.userInformation[name];
  const path = address === undefined ? undefined : pathOn(probe.target, probe.declaration, address);
  if (path === undefined) return;
  const headers = { accept: 'text/html', 'accept-language': 'en' };
  const page = await probe.http.request('site', { method: 'GET', path, headers });
  const named = page.ok ? dataAddress(page.answer.body) : undefined;
  if (named === undefined) return;
  const at = pathOn(probe.target, probe.declaration, named);
  const reached =
    at === undefined
      ? undefined
      : await probe.http.request('site', { method: 'GET', path: at, headers: { accept: 'application/json' } });
  const text = reached?.ok === true && reached.answer.status === 200 ? reached.answer.body : '';
  probe.record(
    'data',
    name,
    { address: named, text: text.slice(0, LARGEST), whole: text.length <= LARGEST },
    reached?.ok === true ? [reached.answer.blob] : [],
  );
}

/** Of the first link that is typed as JSON. */
export function dataAddress(html: string): string | undefined {
  for (const [tag] of html.matchAll(/<(?:a|link)\b[^>]*>/gi)) {
    const { type, href } = attributes(tag);
    if (type?.toLowerCase() === 'application/json' && href !== undefined) return href;
  }
  return undefined;
}

/** Each item of personal data as the data has it, beside what is declared and what the page was held to. */
export function judgeData(seen: Seen, good: string): readonly Part[] {
  const [data] = readEvidence(seen, PAGE_KINDS).rows.data;
  // no code asks for it
  if (data === undefined) return [];
  const { address, text, whole } = data.data;
  const read = whole ? jsonIn(text) : undefined;
  if (read === undefined) return [open(`${address}, which is said to have the same as data`, [data.id])];
  const items = seen.declaration.personalData.map((item) => ({ item, record: recordOf(read, item) }));
  if (items.every(({ record }) => record === undefined))
    return [open(`whether ${address} is meant to say the same as the page`, [data.id])];
  const differing = items.flatMap(({ item, record }) => differences(item, record));
  return differing.length > 0
    ? [fail(`${address} says other than the page: ${listed(differing)}`, [data.id])]
    : [pass(good, [data.id])];
}

type Item = Declaration['personalData'][number];

function differences(item: Item, record: object | undefined): readonly string[] {
  const { name, purpose, processedBy, recipients, retentionDays } = item;
  if (record === undefined) return [`nothing of “${name.en}”`];
  const strings = [...leavesOf(record)].filter((leaf) => typeof leaf === 'string').join('\n');
  const has = (wanted: Parameters<typeof says>[1]): boolean => says(strings, wanted) === 'there';
  return [
    ...(has(purpose) ? [] : [`another purpose of “${name.en}”`]),
    ...[...processedBy, ...recipients].filter((who) => !has(who)).map((who) => `“${name.en}” without ${who}`),
    ...([...leavesOf(record)].includes(retentionDays) ? [] : [`another time for “${name.en}”`]),
  ];
}

/** The object that is about this item: one that has its name, itself or in its languages. */
function recordOf(value: unknown, item: Item): object | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const names = Object.values(value).flatMap((each) =>
    typeof each === 'object' && each !== null && !Array.isArray(each) ? Object.values(each) : [each],
  );
  if (!Array.isArray(value) && names.includes(item.name.en) && Object.values(value).length > 1) {
    const isWords = Object.values(value).every((each) => typeof each === 'string');
    if (!isWords) return value;
  }
  for (const inner of Object.values(value)) {
    const found = recordOf(inner, item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function* leavesOf(value: unknown): Generator {
  if (typeof value !== 'object' || value === null) yield value;
  else for (const inner of Object.values(value)) yield* leavesOf(inner);
}

function jsonIn(text: string): unknown {
  try {
    // no boundary: recorded evidence; what is no data is said to be none
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
