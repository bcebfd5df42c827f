import {
  closeSync,
  createReadStream,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  isStreamed,
  lengthsIn,
  PACK_PREFIX_BYTES,
  type PackBlock,
  readPackIndex,
  readPackPrefix,
  type Unpacked as UnpackedBlock,
  unpackFiles,
  unpackStream,
} from '@hearthward/protocol';

/**
 * A pack is opened again before anybody gets it: every frame must give exactly the files that it names. A pack that is cut
 * off, swapped, too long or of something else is found where people can still mend it.
 */
export type Unpacked =
  | { readonly ok: true; readonly files: ReadonlySet<string> }
  | { readonly ok: false; readonly because: string };

/**
 * `lengths` are those of the manifest, by digest. With `into` each content is written there under its digest; contents that
 * blocks build on are looked for in `old`.
 */
export async function unpack(
  pack: string,
  lengths: ReadonlyMap<string, number>,
  { into, old }: { readonly into?: string; readonly old?: string } = {},
): Promise<Unpacked> {
  if (into !== undefined) mkdirSync(into, { recursive: true });
  const handle = openSync(pack, 'r');
  try {
    const index = readIndex(handle);
    if (!index.ok) return index;
    const files = new Set<string>();
    for (const block of index.blocks) {
      const because = await whyNot(handle, block, { pack, start: index.start, lengths, into, old });
      if (because !== undefined) return { ok: false, because };
      for (const digest of block.files) files.add(digest);
    }
    return { ok: true, files };
  } finally {
    closeSync(handle);
  }
}

function readIndex(handle: number) {
  const { size } = fstatSync(handle);
  const prefix = readPackPrefix(readAt(handle, 0, PACK_PREFIX_BYTES));
  if (!prefix.ok) return prefix;
  const { indexBytes } = prefix.value;
  const index = readPackIndex(readAt(handle, PACK_PREFIX_BYTES, indexBytes), size);
  return index.ok ? { ok: true as const, blocks: index.value.blocks, start: PACK_PREFIX_BYTES + indexBytes } : index;
}

interface Where {
  readonly pack: string;
  /** of the first block */
  readonly start: number;
  readonly lengths: ReadonlyMap<string, number>;
  readonly into: string | undefined;
  readonly old: string | undefined;
}

async function whyNot(handle: number, block: PackBlock, where: Where): Promise<string | undefined> {
  const lengths = lengthsIn(block, where.lengths);
  if (!lengths.ok) return lengths.because;
  const files = block.files.map((digest, index) => ({ sha256: digest, length: lengths.value[index] ?? 0 }));
  const [first = { sha256: '', length: 0 }] = files;
  const unpacked = isStreamed(block) ? await streamed(block, first, where) : whole(handle, block, files, where);
  return unpacked.ok ? undefined : `${first.sha256.slice(0, 12)}: ${unpacked.because}`;
}

interface NamedFile {
  readonly sha256: string;
  readonly length: number;
}

function whole(handle: number, block: PackBlock, files: readonly NamedFile[], where: Where): UnpackedBlock<unknown> {
  const from: Buffer[] = [];
  for (const each of block.from) {
    const source = where.old === undefined ? undefined : join(where.old, each);
    if (source === undefined || !existsSync(source)) {
      return { ok: false, because: `it builds on ${each.slice(0, 12)}, which is not here` };
    }
    from.push(readFileSync(source));
  }
  const unpacked = unpackFiles(readAt(handle, where.start + block.at, block.bytes), from, files);
  if (!unpacked.ok || where.into === undefined) return unpacked;
  for (const [index, { sha256 }] of files.entries()) {
    writeWhole(join(where.into, sha256), unpacked.value[index] ?? Buffer.alloc(0));
  }
  return unpacked;
}

async function streamed(
  block: PackBlock,
  file: NamedFile,
  { pack, start, into }: Where,
): Promise<UnpackedBlock<unknown>> {
  const aside = into === undefined ? undefined : openSync(join(into, `${file.sha256}.new`), 'w');
  let unpacked: UnpackedBlock<unknown>;
  try {
    const frame = createReadStream(pack, { start: start + block.at, end: start + block.at + block.bytes - 1 });
    unpacked = await unpackStream(frame, file, (bytes) => {
      if (aside !== undefined) writeSync(aside, bytes);
    });
  } finally {
    if (aside !== undefined) closeSync(aside);
  }
  if (unpacked.ok && into !== undefined) renameSync(join(into, `${file.sha256}.new`), join(into, file.sha256));
  return unpacked;
}

function readAt(handle: number, at: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const read = readSync(handle, bytes, 0, length, at);
  return bytes.subarray(0, read);
}

function writeWhole(file: string, bytes: Uint8Array): void {
  const handle = openSync(file, 'w');
  try {
    writeSync(handle, bytes);
  } finally {
    closeSync(handle);
  }
}
