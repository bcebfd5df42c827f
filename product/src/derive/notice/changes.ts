import type { NoticeDocument } from '../../schema/notice.ts';
import { canonicalJson } from './document.ts';

/** What changed from one notice to another: rows by table and name, as a plain list. */

export type NoticeTable = 'sensors' | 'personalData' | 'telemetry' | 'parties' | 'deletion';
const TABLES: readonly NoticeTable[] = ['sensors', 'personalData', 'telemetry', 'parties', 'deletion'];

export type NoticeChange =
  | { readonly table: NoticeTable; readonly id: string; readonly change: 'added' | 'removed' }
  | {
      readonly table: NoticeTable;
      readonly id: string;
      readonly change: 'changed';
      /** members of the row that differ */
      readonly facts: readonly string[];
    }
  /** who the manufacturer is, how the product is called, where to turn */
  | { readonly table: 'about'; readonly change: 'changed'; readonly facts: readonly string[] };

/** Empty where both say the same. */
export function noticeChanges(before: NoticeDocument, after: NoticeDocument): readonly NoticeChange[] {
  const about = differing(aboutOf(before), aboutOf(after));
  return [
    ...TABLES.flatMap((table) => changesOf(table, before[table], after[table])),
    ...(about.length > 0 ? [{ table: 'about', change: 'changed', facts: about } as const] : []),
  ];
}

const aboutOf = ({ manufacturer, product, contact }: NoticeDocument) => ({ manufacturer, product, contact });

type Row = { readonly id: string };

function changesOf(table: NoticeTable, before: readonly Row[], after: readonly Row[]): readonly NoticeChange[] {
  const ids = [...new Set([...before, ...after].map(({ id }) => id))];
  return ids.flatMap((id): readonly NoticeChange[] => {
    const [was, is] = [before, after].map((rows) => rows.find((row) => row.id === id));
    if (was === undefined) return [{ table, id, change: 'added' }];
    if (is === undefined) return [{ table, id, change: 'removed' }];
    const facts = differing(was, is);
    return facts.length === 0 ? [] : [{ table, id, change: 'changed', facts }];
  });
}

const differing = (before: object, after: object): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => textOf(before, name) !== textOf(after, name),
  );
const textOf = (row: object, name: string): string => canonicalJson({ it: (row as Record<string, unknown>)[name] });
