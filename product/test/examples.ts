import { fileURLToPath } from 'node:url';
import { loadDeclaration, type Declaration } from '../src/index.ts';

/** The declarations of `examples/`, as a manufacturer wrote them. */
export const TODAY = '2026-11-21';
export const exampleFile = (name: 'hub' | 'window-sensor'): string =>
  fileURLToPath(new URL(`../../examples/${name}/declaration.ts`, import.meta.url));

/** A copy of its own, so that a test may spoil it. */
export async function example(name: 'hub' | 'window-sensor'): Promise<Declaration> {
  const loaded = await loadDeclaration(exampleFile(name));
  if (!loaded.ok) throw new Error(`${name} does not load: ${JSON.stringify(loaded.problems)}`);
  return structuredClone(loaded.declaration);
}
