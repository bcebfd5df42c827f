import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { Clock } from '../../clock.ts';
import { STRICT_HEADERS } from '../../front/headers.ts';
import { CHANGING, FIXED, kindOf, REMEMBER_BYTES, remember, statOf, type Remembered } from './files.ts';
import { isKnown } from './ranges.ts';

/**
 * Answers whole metadata before the framework sees the question: it is what a fleet asks for every day, and nearly always
 * all that it asks for. Everything else, and whatever is not there, is left to the routes. True where it has answered.
 */
export const metadataFromMemory = (folder: string, clock: Clock): Answers => {
  const remembered = new Map<string, Remembered>();
  const ready = new Map<string, Ready>();
  /** undefined where the routes have to say what there is */
  const lookAt = (name: string): Ready | undefined => {
    const kind = kindOf(name);
    const found = kind && statOf(join(folder, name));
    if (!found || found.size > REMEMBER_BYTES) return undefined;
    const { bytes, digest } = remember(remembered, folder, name, found);
    const etag = `"${digest}"`;
    const caching = { etag, 'cache-control': kind === 'fixed' ? FIXED : CHANGING, 'accept-ranges': 'bytes' };
    const whole = { 'content-type': 'application/json', 'content-length': bytes.length };
    return { lookedAt: clock.now(), bytes, etag, known: { ...STRICT_HEADERS, ...caching }, whole };
  };
  return (request, response) => {
    if (request.method !== 'GET' || request.headers.range !== undefined) return false;
    const name = METADATA.exec(request.url ?? '')?.[1];
    if (name === undefined) return false;
    const before = ready.get(name);
    const isFresh = before !== undefined && Math.abs(clock.now() - before.lookedAt) < LOOK_MILLIS;
    const answer = isFresh ? before : unlessGone(() => lookAt(name));
    if (!answer) {
      ready.delete(name);
      return false;
    }
    if (!isFresh) {
      if (ready.size >= READY_MOST) ready.clear();
      ready.set(name, answer);
    }
    if (isKnown(request.headers['if-none-match'], answer.etag)) response.writeHead(304, answer.known).end();
    else response.writeHead(200, { ...answer.known, ...answer.whole }).end(answer.bytes);
    return true;
  };
};

/** Between the look and the reading a file may go, or the disk fail: nobody catches it here, and the routes say what it is. */
const unlessGone = <T>(look: () => T): T | undefined => {
  try {
    return look();
  } catch (error) {
    if (typeof (error as { syscall?: unknown }).syscall === 'string') return undefined;
    throw error;
  }
};

export type Answers = (request: IncomingMessage, response: ServerResponse) => boolean;

interface Ready {
  readonly lookedAt: number;
  readonly bytes: Buffer;
  readonly etag: string;
  readonly known: Readonly<Record<string, string>>;
  readonly whole: Readonly<Record<string, string | number>>;
}

/** What is published is seen so soon; a look at the disk for each question would cost as much as the answer. */
const LOOK_MILLIS = 1000;
const READY_MOST = 256;
const METADATA = /^\/updates\/(metadata\/[^?#]+)$/;
