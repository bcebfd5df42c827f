import { relative } from 'node:path';

/** A reporter for `node --test`: a line of JSON for each test and suite that ended, and at last one with their numbers. */
export type TestRecord = Ended | { readonly kind: 'counts'; readonly passed: number; readonly failed: number };
export interface Ended {
  readonly kind: 'ended';
  readonly name: string;
  /** from the folder that the tests run in */
  readonly file: string;
  /** 0: at the top of its file */
  readonly depth: number;
  readonly seconds: number;
  readonly good: boolean;
  /** why it was skipped, or is still to be written; empty where nobody says why */
  readonly skipped?: string;
}

interface Told {
  readonly nesting?: number;
  readonly file?: string;
  readonly name?: string;
  readonly details?: { readonly duration_ms?: number };
  readonly skip?: string | boolean;
  readonly todo?: string | boolean;
  readonly counts?: { readonly passed: number; readonly failed: number; readonly cancelled: number };
}

export default async function* records(
  events: AsyncIterable<{ readonly type: string; readonly data: Told }>,
): AsyncGenerator<string> {
  for await (const { type, data } of events) {
    const record = type === 'test:summary' ? countsOf(data) : recordOf(type, data);
    if (record) yield `${JSON.stringify(record)}\n`;
  }
}

/** Those of the whole run: of one file alone it is told where each has a process of its own. */
const countsOf = ({ counts, file }: Told): TestRecord | undefined =>
  counts && file === undefined
    ? { kind: 'counts', passed: counts.passed, failed: counts.failed + counts.cancelled }
    : undefined;

const recordOf = (
  type: string,
  { name = '', file = '', nesting = 0, details, skip, todo }: Told,
): TestRecord | undefined => {
  if (type !== 'test:pass' && type !== 'test:fail') return undefined;
  const why = skip ?? todo;
  return {
    kind: 'ended',
    name,
    file: relative(process.cwd(), file),
    depth: nesting,
    seconds: (details?.duration_ms ?? 0) / 1000,
    good: type === 'test:pass',
    ...(why === undefined || why === false ? {} : { skipped: typeof why === 'string' ? why : '' }),
  };
};
