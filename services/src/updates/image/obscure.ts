import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { asFault } from '../../faults.ts';

/**
 * Programs of ours made hard to read: no names but those that others use, no comments, no layout, folded expressions. It slows
 * whoever takes the code out of a device, and stops nobody: what must stay secret has no place in software. Texts,
 * and what modules export, stay as they are. `maps` gets, for each module, the map to it as it was emitted, and its text.
 */
// G045 PL-1-3: the code as it was written, and the maps that lead back to it, stay with the manufacturer
export async function obscure(
  image: string,
  modules: readonly string[],
  maps: string,
): Promise<{ readonly ok: true } | { readonly ok: false; readonly lines: readonly string[] }> {
  const { minify } = await import('terser');
  const lines: string[] = [];
  for (const path of modules) {
    const file = join(image, path);
    try {
      const made = await minify(
        { [path]: readFileSync(file, 'utf8') },
        {
          module: true,
          compress: { passes: 2 },
          mangle: { toplevel: true },
          format: { comments: false },
          sourceMap: { filename: path, includeSources: true },
        },
      );
      write(file, made.code ?? '');
      write(join(maps, `${path}.map`), typeof made.map === 'string' ? made.map : '');
    } catch (error) {
      if (error instanceof Error && error.name === 'SyntaxError') lines.push(`${path}: ${error.message}`);
      else throw asFault(error, file);
    }
  }
  return lines.length > 0 ? { ok: false, lines } : { ok: true };
}

const write = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
};
