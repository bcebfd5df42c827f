import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { asFault, ServicesFault } from '../../faults.ts';
import { type Closure, imageRefused, type ImageRefused } from './closure.ts';
import { manifestIn } from './manifest.ts';

/**
 * TypeScript of ours as JavaScript, by the compiler that the lockfile names: Node strips no types below `node_modules`. Each
 * file by itself; whether the types are right was asked before (`npm run types`).
 */
const MODULE = /\.([cm]?)tsx?$/;
export const isSource = (path: string): boolean => MODULE.test(path) && !/\.d\.[cm]?ts$/.test(path);
/** Of a path that names a source, in an import, an `exports` or on the disk. */
export const emittedName = (path: string): string => path.replace(MODULE, '.$1js');

/** `text` of each source by its path; `work` is an empty folder for the compiler. */
export function emit(
  { root, lock }: Pick<Closure, 'root' | 'lock'>,
  sources: readonly string[],
  work: string,
): { readonly ok: true; readonly textOf: (source: string) => Buffer } | ImageRefused {
  const folder = join(root, 'node_modules', 'typescript');
  const compiler = join(folder, 'bin', 'tsc');
  const version = manifestIn(folder)?.version;
  const locked = lock.packages['node_modules/typescript']?.version;
  // EN 303 645 5.3-2, G045 PL-2-3: another compiler may write other bytes for the same sources
  if (version === undefined || version !== locked || !existsSync(compiler))
    return imageRefused('compiler-missing', [
      `typescript ${locked ?? 'in the lockfile'}: ${version ?? 'nothing'} is installed`,
    ]);
  const out = join(work, 'emitted');
  const project = join(work, 'tsconfig.json');
  try {
    mkdirSync(out, { recursive: true });
    writeFileSync(
      project,
      JSON.stringify({ compilerOptions: { ...OPTIONS, rootDir: root, outDir: out }, files: sources }),
    );
  } catch (error) {
    throw asFault(error, work);
  }
  const run = spawnSync(process.execPath, [compiler, '--project', project], { encoding: 'utf8', maxBuffer: 1 << 24 });
  if (run.error) throw asFault(run.error, compiler);
  if (run.status !== 0) {
    if (/no space left|ENOSPC/i.test(run.stdout + run.stderr))
      throw new ServicesFault('disk-full', `no space left for ${work}`);
    const said = `${run.stdout}${run.stderr}`.split('\n').filter((line) => line.trim() !== '');
    return imageRefused('compiler-refused', said.slice(0, MOST_LINES));
  }
  return { ok: true, textOf: (source) => readFileSync(join(out, emittedName(relative(root, source)))) };
}
const MOST_LINES = 20;

/** Nothing is resolved: what stands in one file decides what is written for it. */
const OPTIONS = {
  target: 'esnext',
  module: 'esnext',
  moduleResolution: 'bundler',
  lib: ['es5'],
  types: [],
  noResolve: true,
  noCheck: true,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
  removeComments: true,
  newLine: 'lf',
} as const;
