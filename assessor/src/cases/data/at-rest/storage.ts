import { createHash } from 'node:crypto';
import type { Probe } from '../../../model.ts';
import type { Marker } from './markers.ts';
import { tracesIn, type Trace } from './traces.ts';

/** A read-out of a product's storage, and what of the markers can be read in it. */
export interface Storage {
  /** SHA-256 of each file */
  readonly digests: ReadonlyMap<string, string>;
  readonly bytes: number;
  readonly traces: readonly StorageTrace[];
}
export type StorageTrace = Trace & { readonly file: string };

/** @param see is shown every file too */
export async function readStorage(
  probe: Probe,
  which: 'runningStorage' | 'storage',
  markers: readonly Marker[],
  see: (bytes: Uint8Array, file: string) => void = () => undefined,
): Promise<Storage> {
  const digests = new Map<string, string>();
  const traces: StorageTrace[] = [];
  let size = 0;
  for await (const { path: file, bytes } of probe.files.read(which)) {
    digests.set(file, createHash('sha256').update(bytes).digest('hex'));
    size += bytes.length;
    see(bytes, file);
    for (const trace of tracesIn(bytes, markers)) traces.push({ file, ...trace });
  }
  return { digests, bytes: size, traces };
}

export const changesOf = (before: Storage, after: Storage): number =>
  [...after.digests].filter(([file, digest]) => before.digests.get(file) !== digest).length;

/** A choice may have stood there before: what counts is that there is more of it. */
export const newIn = (before: Storage, after: Storage): readonly StorageTrace[] => {
  const name = ({ file, item, as }: StorageTrace): string => `${item} ${as} ${file}`;
  const had = new Map(before.traces.map((each) => [name(each), each.count]));
  return after.traces.filter((each) => each.count > (had.get(name(each)) ?? 0)).slice(0, MOST_FOUND);
};
const MOST_FOUND = 40;
