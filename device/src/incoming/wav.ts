/**
 * A sound as people bring it: RIFF/WAVE with PCM samples (Multimedia Programming Interface and Data Specifications 1.0,
 * August 1991). What is not exactly that is refused, and what is taken is written anew: header and samples, nothing else
 * that came with them.
 */
const HEADER_BYTES = 44;
const RATES: ReadonlySet<number> = new Set([8_000, 11_025, 16_000, 22_050, 44_100, 48_000]);
const LONGEST_SECONDS = 5;
const MOST_CHUNKS = 16;

interface Sound {
  readonly channels: number;
  /** samples of one channel in a second */
  readonly rate: number;
  /** bits of a sample: 8 or 16 */
  readonly bits: number;
  readonly samples: Uint8Array;
}

/** Hostile bytes to the same sound in its one canonical form; undefined where they are no such sound. */
export function remadeWav(bytes: Uint8Array): Uint8Array | undefined {
  const sound = readWav(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  return sound && writeWav(sound);
}

function readWav(bytes: Buffer): Sound | undefined {
  if (bytes.length < HEADER_BYTES || tag(bytes, 0) !== 'RIFF' || tag(bytes, 8) !== 'WAVE') return undefined;
  if (bytes.readUInt32LE(4) !== bytes.length - 8) return undefined;
  let format: Omit<Sound, 'samples'> | undefined;
  let samples: Buffer | undefined;
  let at = 12;
  for (let chunk = 0; at < bytes.length; chunk += 1) {
    if (chunk === MOST_CHUNKS || bytes.length - at < 8) return undefined;
    const from = at + 8;
    const length = bytes.readUInt32LE(at + 4);
    if (length > bytes.length - from) return undefined;
    if (tag(bytes, at) === 'fmt ') {
      if (format) return undefined;
      format = readFormat(bytes.subarray(from, from + length));
      if (!format) return undefined;
    } else if (tag(bytes, at) === 'data') {
      if (samples) return undefined;
      samples = bytes.subarray(from, from + length);
    }
    // a chunk of odd length is followed by one byte more
    at = from + length + (length % 2);
  }
  if (!format || !samples || at > bytes.length + 1) return undefined;
  const frame = (format.channels * format.bits) / 8;
  const frames = samples.length / frame;
  if (frames === 0 || !Number.isInteger(frames) || frames > format.rate * LONGEST_SECONDS) return undefined;
  return { ...format, samples };
}

function readFormat(chunk: Buffer): Omit<Sound, 'samples'> | undefined {
  if (chunk.length !== 16 && chunk.length !== 18) return undefined;
  const [kind, channels, rate, bits] = [
    chunk.readUInt16LE(0),
    chunk.readUInt16LE(2),
    chunk.readUInt32LE(4),
    chunk.readUInt16LE(14),
  ];
  const PCM = 1;
  if (kind !== PCM || (channels !== 1 && channels !== 2) || !RATES.has(rate) || (bits !== 8 && bits !== 16))
    return undefined;
  const frame = (channels * bits) / 8;
  const isConsistent = chunk.readUInt32LE(8) === rate * frame && chunk.readUInt16LE(12) === frame;
  return isConsistent ? { channels, rate, bits } : undefined;
}

function writeWav({ channels, rate, bits, samples }: Sound): Uint8Array {
  const frame = (channels * bits) / 8;
  const padding = samples.length % 2;
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(HEADER_BYTES - 8 + samples.length + padding, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * frame, 28);
  header.writeUInt16LE(frame, 32);
  header.writeUInt16LE(bits, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples, Buffer.alloc(padding)]);
}

const tag = (bytes: Buffer, at: number): string => bytes.toString('latin1', at, at + 4);
