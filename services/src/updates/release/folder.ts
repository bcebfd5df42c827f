import { createHash } from 'node:crypto';
import { createReadStream, existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DIGESTS, type ImageManifest, readImage, Release, releasePaths } from '@hearthward/protocol';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { asFault } from '../../faults.ts';
import { unpack } from './unpack.ts';

/**
 * A release as a folder: `release.json` says what it is and names each of its files with length and digest, `files/` has
 * them. It travels to those who sign it, and is believed by nobody: whoever opens it reads every byte again.
 */
const strict = { additionalProperties: false } as const;
const Target = Type.Object(
  {
    /** in `files/` */
    name: Type.String({ pattern: '^[0-9A-Za-z][0-9A-Za-z.-]{0,99}$' }),
    length: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
  },
  strict,
);
const ReleaseFile = Type.Object(
  { v: Type.Literal(1), release: Release, targets: Type.Record(Type.String({ maxLength: 200 }), Target) },
  strict,
);
export type ReleaseFile = Static<typeof ReleaseFile>;

export const RELEASE_FILE = 'release.json';
export const FILES = 'files';

export interface ReleaseFolder extends ReleaseFile {
  readonly folder: string;
  readonly image: ImageManifest;
}
export type FolderRefusal =
  | 'release-malformed'
  | 'release-mislabelled'
  | 'file-missing'
  | 'file-altered'
  | 'image-refused'
  | 'pack-refused';
export type ReadFolder =
  | { readonly ok: true; readonly value: ReleaseFolder }
  | { readonly ok: false; readonly code: FolderRefusal; readonly because: string };

export const kindFolder = ({ kind }: Pick<Release, 'kind'>): 'security' | 'releases' =>
  kind === 'security' ? 'security' : 'releases';

/** Hostile: a folder that somebody brought. Lengths first, then digests, then what the files say. */
// EN 303 645 5.3-9, G044 6.3.9, G045 PL-2-3: cut off, swapped, too long or of another product, a release gets no further
export async function readReleaseFolder(folder: string): Promise<ReadFolder> {
  const file = readJson(join(folder, RELEASE_FILE));
  if (!Value.Check(ReleaseFile, file)) return refused('release-malformed', `${folder} has no ${RELEASE_FILE} of ours`);
  const { release, targets } = file;
  const paths = releasePaths(release.product, kindFolder(release), release.version);
  const { image, pack, sbom, provenance } = paths;
  const deltas = release.deltas.map((each) => each.pack);
  const own = deltas.every((path) => path.startsWith(paths.delta('').slice(0, -'.pack'.length)));
  if (release.pack !== pack || release.sbom !== sbom || release.provenance !== provenance || !own)
    return refused('release-mislabelled', `its files are not those of ${release.product} ${release.version}`);
  const expected = [image, pack, sbom, provenance, ...deltas].sort();
  if (JSON.stringify(Object.keys(targets).sort()) !== JSON.stringify(expected))
    return refused('release-mislabelled', `it names other files than ${release.product} ${release.version} has`);
  for (const [path, target] of Object.entries(targets)) {
    if (path.slice(path.lastIndexOf('/') + 1) !== target.name)
      return refused('release-mislabelled', `${path} is said to be ${target.name}`);
    const wrong = await whyAltered(join(folder, FILES, target.name), target);
    if (wrong) return wrong;
  }
  const manifest = readImage(readFileSync(join(folder, FILES, 'image.json')), release.unpackedBytes);
  if (!manifest.ok) return refused('image-refused', manifest.because);
  const { product, number } = manifest.image;
  if (product !== release.product || number !== release.number)
    return refused(
      'release-mislabelled',
      `its image is ${product} number ${number}, and it says ${release.product} number ${release.number}`,
    );
  if (manifest.bytes !== release.unpackedBytes)
    return refused(
      'release-mislabelled',
      `its image takes ${manifest.bytes} bytes, and it says ${release.unpackedBytes}`,
    );
  return { ok: true, value: { ...file, folder, image: manifest.image } };
}

/** Opens the full pack: it must give every file of the image, and no other. `into` keeps what comes out, by digest. */
export async function unpackRelease({ folder, image }: ReleaseFolder, into?: string) {
  const lengths = new Map(image.files.map(({ sha256, length }) => [sha256, length]));
  const done = await unpack(join(folder, FILES, 'full.pack'), lengths, into === undefined ? {} : { into });
  if (!done.ok) return refused('pack-refused', `full.pack: ${done.because}`);
  const absent = [...lengths.keys()].find((digest) => !done.files.has(digest));
  if (absent !== undefined) return refused('pack-refused', `full.pack lacks ${absent.slice(0, 12)}`);
  return { ok: true as const };
}

async function whyAltered(file: string, { name, length, sha256 }: Static<typeof Target>) {
  const found = existsSync(file) ? lstatSync(file) : undefined;
  if (!found?.isFile()) return refused('file-missing', `${name} is missing`);
  if (found.size !== length) return refused('file-altered', `${name} has ${found.size} bytes in place of ${length}`);
  const digest = await sha256Of(file);
  return digest === sha256
    ? undefined
    : refused('file-altered', `${name} has another digest than ${RELEASE_FILE} says`);
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash(DIGESTS.sha256.digest);
  try {
    await pipeline(createReadStream(file), async (parts: AsyncIterable<Buffer>) => {
      for await (const part of parts) hash.update(part);
    });
  } catch (error) {
    throw asFault(error, file);
  }
  return hash.digest('hex');
}

function readJson(file: string): unknown {
  try {
    if (lstatSync(file).size > MOST_BYTES) return undefined;
    // boundary release-folder: a folder that the release manager names -> ReleaseFile, at most MOST_BYTES, else refused with its reason;
    // services/test/updates/release.test.ts
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    // absent, or not JSON: the schema refuses it; what the disk says is told
    if (error instanceof SyntaxError || (error as { code?: string }).code === 'ENOENT') return undefined;
    throw asFault(error, file);
  }
}
const MOST_BYTES = 8 * 1024 * 1024;

const refused = (code: FolderRefusal, because: string) => ({ ok: false as const, code, because });
