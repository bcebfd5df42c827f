import type { Declaration } from '@hearthward/product';
import { overHttp, type HttpFunction } from '../subjects.ts';

/** What can be read of a log in any format: the times that it names. */
export interface LogTimes {
  /** ISO 8601 times with their zone, as milliseconds since 1970 */
  readonly zoned: readonly number[];
  /** ISO 8601 times without a zone, which name no instant */
  readonly unzoned: number;
}

const TIME = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|[+-]\d\d:?\d\d))?/g;

/** Times of a log’s text; `at` fields that count milliseconds or seconds since 1970 in JSON are taken too. */
export function logTimes(body: string): LogTimes {
  const zoned: number[] = [];
  let unzoned = 0;
  for (const [text] of body.matchAll(TIME)) {
    if (!/(?:Z|[+-]\d\d:?\d\d)$/.test(text.slice(10))) unzoned += 1;
    else {
      const at = Date.parse(
        text
          .replace(' ', 'T')
          .replace(',', '.')
          .replace(/ (?=[Z+-])/, ''),
      );
      if (!Number.isNaN(at)) zoned.push(at);
    }
  }
  for (const [, digits] of body.matchAll(/"(?:at|time|ts|timestamp)"\s*:\s*(\d{10}|\d{13})(?=\D)/g)) {
    zoned.push(Number(digits) * (digits?.length === 10 ? 1000 : 1));
  }
  return { zoned, unzoned };
}

/** Times of the second log that the first has not, each as often as it occurs more. */
export function newTimes(before: readonly number[], after: readonly number[]): readonly number[] {
  const counts = new Map<number, number>();
  for (const at of before) counts.set(at, (counts.get(at) ?? 0) + 1);
  return after.filter((at) => {
    const left = counts.get(at) ?? 0;
    if (left > 0) counts.set(at, left - 1);
    return left === 0;
  });
}

export const logFunction = (declaration: Declaration): HttpFunction | undefined =>
  declaration.externalFunctions
    .filter(overHttp)
    .find((each) => each.purpose === 'security-log' && each.kind === 'read');
