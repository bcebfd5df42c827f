import { Type, type Static } from 'typebox';
import type { Probe } from '../../model.ts';
import { unescapeHtml } from '../../observe/login/forms.ts';
import { answered, attributes, valueAt } from '../access/answers.ts';
import { within, type Steered } from './steering.ts';

/** What the page of updates says at the marks that are declared: a text each, empty where nothing stands. */
const strict = { additionalProperties: false } as const;
const WHEN = ['first', 'checked', 'offered', 'begins', 'put-off', 'tried', 'installed', 'back'] as const;
export const Page = Type.Object(
  {
    when: Type.Enum([...WHEN]),
    /** the page came, as a successful answer is declared */
    read: Type.Boolean(),
    version: Type.String(),
    lastCheck: Type.String(),
    /** ISO 8601, where the mark of the last check has a `time` of it */
    checkedAt: Type.String(),
    supportEnd: Type.String(),
    offered: Type.String(),
    risks: Type.String(),
    downtime: Type.String(),
    begins: Type.String(),
    /** ISO 8601, as `checkedAt` */
    beginsAt: Type.String(),
    ended: Type.String(),
    /** field of the choice -> `true` or `false`, as its box stands */
    choices: Type.Record(Type.String(), Type.String()),
  },
  strict,
);
export type Page = Static<typeof Page>;
export interface Read {
  readonly page: Omit<Page, 'when'>;
  readonly blobs: readonly string[];
}

export async function readPage(probe: Probe, it: Steered): Promise<Read> {
  const first = await readOnce(probe, it);
  if (first.page.read || first.blobs.length === 0) return first;
  // it answers, and does not know the session any more
  probe.login.forget(it.guard.id);
  return readOnce(probe, it);
}

async function readOnce(probe: Probe, it: Steered): Promise<Read> {
  const session = await within(probe, it);
  const reached = await probe.login.call(it.status.id, session);
  const read = answered(it.status, reached).success;
  const body = reached.ok && read ? reached.answer.body : '';
  const { marks, choose } = it.controls;
  const at = (mark: string | undefined): string => (mark === undefined ? '' : textWithin(body, mark));
  const fields = new Set(choose?.choices.map(({ field }) => field));
  return {
    page: {
      read,
      version: at(marks.version),
      lastCheck: at(marks.lastCheck),
      checkedAt: marks.lastCheck === undefined ? '' : timeWithin(body, marks.lastCheck),
      supportEnd: at(marks.supportEnd),
      offered: at(marks.offered),
      risks: at(marks.risks),
      downtime: at(marks.downtime),
      begins: at(marks.begins),
      beginsAt: marks.begins === undefined ? '' : timeWithin(body, marks.begins),
      ended: at(marks.ended),
      choices: Object.fromEntries([...fields].map((field) => [field, valueAt(body, field) ?? ''])),
    },
    blobs: reached.ok ? [reached.answer.blob] : [],
  };
}

export async function recordPage(probe: Probe, it: Steered, when: Page['when']): Promise<Read['page']> {
  const { page, blobs } = await readPage(probe, it);
  probe.record('page', it.id, { when, ...page }, blobs);
  return page;
}

const LONGEST_TEXT = 4_000;
/** The text of the element with this id and of all in it. */
const textWithin = (html: string, id: string): string =>
  unescapeHtml((elementOf(html, id) ?? '').replace(/<[^>]*>/g, ' '))
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, LONGEST_TEXT);

function timeWithin(html: string, id: string): string {
  for (const [tag] of (elementOf(html, id) ?? '').matchAll(/<time\b[^>]*>/gi)) {
    const at = Date.parse(attributes(tag)['datetime'] ?? '');
    if (!Number.isNaN(at)) return new Date(at).toISOString();
  }
  return '';
}

/** From the opening tag with this id to the tag that closes it; undefined where there is none. */
function elementOf(html: string, id: string): string | undefined {
  for (const open of html.matchAll(/<([a-z][a-z0-9]*)\b((?:"[^"]*"|'[^']*'|[^<>"'])*)>/gi)) {
    const [tag, name = '', given = ''] = open;
    if (attributes(given)['id'] !== id) continue;
    let depth = 1;
    const from = open.index + tag.length;
    for (const next of html.slice(from).matchAll(new RegExp(`<(/?)${name}\\b`, 'gi'))) {
      depth += next[1] === '/' ? -1 : 1;
      if (depth === 0) return html.slice(open.index, from + next.index);
    }
    return html.slice(open.index);
  }
  return undefined;
}
