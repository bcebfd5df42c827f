import { CODES, rows, type Code } from '@hearthward/standards';
import { read, trackedFiles } from './tree.ts';

/** Clause marks: where a line of code says which rows of the codes it enforces. */

export const CODE_NAMES: Readonly<Record<string, Code>> = {
  'TS 103 645': 'etsi-ts-103-645@1.1.1',
  'EN 303 645': 'etsi-en-303-645@2.1.1',
  G044: 'mcmc-g044@2023',
  G045: 'mcmc-g045@2024',
};
export const shortName = (code: Code): string => Object.entries(CODE_NAMES).find(([, c]) => c === code)?.[0] ?? code;

export interface Mark {
  readonly code: Code;
  readonly ref: string;
  readonly file: string;
  readonly line: number;
}

const REF = String.raw`(?:[A-Z]{2}-\d-\d{1,2}|\d\.\d{1,2}(?:\.\d{1,2})?(?:-(?:\d{1,2}|[a-g]))?|\d-(?:\d{1,2}|[a-g]))`;
const MARK = new RegExp(String.raw`\b(TS 103 645|EN 303 645|G044|G045) (${REF}(?:(?:, | and )${REF})*)`, 'g');
const MARKED_ROOMS = /^(?:device|services|product|web|protocol|examples)\/.*\.ts$/;

/** Marks in a text; a mark that names several rows gives several. */
export const marksIn = (text: string, file: string): Mark[] =>
  text.split('\n').flatMap((content, index) => {
    const comment = content.match(/(?:\/\/|^\s*\/?\*)(.*)$/)?.[1];
    if (!comment) return [];
    return [...comment.matchAll(MARK)].flatMap(([, name, refs]) =>
      (refs as string)
        .split(/, | and /)
        .map((ref) => ({ code: CODE_NAMES[name as string] as Code, ref, file, line: index + 1 })),
    );
  });

export const allMarks = (): Mark[] =>
  trackedFiles()
    .filter((file) => MARKED_ROOMS.test(file) && !file.includes('/test/'))
    .flatMap((file) => marksIn(read(file), file));

/** Marks that name a row which no code has. */
export const strayMarks = (marks: readonly Mark[]): Mark[] => {
  const known = new Set(CODES.flatMap((code) => rows(code).map((row) => `${code} ${row.ref}`)));
  return marks.filter((mark) => !known.has(`${mark.code} ${mark.ref}`));
};
