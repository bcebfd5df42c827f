import { existsSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Placed } from './closure.ts';

/**
 * Which files of a package go into an image: of ours what its `files` lists, of others what is there; of both, nothing that
 * only builds, tests, documents or types. Licences stay, since who gets the image has a right to them.
 */
export type ListedFiles =
  | { readonly ok: true; readonly files: readonly string[] }
  | { readonly ok: false; readonly lines: readonly string[] };

/** Paths within the package, sorted, with `/`. */
export function filesOf({ folder, own, manifest }: Pick<Placed, 'folder' | 'own' | 'manifest'>): ListedFiles {
  if (!own) return { ok: true, files: below(folder, '').filter(ships) };
  const { name, files = [] } = manifest;
  const lines = files.flatMap((each) =>
    isThere(folder, each) ? [] : [`${name}: its "files" lists ${each}, which is not there`],
  );
  if (files.length === 0) lines.push(`${name}: its package.json lists no "files"`);
  if (lines.length > 0) return { ok: false, lines };
  const listed = files.flatMap((each) =>
    lstatSync(join(folder, each)).isDirectory() ? below(folder, `${each}/`) : [each],
  );
  return { ok: true, files: [...new Set(['package.json', ...listed])].filter(shipsOfOurs).sort() };
}

/** Plain names: a pattern, or a way out of the package, is nothing that is there. */
const isThere = (folder: string, path: string): boolean =>
  /^[\w@-][\w@./-]*$/.test(path) && !path.split('/').includes('..') && existsSync(join(folder, path));

function below(folder: string, prefix: string): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(join(folder, prefix), { withFileTypes: true })) {
    const path = `${prefix}${entry.name}`;
    if (entry.isDirectory() && entry.name !== 'node_modules') found.push(...below(folder, `${path}/`));
    // links and pipes lead elsewhere; an image has no words for them
    else if (entry.isFile()) found.push(path);
  }
  return found.sort();
}

/** Folders at the top of a package; deeper ones of such a name may be part of what runs. */
const FOLDERS =
  /^(?:\.[^/]*|docs?|tests?|bench(?:marks?)?|examples?|coverage)\/|(?:^|\/)(?:__tests__|\.[^/]+)(?:\/|$)/i;
const FILES = /\.(?:md|markdown|map|txt|flow|tsbuildinfo)$|(?:^|\.)(?:test|spec|bench)\.[cm]?[jt]sx?$/i;
const LICENCES = /(?:^|\/)(?:licen[cs]e|copying|notice)[^/]*$/i;
const TYPES = /\.[cm]?tsx?$/;

const ships = (path: string): boolean => LICENCES.test(path) || (shipsOfOurs(path) && !TYPES.test(path));
const shipsOfOurs = (path: string): boolean => !FOLDERS.test(path) && !FILES.test(path) && !/\.d\.[cm]?ts$/.test(path);
