/**
 * No secret in the source or in what ships: every tracked file, and every file of the software that an image holds, is
 * searched by the assessor's own rules. A find is mended, or it stands in the list below with its reason.
 */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { secretsByForm, type SecretFound } from '../assessor/src/cases/data/secret-forms.ts';
import { shippedFiles } from '../testbed/src/shipped.ts';
import { ROOT, trackedFiles } from './tree.ts';

export interface Allowed {
  /** from the root */
  readonly file: string;
  readonly kind: SecretFound['kind'];
  readonly because: string;
}

const SAMPLE = 'a made-up value by which the search itself is tried';
const ALLOWED: readonly Allowed[] = [
  { file: 'assessor/src/cases/data/secret-forms.ts', kind: 'default password', because: SAMPLE },
  {
    file: 'assessor/test/cases/access/fake-lamp.ts',
    kind: 'assigned secret',
    because: 'opens a lamp of the test alone',
  },
  { file: 'assessor/test/cases/data/data-and-twins.test.ts', kind: 'credentials in an address', because: SAMPLE },
  { file: 'assessor/test/cases/data/data-and-twins.test.ts', kind: 'assigned secret', because: SAMPLE },
  { file: 'assessor/test/cases/data/data-and-twins.test.ts', kind: 'default password', because: SAMPLE },
  { file: 'assessor/test/redaction/published-words.test.ts', kind: 'default password', because: SAMPLE },
  { file: 'tools/test/secrets.test.ts', kind: 'default password', because: SAMPLE },
  { file: 'testbed/src/twins/data.ts', kind: 'default password', because: 'what a faulty twin ships' },
];

export interface Scanned {
  /** one line each: file, line, kind, never the value */
  readonly found: readonly string[];
  /** entries of the list that nothing matches any more */
  readonly idle: readonly Allowed[];
  readonly files: number;
}

// EN 303 645 5.4-3, TS 103 645 4.4-1, G044 6.4.3, G045 AU-2-1: whoever reads the source or an image learns no secret
export function scan(files: readonly string[], root: string, allowed: readonly Allowed[]): Scanned {
  const used = new Set<Allowed>();
  const found = files.flatMap((file) =>
    secretsByForm(readFileSync(join(root, file))).flatMap(({ kind, as, line }) => {
      const pardon = allowed.find((each) => each.file === file && each.kind === kind);
      if (pardon) used.add(pardon);
      return pardon ? [] : [`${file}:${line}: ${kind}${as === kind ? '' : ` (${as})`}`];
    }),
  );
  return { found, idle: allowed.filter((each) => !used.has(each)), files: files.length };
}

if (import.meta.main) {
  const shipped = shippedFiles(join(ROOT, 'examples/hub')).map((file) => relative(ROOT, file));
  const files = [...new Set([...trackedFiles(), ...shipped])];
  const { found, idle } = scan(files, ROOT, ALLOWED);
  for (const line of found)
    console.log(`${line}; take it out, make it anew where it is in use, or say in tools/secrets.ts why it is none`);
  for (const { file, kind } of idle)
    console.log(`${file}: holds no ${kind} any more; take it off the list in tools/secrets.ts`);
  if (found.length + idle.length > 0) process.exitCode = 1;
}
