import { endianness } from 'node:os';

/**
 * Messages on SWUpdate's control socket (include/network_ipc.h of SWUpdate; the same from 2022.12 to 2026.05): one C
 * structure of fixed size in the byte order of the machine, both ways. Offsets are those of compilers for 64 and 32 bit.
 */
const WIDE = !['arm', 'ia32', 'mipsel', 'mips'].includes(process.arch);
const LITTLE = endianness() === 'LE';
const REQUEST = WIDE ? { info: 24, end: 1056 } : { info: 16, end: 1044 };
export const MESSAGE_BYTES = WIDE ? 3120 : 3104;

const MAGIC = 0x14052001;
const API_VERSION = 1;
const AT = { type: 4, data: 8 } as const;
const TYPES = { install: 0, ack: 1, nack: 2, status: 3 } as const;
export type MessageType = keyof typeof TYPES;
const SOURCE_LOCAL = 4;
const RUN_INSTALL = 2;
const INFO_BYTES = 512;
const NAME_BYTES = 256;
const DESCRIPTION_BYTES = 2048;

const word = (bytes: Buffer, at: number, value: number): number =>
  LITTLE ? bytes.writeUInt32LE(value, at) : bytes.writeUInt32BE(value, at);
const wordAt = (bytes: Buffer, at: number): number => (LITTLE ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));

const message = (type: MessageType): Buffer => {
  const bytes = Buffer.alloc(MESSAGE_BYTES);
  word(bytes, 0, MAGIC);
  word(bytes, AT.type, TYPES[type]);
  return bytes;
};

/** `set` and `mode` choose what of a bundle is installed: the image for one place or for the other. */
export const installRequest = (set: string, mode: string): Buffer => {
  const bytes = message('install');
  const data = bytes.subarray(AT.data);
  word(data, 0, API_VERSION);
  word(data, 4, SOURCE_LOCAL);
  word(data, 8, RUN_INSTALL);
  data.write(set, REQUEST.info + INFO_BYTES, NAME_BYTES - 1, 'latin1');
  data.write(mode, REQUEST.info + INFO_BYTES + NAME_BYTES, NAME_BYTES - 1, 'latin1');
  // the bundle lies here: no second copy of it
  data.writeUInt8(1, REQUEST.info + INFO_BYTES + 2 * NAME_BYTES);
  return bytes;
};

export const statusRequest = (): Buffer => message('status');

export type Reply =
  | { readonly type: 'ack'; readonly current: number; readonly lastResult: number; readonly said: string }
  | { readonly type: 'nack'; readonly said: string };

/** Undefined where the bytes are not a reply of SWUpdate. */
export const readReply = (bytes: Buffer): Reply | undefined => {
  if (bytes.length !== MESSAGE_BYTES || wordAt(bytes, 0) !== MAGIC) return undefined;
  const type = wordAt(bytes, AT.type);
  const data = bytes.subarray(AT.data);
  if (type === TYPES.nack) return { type: 'nack', said: text(data, 0, 128) };
  if (type !== TYPES.ack) return undefined;
  return {
    type: 'ack',
    current: wordAt(data, 0),
    lastResult: wordAt(data, 4),
    said: text(data, 12, DESCRIPTION_BYTES),
  };
};

/** Values of RECOVERY_STATUS (include/swupdate_status.h). */
export const STATUS = { idle: 0, success: 3, failure: 4 } as const;

const text = (bytes: Buffer, from: number, most: number): string => {
  const part = bytes.subarray(from, from + most);
  const end = part.indexOf(0);
  return part.toString('latin1', 0, end < 0 ? most : end);
};
