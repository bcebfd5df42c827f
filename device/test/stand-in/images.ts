import { createHash } from 'node:crypto';
import { byPath, type ImageManifest } from '@hearthward/protocol';
import type { Installed } from '../../src/updates/slots/records.ts';
import type { ImageSource } from '../../src/updates/slots/slots.ts';

/** A small image of a hub as a release would bring it; `files` are contents by path. */
export const imageOf = (
  release: Omit<Installed, 'digest'>,
  files: Readonly<Record<string, string>> = filesOf(release.number),
): ImageSource & { readonly files: readonly string[] } => {
  const contents = new Map(Object.values(files).map((text) => [sha256(text), Buffer.from(text)]));
  const manifest: ImageManifest = {
    v: 1,
    product: 'hub',
    number: release.number,
    entry: 'hub.js',
    files: Object.entries(files)
      .map(([path, text]) => ({
        path,
        sha256: sha256(text),
        length: Buffer.byteLength(text),
        ...(path.startsWith('bin/') ? { executable: true as const } : {}),
      }))
      .sort(byPath),
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  return {
    image: { ...release, digest: sha256(bytes) },
    product: 'hub',
    manifest: bytes,
    files: manifest.files.map(({ path }) => path),
    open: (digest) => halves(contents.get(digest) ?? Buffer.alloc(0)),
  };
};

const filesOf = (number: number): Record<string, string> => ({
  'hub.js': `console.log('hub ${number}')`,
  'bin/led': `#!/bin/sh\n# ${number}\n`,
  'lib/same.js': 'export const same = true;',
});

const halves = (bytes: Buffer): Buffer[] => [bytes.subarray(0, bytes.length >> 1), bytes.subarray(bytes.length >> 1)];

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
