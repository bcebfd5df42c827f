import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type Release, releasePaths } from '@hearthward/protocol';
import { asFault, ServicesFault } from '../../faults.ts';
import { sha256 } from '../repository/metadata.ts';
import type { Catalogue, Decision } from './catalogue.ts';
import {
  FILES,
  kindFolder,
  readReleaseFolder,
  RELEASE_FILE,
  type ReleaseFile,
  type ReleaseFolder,
  sha256Of,
  unpackRelease,
} from './folder.ts';
import { type Finding, findingLine, findingsOf } from './gate.ts';
import { type OldFile, type Packed, planBlocks, writePack } from './pack.ts';
import { BUILDER, provenanceOf } from './provenance.ts';
import { componentsOf, sbomOf } from './sbom.ts';
import { inManifest, readTree, type TreeFile } from './tree.ts';
import type { ReleaseWords } from './words.ts';

/**
 * Builds a release from a folder: manifest, packs, bill of materials, provenance. Everything is made twice, each time from
 * the disk, and a release comes of it only where both are the same to the byte. Nothing in it depends on the day, the
 * machine's order of files, or where the folder lies.
 */
export interface BuildIn {
  /** the image as it will lie in a slot */
  readonly image: string;
  readonly words: ReleaseWords;
  /** release folders that deltas are made from */
  readonly from: readonly string[];
  readonly catalogue: Catalogue;
  readonly decisions: readonly Decision[];
  /** a new folder */
  readonly out: string;
  readonly builder?: string;
  readonly progress?: (step: string) => void;
}
export type Built =
  | {
      readonly ok: true;
      readonly release: Release;
      readonly findings: readonly Finding[];
      readonly targets: ReleaseFile['targets'];
      /** deltas that were not worth it, by version */
      readonly left: readonly string[];
    }
  | {
      readonly ok: false;
      readonly code: 'image-refused' | 'exploited-vulnerability' | 'not-reproducible' | 'earlier-release-refused';
      readonly lines: readonly string[];
    };

/** A delta above this share of the full pack saves nobody anything. */
const WORTH = 0.8;

