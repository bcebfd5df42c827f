/**
 * Writes everything that is derived from something else; `--check` only compares and says what is stale.
 *
 *   npm run generate [-- --check]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { declarationSchemaText } from '@hearthward/product';
import { commandPage } from '../cli/src/command-page.ts';
import { boundariesPage } from './pages/boundaries.ts';
import { budgetsPage } from './pages/budgets.ts';
import { commonFilter, FILTER_FILE } from './common-passwords.ts';
import { disclosurePage } from './pages/disclosure.ts';
import { eventsPage } from './pages/events.ts';
import { functionsPage } from './pages/functions.ts';
import { keysPage } from './pages/keys.ts';
import { provisionsPage } from './pages/provisions.ts';
import { servicesShip } from './pages/services-ships.ts';
import { ROOT } from './tree.ts';

const generated: Readonly<Record<string, () => string | Buffer | Promise<string>>> = {
  'docs/boundaries.md': boundariesPage,
  'docs/budgets.md': budgetsPage,
  'docs/provisions.md': provisionsPage,
  'docs/command-line.md': commandPage,
  'docs/disclosure.md': disclosurePage,
  'docs/events.md': eventsPage,
  'docs/functions.md': functionsPage,
  'docs/keys.md': keysPage,
  'product/declaration.schema.json': declarationSchemaText,
  'services/ships.txt': servicesShip,
  [FILTER_FILE]: commonFilter,
};

const check = process.argv.includes('--check');
for (const [file, make] of Object.entries(generated)) {
  const made = Buffer.from(await make());
  const now = existsSync(join(ROOT, file)) ? readFileSync(join(ROOT, file)) : undefined;
  if (now?.equals(made)) continue;
  if (check) {
    console.error(`${file} is stale: run \`npm run generate\` and commit it`);
    process.exitCode = 1;
  } else {
    writeFileSync(join(ROOT, file), made);
    console.log(`wrote ${file}`);
  }
}
