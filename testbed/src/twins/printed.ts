import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from '@hearthward/assessor';
import type { Declaration } from '@hearthward/product';
import type { Twin } from '../twin.ts';

/** Faults in what a manufacturer says, or has printed: whatever stands behind it, this is what reaches the assessor. */

export const declares = (
  name: string,
  id: Twin['case'],
  topic: Twin['topic'],
  fault: string,
  alter: (good: Declaration) => Declaration,
): Twin => ({ name, case: id, topic, fault, made: { by: 'declaration', alter } });

/** A command whose JSON goes through `altering`, the body of a function of `said`; nothing printed stays nothing. */
export const through = (command: readonly string[] | undefined, altering: string, dir: string): string[] => {
  const file = join(dir, 'prints.mjs');
  writeFileSync(
    file,
    `import { execFileSync } from 'node:child_process';
const [program, ...rest] = process.argv.slice(2);
const text = execFileSync(program, rest, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
if (text !== '') process.stdout.write(JSON.stringify(((said) => { ${altering} })(JSON.parse(text))));
`,
  );
  return [process.execPath, file, ...(command ?? [])];
};

/** Services that hold something else. */
export const holding =
  (altering: string) =>
  (target: Target, dir: string): Target => ({ ...target, held: through(target.held, altering, dir) });

/** All that was ever printed, in a file beside the program. */
export const KEEPS_A_COPY = `const fs = process.getBuiltinModule('node:fs'); const file = process.argv[1] + '.' + process.ppid;
const seen = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {};
for (const row of said) seen[JSON.stringify(row)] = row;
fs.writeFileSync(file, JSON.stringify(seen)); return Object.values(seen);`;
