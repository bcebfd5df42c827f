import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { resolve as resolvePath } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Compile } from 'typebox/compile';
import { oneLine } from '../observe/wire/hand.ts';
import { Target } from '../target.ts';
import type { Problem } from './problem.ts';

/** Reads a target file and holds it against its schema. */
export const compiled = Compile(Target);

export async function readTarget(
  file: string,
): Promise<{ readonly value: unknown } | { readonly problems: readonly Problem[] }> {
  if (!existsSync(file)) return fault(file, 'there is no such file', 'name the target file');
  try {
    if ((await stat(file)).size > LARGEST_TARGET) return fault(file, 'is larger than 1 MiB', 'name the target file');
    if (/\.[mc]?[jt]s$/.test(file)) {
      const loaded: { default?: unknown } = await import(
        // the time of change is part of the address, so that a file that was mended is read again
        `${pathToFileURL(resolvePath(file)).href}?changed=${(await stat(file)).mtimeMs}`
      );
      // through JSON, so that a target is plain data whichever way it was written
      // no boundary: a module that somebody runs themselves, made plain data; target-file says what becomes of it
      return { value: JSON.parse(JSON.stringify(loaded.default ?? null)) };
    }
    // boundary target-file: a file that somebody names -> Target, at most LARGEST_TARGET, else each problem with its cure;
    // assessor/test/bad-input.test.ts
    return { value: JSON.parse(await readFile(file, 'utf8')) };
  } catch (error) {
    return fault(
      file,
      `cannot be read: ${oneLine(error instanceof Error ? error.message : String(error))}`,
      'mend the syntax',
    );
  }
}

const LARGEST_TARGET = 1024 * 1024;

const fault = (file: string, message: string, cure: string) => ({ problems: [{ file, path: '', message, cure }] });

export function shapeProblems(file: string, value: unknown): readonly Problem[] {
  if (typeof value === 'object' && value !== null && !('authorisation' in value)) {
    const message = 'nobody has allowed this target to be assessed';
    const cure = 'add `authorisation` with by, statement, until, changes and destructive; until then nothing is sent';
    return [{ file, path: '/authorisation', message, cure }];
  }
  const problems = new Map<string, Problem>();
  for (const error of compiled.Errors(value)) {
    if (error.keyword === 'boolean') continue;
    const extra = error.keyword === 'additionalProperties' ? namesOf(error.params, 'additionalProperties') : [];
    const lacking = error.keyword === 'required' ? namesOf(error.params, 'requiredProperties') : [];
    const path = [error.instancePath, ...(extra.length === 1 ? extra : lacking.length === 1 ? lacking : [])].join('/');
    if (problems.has(path)) continue;
    const cure =
      extra.length > 0
        ? `remove ${extra.join(', ')}`
        : lacking.length > 0
          ? `add ${lacking.join(', ')}`
          : 'see assessor/README.md for the form';
    problems.set(path, { file, path, message: error.message, cure });
  }
  return [...problems.values()];
}

function namesOf(params: unknown, name: string): readonly string[] {
  const list = typeof params === 'object' && params !== null ? (params as Record<string, unknown>)[name] : undefined;
  return Array.isArray(list) ? list.map(String) : [];
}