/** @throws ServicesFault `already-there` where `out` is not new */
export async function build(given: BuildIn): Promise<Built> {
  const { out, progress = () => undefined } = given;
  const beside = dirname(out);
  try {
    mkdirSync(beside, { recursive: true });
  } catch (error) {
    throw asFault(error, beside);
  }
  const work = mkdtempSync(join(beside, '.release-'));
  try {
    const earlier = await readEarlier(given, join(work, 'earlier'));
    if (!earlier.ok) return earlier;
    const [first, second] = [join(work, 'first'), join(work, 'second')];
    // EN 303 645 5.3-2, G045 PL-2-3: who has the same input can make the same release, and compare
    const makings = [
      make(given, earlier.all, first, (step) => progress(step)),
      make(given, earlier.all, second, (step) => progress(`again: ${step}`)),
    ] as const;
    // nothing is cleared away below while the other one still writes
    await Promise.allSettled(makings);
    const [made, again] = await Promise.all(makings);
    if (!made.ok) return made;
    if (!again.ok) return again;
    const differing = Object.entries(made.file.targets).filter(
      ([path, { sha256: of }]) => again.file.targets[path]?.sha256 !== of,
    );
    if (differing.length > 0 || JSON.stringify(made.file) !== JSON.stringify(again.file))
      return {
        ok: false,
        code: 'not-reproducible',
        lines: [...differing.map(([path]) => path), RELEASE_FILE].map((path) => `${path} was another the second time`),
      };
    try {
      renameSync(first, out);
    } catch (error) {
      if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes((error as { code?: string }).code ?? ''))
        throw new ServicesFault('already-there', `${out} is there already`, error);
      throw asFault(error, out);
    }
    const { release, targets } = made.file;
    return { ok: true, release, targets, findings: made.findings, left: made.left };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

interface Earlier {
  readonly of: ReleaseFolder;
  readonly manifest: string;
  readonly files: readonly OldFile[];
}

async function readEarlier({ from, words }: BuildIn, into: string) {
  const all: Earlier[] = [];
  for (const [index, folder] of from.entries()) {
    const no = (because: string) => ({
      ok: false as const,
      code: 'earlier-release-refused' as const,
      lines: [`${folder}: ${because}`],
    });
    const read = await readReleaseFolder(folder);
    if (!read.ok) return no(read.because);
    const { release, image } = read.value;
    if (release.product !== words.product) return no(`it is of ${release.product}, not of ${words.product}`);
    if (release.number >= words.number) return no(`its number is ${release.number}, not below ${words.number}`);
    const contents = join(into, String(index));
    const unpacked = await unpackRelease(read.value, contents);
    if (!unpacked.ok) return no(unpacked.because);
    const files = image.files.map(({ path, sha256: of, length }) => ({
      path,
      sha256: of,
      length,
      source: join(contents, of),
    }));
    all.push({ of: read.value, manifest: sha256(readFileSync(join(folder, FILES, 'image.json'))), files });
  }
  return { ok: true as const, all };
}

async function make(given: BuildIn, earlier: readonly Earlier[], to: string, progress: (step: string) => void) {
  const { image, words, catalogue, decisions, builder = BUILDER } = given;
  progress('reading the image');
  const tree = readTree(image);
  if (!tree.ok) return tree;
  const named = componentsOf(tree.files, words);
  const entry = tree.files.some(({ path }) => path === words.entry);
  if (!named.ok || !entry) {
    const lines = named.ok ? [`entry: the image has no ${words.entry}`] : named.lines;
    return { ok: false as const, code: 'image-refused' as const, lines };
  }
  const findings = findingsOf(named.components, catalogue, decisions);
  const open = findings.filter(({ decision }) => decision === undefined);
  if (open.length > 0)
    return { ok: false as const, code: 'exploited-vulnerability' as const, lines: open.map(findingLine) };

  mkdirSync(join(to, FILES), { recursive: true });
  const targets: ReleaseFile['targets'] = {};
  const note = (path: string, { length, sha256: of }: Packed): void => {
    targets[path] = { name: path.slice(path.lastIndexOf('/') + 1), length, sha256: of };
  };
  const write = (path: string, bytes: Uint8Array): void => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    writeFileSync(join(to, FILES, name), bytes, { flag: 'wx' });
    note(path, { length: bytes.length, sha256: sha256(bytes) });
  };
  const paths = releasePaths(words.product, kindFolder(words), words.version);
  write(paths.image, manifestOf(words, tree.files));
  write(paths.sbom, sbomOf(words, named.components));
  const share = (what: string) => {
    progress(what);
    return (done: number) => progress(`${what} ${Math.round(done * 100)} %`);
  };
  const pack = join(to, FILES, 'full.pack');
  // a pack is of its files alone: where an earlier release has the same ones, its pack was built twice and opened again
  const twin = earlier.find((each) => sameFiles(each.files, tree.files))?.of;
  const full = twin ? copied(twin, pack) : await writePack(planBlocks(tree.files), pack, share('full pack'));
  note(paths.pack, full);
  const deltas: Release['deltas'] = [];
  const left: string[] = [];
  for (const { of, manifest, files } of earlier) {
    const { version } = of.release;
    const path = paths.delta(version);
    const file = join(to, FILES, path.slice(path.lastIndexOf('/') + 1));
    const packed = await writePack(planBlocks(tree.files, files), file, share(`delta from ${version}`));
    if (packed.length > full.length * WORTH) {
      rmSync(file);
      left.push(version);
      continue;
    }
    note(path, packed);
    deltas.push({ fromImage: manifest, pack: path });
  }
  const made = Object.entries(targets).map(([path, { sha256: of }]) => ({ name: path, sha256: of }));
  const used = [
    { name: 'image', sha256: targets[paths.image]?.sha256 ?? '' },
    { name: 'release words', sha256: sha256(Buffer.from(JSON.stringify(words))) },
    ...earlier.map(({ of, manifest }) => ({ name: `image of ${of.release.version}`, sha256: manifest })),
  ];
  write(paths.provenance, provenanceOf({ words, builder, made, used, catalogue: catalogue.released, findings }));
  const { entry: _entry, components: _components, ...said } = words;
  const { sbom, provenance } = paths;
  const release: Release = { v: 1, ...said, unpackedBytes: tree.bytes, pack: paths.pack, deltas, sbom, provenance };
  const file: ReleaseFile = { v: 1, release, targets };
  writeFileSync(join(to, RELEASE_FILE), `${JSON.stringify(file, null, 2)}\n`, { flag: 'wx' });
  // what was written is what was meant: a disk that lies is found while the build can be run again
  for (const { name, sha256: of } of Object.values(targets))
    if ((await sha256Of(join(to, FILES, name))) !== of)
      return { ok: false as const, code: 'not-reproducible' as const, lines: [`${name} is another on the disk`] };
  return { ok: true as const, file, findings, left };
}

const sameFiles = (old: readonly OldFile[], files: readonly TreeFile[]): boolean =>
  old.length === files.length &&
  old.every(({ path, sha256: of }, at) => files[at]?.path === path && files[at].sha256 === of);

function copied({ folder, release, targets }: ReleaseFolder, to: string): Packed {
  copyFileSync(join(folder, FILES, 'full.pack'), to);
  const { length = 0, sha256: of = '' } = targets[release.pack] ?? {};
  return { length, sha256: of };
}

const manifestOf = ({ product, number, entry }: ReleaseWords, files: readonly TreeFile[]): Buffer =>
  Buffer.from(JSON.stringify({ v: 1, product, number, entry, files: files.map(inManifest) }), 'utf8');
