/**
 * The texts of the codes, where whoever runs the tests owns them: in `shared/standards` beside the clone.
 * They are copyrighted and not part of this project; tests that need them are skipped by name without them.
 */
import { existsSync, readFileSync } from 'node:fs';
import type { Code } from '../src/index.ts';

const FOLDER = new URL('../../../shared/standards/', import.meta.url);

const FILES: Readonly<Record<Code, string>> = {
  'etsi-ts-103-645@1.1.1': 'etsi-ts-103-645-v1.1.1-ocr.txt',
  'etsi-en-303-645@2.1.1': 'etsi-en-303-645-v2.1.1.txt',
  'mcmc-g044@2023': 'mcmc-mtfsb-tc-g044-2023.txt',
  'mcmc-g045@2024': 'mcmc-mtfsb-tc-g045-2024.txt',
};
const LIST = 'provision-list.txt';

/** For `test(name, { skip })`: false where the texts are there, else why the test is skipped. */
export const skip: string | false = [...Object.values(FILES), LIST].every((file) => existsSync(new URL(file, FOLDER)))
  ? false
  : 'the texts of the codes do not lie beside this clone';

export function textOf(code: Code): string {
  return readFileSync(new URL(FILES[code], FOLDER), 'utf8');
}

export function provisionList(): string {
  return readFileSync(new URL(LIST, FOLDER), 'utf8');
}
