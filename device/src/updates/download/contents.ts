import { randomBytes } from 'node:crypto';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ImageManifest } from '@hearthward/protocol';
import { digestOf } from '../slots/verify.ts';

/**
 * File contents by their digest: those of the running image, and those that a download has brought so far, so that
 * nothing is fetched twice, whatever interrupts it. What is here is looked at again when it is copied into a slot; until
 * then a file that a power cut tore is only a file that has to be fetched again.
 */
export interface Contents {
  readonly has: (sha256: string, length: number) => boolean;
  /** undefined where it is absent, or no longer what it was */
  readonly read: (sha256: string) => Buffer | undefined;
  /** where the bytes lie; undefined where they are absent */
  readonly pathOf: (sha256: string) => string | undefined;
  readonly put: (sha256: string, bytes: Uint8Array) => void;
  /** for what is too large to hold: `keep` gives it its name, `drop` removes it */
  readonly writer: () => ContentWriter;
  /** what was found damaged is absent from then on */
  readonly distrust: (sha256: string) => void;
  /** removes everything that was fetched and is neither of this image nor named; all where none is given */
  readonly keepOnly: (image?: ImageManifest, named?: readonly string[]) => void;
}
export interface ContentWriter {
  readonly write: (bytes: Uint8Array) => void;
  readonly keep: (sha256: string) => void;
  /** removes what was written, unless it was kept */
  readonly drop: () => void;
}

export const openContents = (
  folder: string,
  running?: { readonly image: ImageManifest; readonly slot: string },
): Contents => {
  mkdirSync(join(folder, INCOMING), { recursive: true, mode: 0o700 });
  const inSlot = new Map(running?.image.files.map(({ sha256, path }) => [sha256, join(running.slot, path)]));
  const fetched = (sha256: string): string => join(folder, sha256.slice(0, 2), sha256);
  const pathOf = (sha256: string): string | undefined =>
    [inSlot.get(sha256), fetched(sha256)].find((path) => path !== undefined && lengthOf(path) !== undefined);
  const distrust = (sha256: string): void => {
    inSlot.delete(sha256);
    rmSync(fetched(sha256), { force: true });
  };
  const writer = (): ContentWriter => {
    // no key: a name
    const temporary = join(folder, INCOMING, randomBytes(8).toString('hex'));
    const file = openSync(temporary, 'wx', 0o600);
    let open = true;
    const close = (): void => {
      if (open) closeSync(file);
      open = false;
    };
    return {
      write: (bytes) => {
        for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
      },
      keep: (sha256) => {
        close();
        mkdirSync(join(folder, sha256.slice(0, 2)), { recursive: true, mode: 0o700 });
        renameSync(temporary, fetched(sha256));
      },
      drop: () => {
        close();
        rmSync(temporary, { force: true });
      },
    };
  };
  return {
    has: (sha256, length) => {
      const path = pathOf(sha256);
      return path !== undefined && lengthOf(path) === length;
    },
    read: (sha256) => {
      const path = pathOf(sha256);
      if (path === undefined) return undefined;
      const bytes = readFileSync(path);
      if (digestOf([bytes]).digest === sha256) return bytes;
      distrust(sha256);
      return undefined;
    },
    pathOf,
    put: (sha256, bytes) => {
      const each = writer();
      try {
        each.write(bytes);
        each.keep(sha256);
      } catch (thrown) {
        each.drop();
        throw thrown;
      }
    },
    writer,
    distrust,
    keepOnly: (image, named = []) => {
      const kept = new Set([...named, ...(image?.files.map(({ sha256 }) => sha256) ?? [])]);
      for (const part of readdirSync(folder)) {
        for (const name of readdirSync(join(folder, part))) {
          if (!kept.has(name)) rmSync(join(folder, part, name), { force: true });
        }
      }
    },
  };
};

const INCOMING = 'incoming';

const lengthOf = (path: string): number | undefined => {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? found.size : undefined;
};
