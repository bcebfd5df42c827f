import { connect, type Socket } from 'node:net';
import type { ScannerSettings, ScanVerdict } from './scanner.ts';

/**
 * One question to ClamAV's daemon (clamd(8), INSTREAM): the bytes go to it over a socket of this machine, and its word
 * comes back. Whatever it does but say that the bytes are clean, they are not taken.
 */
const ANSWER_MILLIS = 10_000;
/** "stream: NAME FOUND" and its end; names of signatures are short */
const LONGEST_ANSWER = 1_024;
const PIECE_BYTES = 16 * 1024;

export const askClamd = (
  at: Extract<ScannerSettings, { kind: 'clamd' }>,
  bytes: Uint8Array,
  withinMillis = ANSWER_MILLIS,
): Promise<ScanVerdict> =>
  new Promise((resolve) => {
    const socket = 'socket' in at ? connect(at.socket) : connect(at.port, '127.0.0.1');
    let said = '';
    const end = (verdict: ScanVerdict): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(verdict);
    };
    const timer = setTimeout(() => end({ kind: 'not-scanned', because: 'no-answer' }), withinMillis);
    socket.on('error', () => end({ kind: 'not-scanned', because: 'unreachable' }));
    socket.once('close', () => end(verdictIn(said)));
    // boundary scanner-answer: the scanner of this machine -> verdictIn, at most LONGEST_ANSWER, else nothing is taken;
    // device/test/incoming/clamd.test.ts
    socket.setEncoding('latin1').on('data', (piece: string) => {
      said += piece;
      if (said.length > LONGEST_ANSWER) end({ kind: 'not-scanned', because: 'no-answer' });
      else if (said.includes('\0')) end(verdictIn(said));
    });
    socket.once('connect', () => ask(socket, bytes));
  });

/** The `z` form: command and answer end with a zero byte. Each piece stands behind its length, and an empty one ends them. */
const ask = (socket: Socket, bytes: Uint8Array): void => {
  socket.write('zINSTREAM\0');
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    const piece = bytes.subarray(at, at + PIECE_BYTES);
    socket.write(lengthOf(piece.length));
    socket.write(piece);
  }
  socket.write(lengthOf(0));
};

const lengthOf = (bytes: number): Buffer => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes);
  return length;
};

/** An answer that was cut off is none. */
const verdictIn = (said: string): ScanVerdict => {
  const [answer, end] = said.split('\0');
  if (end === undefined) return { kind: 'not-scanned', because: 'no-answer' };
  if (answer === 'stream: OK') return { kind: 'clean' };
  return answer !== undefined && /^stream: \S+ FOUND$/.test(answer)
    ? { kind: 'malware' }
    : { kind: 'not-scanned', because: 'no-answer' };
};
