/**
 * Writes everything that is derived from something else; `--check` only compares and says what is stale.
 *
 *   npm run generate [-- --check]
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { declarationSchemaText } from '@hearthward/product';
import { commandPage } from '../cli/src/command-page.ts';
import { provisionsPage } from './provisions.ts';
import { read, ROOT } from './tree.ts';

const generated: Readonly<Record<string, () => string | Promise<string>>> = {
  'docs/provisions.md': provisionsPage,
  'docs/command-line.md': commandPage,
  'product/declaration.schema.json': declarationSchemaText,
};

const check = process.argv.includes('--check');
for (const [file, make] of Object.entries(generated)) {
  const text = await make();
  const now = existsSync(join(ROOT, file)) ? read(file) : undefined;
  if (now === text) continue;
  if (check) {
    console.error(`${file} is stale: run \`npm run generate\` and commit it`);
    process.exitCode = 1;
  } else {
    writeFileSync(join(ROOT, file), text);
    console.log(`wrote ${file}`);
  }
}
