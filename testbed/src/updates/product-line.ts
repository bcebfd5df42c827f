import { zstdCompressSync } from 'node:zlib';
import {
  byPath,
  dictionaryOf,
  offersPath,
  packHead,
  pathsOf,
  releasePaths,
  rolesOf,
  type ImageManifest,
  type Offer,
  type Release,
} from '@hearthward/protocol';
import { HostileRepository, sha256 } from './hostile-repository.ts';

/** Releases of one product in a repository by value: built, signed and offered as a manufacturer does, or as nobody should. */

export type Tree = Readonly<Record<string, Buffer>>;
export interface MadeRelease {
  readonly release: Release;
  readonly manifest: Buffer;
  readonly digest: string;
  readonly tree: Tree;
}

export const productLine = (product: string, now: number): HostileRepository => {
  const repository = new HostileRepository(now);
  // as manufacturers do, whose services look at what they have published
  repository.withHashes = true;
  const roles = rolesOf(product);
  const paths = pathsOf(product);
  repository.delegate('targets', { name: roles.security, terminating: true, paths: [paths.security] });
  repository.delegate('targets', { name: roles.releases, paths: [paths.releases] });
  repository.delegate('targets', { name: roles.rollout, paths: [paths.rollout] });
  repository.publish(...Object.values(roles), 'targets', 'snapshot', 'timestamp');
  return repository;
};

/** An image by its files; nothing of it is in any repository yet. */
export const makeRelease = (
  tree: Tree,
  about: Partial<Release> & { readonly product: string; readonly number: number },
): MadeRelease => {
  const files = Object.entries(tree)
    .map(([path, bytes]) => ({ path, sha256: sha256(bytes), length: bytes.length }))
    .sort(byPath);
  const entry = files.find(({ path }) => path === 'main.js')?.path ?? files[0]?.path ?? '';
  const image: ImageManifest = { v: 1, product: about.product, number: about.number, entry, files };
  const manifest = Buffer.from(JSON.stringify(image));
  const version = about.version ?? `1.${about.number}.0`;
  const kind = about.kind ?? 'feature';
  const paths = releasePaths(about.product, kind === 'security' ? 'security' : 'releases', version);
  const release: Release = {
    v: 1,
    models: ['M1'],
    kind,
    securityVersion: 1,
    summary: { en: `Release ${about.number}` },
    risksRemoved: [],
    downtimeSeconds: 5,
    keepsWorking: [],
    unpackedBytes: files.reduce((sum, { length }) => sum + length, 0),
    pack: paths.pack,
    deltas: [],
    sbom: paths.sbom,
    provenance: paths.provenance,
    ...about,
    version,
  };
  return { release, manifest, digest: sha256(manifest), tree };
};

/** Into the repository, signed by the role of its kind; with a delta from each earlier release. */
export const publishRelease = (
  repository: HostileRepository,
  made: MadeRelease,
  earlier: readonly MadeRelease[] = [],
  /** another than the one that may */
  by?: string,
): MadeRelease => {
  const { product, version, kind } = made.release;
  const role = by ?? (kind === 'security' ? rolesOf(product).security : rolesOf(product).releases);
  const paths = releasePaths(product, kind === 'security' ? 'security' : 'releases', version);
  const deltas = earlier.map((from) => ({ fromImage: from.digest, pack: paths.delta(from.release.version) }));
  const release = { ...made.release, deltas };
  repository.addTarget(role, paths.image, made.manifest, release);
  repository.addTarget(role, paths.pack, packOf(made.tree));
  for (const from of earlier)
    repository.addTarget(role, paths.delta(from.release.version), packOf(made.tree, from.tree));
  repository.publish(role, 'snapshot', 'timestamp');
  return { ...made, release };
};

/** What the online role says; as it likes. */
export const publishOffers = (repository: HostileRepository, product: string, offers: readonly Offer[]): void => {
  const role = rolesOf(product).rollout;
  repository.addTarget(role, offersPath(product), Buffer.from(JSON.stringify({ v: 1, product, offers })));
  repository.publish(role, 'snapshot', 'timestamp');
};

/** To the whole fleet, at once. */
export const offerOf = ({ release }: MadeRelease, changes: Partial<Offer> = {}): Offer => ({
  version: release.version,
  number: release.number,
  image: releasePaths(release.product, release.kind === 'security' ? 'security' : 'releases', release.version).image,
  state: 'offered',
  salt: '0'.repeat(32),
  below: 10_000,
  members: [],
  jitterSeconds: 0,
  ...changes,
});

/** One block for each content, built on the file of the same path where there is one. */
const packOf = (tree: Tree, from: Tree = {}): Buffer => {
  const had = new Set(Object.values(from).map(sha256));
  const frames: Buffer[] = [];
  const blocks = [];
  let at = 0;
  for (const [path, bytes] of Object.entries(tree)) {
    const digest = sha256(bytes);
    if (had.has(digest)) continue;
    had.add(digest);
    const old = from[path];
    const frame = zstdCompressSync(bytes, old ? { dictionary: dictionaryOf([old]) } : {});
    blocks.push({
      files: [digest],
      from: old ? [sha256(old)] : [],
      at,
      bytes: frame.length,
      unpacked: bytes.length,
    });
    at += frame.length;
    frames.push(frame);
  }
  return Buffer.concat([packHead({ v: 1, blocks }), ...frames]);
};

/** What of a repository a device asks for, and how it is answered: the honest bytes, unless `answer` has others. */
export const served = (
  repository: HostileRepository,
  answer: (path: string) => Uint8Array | 'nobody' | undefined = () => undefined,
) => {
  const asked: string[] = [];
  let bytes = 0;
  // eslint-disable-next-line @typescript-eslint/require-await -- a network is asynchronous, whatever is behind it
  const get = async (path: string, headers: Readonly<Record<string, string>>) => {
    asked.push(path);
    const [, folder, address] = /^(metadata|targets)\/(.*)$/.exec(path) ?? [];
    const other = answer(path);
    if (other === 'nobody') throw new Error('ECONNREFUSED');
    const whole =
      other ?? (folder === 'metadata' ? repository.file(address ?? '') : repository.artifact(address ?? ''));
    const none = { status: 404, headers: {}, body: pieces(Buffer.alloc(0)), close: () => undefined };
    if (!whole) return none;
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers['range'] ?? '') ?? [];
    if (first === undefined || last === undefined) {
      bytes += whole.length;
      return { ...none, status: 200, body: pieces(whole) };
    }
    const part = whole.subarray(Number(first), Number(last) + 1);
    bytes += part.length;
    const range = `bytes ${first}-${Number(first) + part.length - 1}/${whole.length}`;
    return { ...none, status: 206, headers: { 'content-range': range }, body: pieces(part) };
  };
  return { get, asked, bytes: () => bytes };
};

// eslint-disable-next-line @typescript-eslint/require-await -- a body is asynchronous
async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 4096) yield bytes.subarray(at, at + 4096);
}
