/**
 * Makes the fingerprints anew from the texts of the codes, for whoever owns them:
 *
 *   node standards/generate-fingerprints.ts CODE=FILE...
 *
 * writes standards/data/fingerprints/CODE.json for each. The texts are read, hashed and left where they are.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { extractWordings } from './src/extract.ts';
import { fingerprint, GROUP } from './src/fingerprint.ts';
import { CODES, isCode, rows } from './src/index.ts';

const pairs = process.argv.slice(2).map((argument) => argument.split('='));
if (pairs.length === 0 || pairs.some(([code, file]) => code === undefined || !isCode(code) || !file)) {
  process.stderr.write(`usage: generate-fingerprints.ts CODE=FILE...\n  CODE is one of ${CODES.join(', ')}\n`);
  process.exitCode = 64;
} else {
  for (const [code, file] of pairs) if (code !== undefined && isCode(code) && file !== undefined) generate(code, file);
}

function generate(code: (typeof CODES)[number], file: string): void {
  const wordings = extractWordings(code, readFileSync(file, 'utf8'));
  const lacking = rows(code).filter((row) => !wordings.some((wording) => wording.ref === row.ref));
  if (lacking.length > 0) {
    process.stderr.write(
      `${file}: no wording found for ${lacking.map((row) => row.ref).join(', ')}: is it the text of ${code}?\n`,
    );
    process.exitCode = 65;
    return;
  }
  const target = new URL(`data/fingerprints/${code}.json`, import.meta.url);
  const lines = rows(code).map(({ ref }) => {
    const texts = wordings.find((wording) => wording.ref === ref)?.texts ?? [];
    return `    ${JSON.stringify({ ref, wordings: texts.map(fingerprint) })}`;
  });
  writeFileSync(target, `{\n  "code": "${code}",\n  "group": ${GROUP},\n  "rows": [\n${lines.join(',\n')}\n  ]\n}\n`);
  process.stderr.write(`${target.pathname}: ${lines.length} rows\n`);
}
