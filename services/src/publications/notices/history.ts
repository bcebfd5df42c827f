import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { NoticeDocument, noticeDocument, versionOfNotice, type Declaration } from '@hearthward/product';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { type Clock, iso } from '../../clock.ts';
import { asFault, ServicesFault } from '../../faults.ts';
import { syncFolder } from '../../sync-folder.ts';
import { decideNotice, type Published } from './decide.ts';

/**
 * Every privacy notice that was ever published, one file each in `notices/PRODUCT/`. A file is written once, whole or not at
 * all, and never again: what a person agreed to can be read as it was.
 */
export interface Notices {
  /** of a product, the first one first; the last is what holds */
  readonly of: (productId: string) => readonly Published[];
}

const Entry = Type.Object(
  {
    v: Type.Literal(1),
    from: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' }),
    version: Type.String({ pattern: '^[0-9a-f]{16}$' }),
    document: NoticeDocument,
  },
  { additionalProperties: false },
);

/**
 * Reads what there is, and publishes the notice of each declaration that says something new.
 * @throws ServicesFault `data-damaged` where a file is not what was written, `data-unwritable`, `disk-full`
 */
// EN 303 645 6-1, 6-2, G044 7-a, 7-b: what the notice said on a day is kept, whatever it says since
export function openNotices(dataDir: string, declarations: readonly Declaration[], clock: Clock): Notices {
  const published = new Map<string, readonly Published[]>();
  for (const declaration of declarations) {
    const { id } = declaration.product;
    const folder = join(dataDir, 'notices', id);
    const before = read(folder);
    const document = noticeDocument(declaration);
    const next = decideNotice(before, { version: versionOfNotice(document), document }, clock.now());
    if (next) write(folder, before.length + 1, next);
    published.set(id, next ? [...before, next] : before);
  }
  return { of: (productId) => published.get(productId) ?? [] };
}

/** `000001.json`, `000002.json`: without a gap, in the order in which they held. */
const NAME = /^\d{6}\.json$/;
const nameOf = (n: number): string => `${String(n).padStart(6, '0')}.json`;

function read(folder: string): readonly Published[] {
  try {
    mkdirSync(folder, { recursive: true });
    const names = readdirSync(folder)
      .filter((name) => NAME.test(name))
      .sort();
    return names.map((name, n) => {
      const file = join(folder, name);
      if (name !== nameOf(n + 1)) throw new ServicesFault('data-damaged', `${join(folder, nameOf(n + 1))} is missing`);
      return entryOf(readFileSync(file, 'utf8'), file);
    });
  } catch (error) {
    throw asFault(error, folder);
  }
}

function entryOf(text: string, file: string): Published {
  let entry: unknown;
  try {
    // no boundary: a file of our own folder; read by its schema all the same
    entry = JSON.parse(text);
  } catch (cause) {
    throw new ServicesFault('data-damaged', `${file} is no JSON`, cause);
  }
  if (!Value.Check(Entry, entry)) throw new ServicesFault('data-damaged', `${file} is no published notice`);
  const { from, version, document } = entry;
  if (versionOfNotice(document) !== version)
    throw new ServicesFault('data-damaged', `${file} does not say what it said when it was published`);
  return { from: Date.parse(from), version, document };
}

/** Whole under its name, or not there: a power cut leaves a file that has no name of these. */
function write(folder: string, n: number, { from, version, document }: Published): void {
  const draft = join(folder, 'draft');
  try {
    rmSync(draft, { force: true });
    const handle = openSync(draft, 'wx', 0o644);
    try {
      writeSync(handle, `${JSON.stringify({ v: 1, from: iso(from), version, document }, null, 2)}\n`);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    // unlike a rename, a link takes nobody's place
    linkSync(draft, join(folder, nameOf(n)));
    rmSync(draft);
    syncFolder(folder);
  } catch (error) {
    throw asFault(error, folder);
  }
}
