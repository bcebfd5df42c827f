import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { folderStore, metadataOver, openMetadata, systemDisk } from '@hearthward/device/updates';
import type { Declaration } from '@hearthward/product';
import {
  makeRelease,
  offerOf,
  productLine,
  publishOffers,
  publishRelease,
  served,
  type MadeRelease,
} from './product-line.ts';

/** The manufacturer's bench: it offers one unit the release that somebody asks for, as good or as bad as they want it. */
export interface Bench {
  /** what a factory gives a device */
  readonly root: string;
  /** the release that a device is delivered with */
  readonly first: MadeRelease;
  readonly get: ReturnType<typeof served>['get'];
  /** `KIND-ask` or `KIND-takeBack`, as a target file has them; false: nobody knows it */
  readonly arrange: (asked: string) => boolean;
  /** the signatures that reach a release which no device is offered, as a device keeps them beside a slot */
  readonly signaturesOf: (made: MadeRelease) => Promise<Uint8Array>;
  /** nothing is offered any more */
  readonly clear: () => void;
  readonly made: (digest: string) => { readonly version: string; readonly comesUp: boolean };
  /** all metadata, where the manufacturer’s site has it */
  readonly publishTo: (folder: string) => void;
}

/** A device has this one; older ones have been made as well. */
const FIRST = 10;
export const RELEASES_ON_BENCH = ['next', 'damaged', 'unsigned', 'older', 'failing', 'other-model'] as const;

export const openBench = ({ product }: Declaration, now: number): Bench => {
  const repository = productLine(product.id, now);
  const known = new Map<string, { version: string; comesUp: boolean }>();
  const spoilt = new Set<string>();
  let number = FIRST;
  const make = (which: number, version: string, kind: string): MadeRelease => {
    const made = makeRelease(
      { 'main.js': Buffer.from(`// ${version} ${kind}\n`) },
      {
        product: product.id,
        number: which,
        version,
        kind: 'security',
        models: [kind === 'other-model' ? `${product.model.designation}-X` : product.model.designation],
        risksRemoved: [
          {
            id: 'CVE-2026-1',
            severity: 'high',
            risk: { en: 'A stranger in the home network could have switched the lamp.' },
          },
        ],
      },
    );
    known.set(made.digest, { version, comesUp: kind !== 'failing' });
    return made;
  };
  const first = make(FIRST, product.softwareVersion, 'first');
  const offer = (kind: string): void => {
    const older = kind === 'older';
    if (!older) number += 1;
    const made = make(older ? FIRST - 1 : number, older ? '0.0.9' : `0.1.${number}`, kind);
    if (kind === 'unsigned') {
      // the role that may only time names the image itself
      publishOffers(repository, product.id, [offerOf(publishRelease(repository, made, [], `${product.id}-rollout`))]);
      return;
    }
    if (kind === 'damaged') spoilt.add(made.release.version);
    publishOffers(repository, product.id, [offerOf(publishRelease(repository, made))]);
  };
  const { get } = served(repository, (path) =>
    path.endsWith('.pack') && [...spoilt].some((version) => path.includes(`/${version}/`))
      ? Buffer.alloc(2000, 0x41)
      : undefined,
  );
  const clear = (): void => publishOffers(repository, product.id, []);
  clear();
  return {
    root: Buffer.from(repository.last('root', 1)).toString('utf8'),
    first,
    get,
    arrange: (asked) => {
      const kind = RELEASES_ON_BENCH.find((each) => asked === `${each}-ask` || asked === `${each}-takeBack`);
      if (kind === undefined) return false;
      if (asked.endsWith('-ask')) offer(kind);
      else clear();
      return true;
    },
    signaturesOf: async (made) => {
      const folder = mkdtempSync(join(tmpdir(), 'hearthward-signed-'));
      try {
        const { image } = offerOf(publishRelease(repository, made));
        const believed = await openMetadata({
          store: folderStore(systemDisk, folder),
          factoryRoot: repository.last('root', 1),
          fetch: metadataOver((name, headers) => get(`metadata/${name}`, headers)),
          clock: { now: () => now },
          notBefore: now,
        }).refresh();
        const envelope = believed.ok ? await believed.envelope(image) : undefined;
        if (!envelope) throw new Error('the bench’s own release is not believed');
        return envelope;
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
    clear,
    made: (digest) => known.get(digest) ?? { version: product.softwareVersion, comesUp: true },
    publishTo: (folder) => {
      for (const [role, versions] of repository.published) {
        for (const [at, bytes] of versions.entries()) {
          const name = role === 'timestamp' ? 'timestamp.json' : `${at + 1}.${role}.json`;
          const file = join(folder, 'metadata', name);
          mkdirSync(dirname(file), { recursive: true });
          writeFileSync(file, bytes);
        }
      }
    },
  };
};
