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

export const askClamd = async (
  at: Extract<ScannerSettings, { kind: 'clamd' }>,
  bytes: Uint8Array,
  withinMillis = ANSWER_MILLIS,
): Promise<ScanVerdict> => {
  const said = await talk(at, withinMillis, (socket) => ask(socket, bytes));
  return said === undefined ? { kind: 'not-scanned', because: 'unreachable' } : verdictIn(said);
};

/** What it answered until it closed, ended its answer, or took too long; undefined where nobody was there. */
const talk = (
  at: Extract<ScannerSettings, { kind: 'clamd' }>,
  withinMillis: number,
  say: (socket: Socket) => void,
): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = 'socket' in at ? connect(at.socket) : connect(at.port, '127.0.0.1');
    let said = '';
    const end = (answer: string | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(() => end(''), withinMillis);
    socket.on('error', () => end(undefined));
    socket.once('close', () => end(said));
    // boundary scanner-answer: the scanner of this machine -> verdictIn, at most LONGEST_ANSWER, else nothing is taken;
    // device/test/incoming/clamd.test.ts
    socket.setEncoding('latin1').on('data', (piece: string) => {
      said += piece;
      if (said.length > LONGEST_ANSWER) end('');
      else if (said.includes('\0')) end(said);
    });
    socket.once('connect', () => say(socket));
  });

/** It reads its signatures anew, and goes on with those that it has meanwhile. False where it did not say that it does. */
export const reloadClamd = (
  at: Extract<ScannerSettings, { kind: 'clamd' }>,
  withinMillis = ANSWER_MILLIS,
): Promise<boolean> =>
  talk(at, withinMillis, (socket) => void socket.write('zRELOAD\0')).then((said) => said === 'RELOADING\0');

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
