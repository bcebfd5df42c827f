import { within, type HttpAnswer, type HttpGet } from '../download/ranges.ts';

/** Metadata over HTTP, from whatever answers: bounded in bytes and in time, and not believed for having come. */

export type Fetched =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | {
      readonly ok: false;
      readonly code: 'absent' | 'unreachable' | 'too-long' | 'too-slow';
      readonly because: string;
    };
/** `name`: a file below the repository's metadata, already quoted for a URL. Does not throw for what a network does. */
export type FetchMetadata = (
  name: string,
  most: { readonly bytes: number; readonly millis: number },
) => Promise<Fetched>;

/** What servers of static files say of a file that they have not, those that tell nobody what they have included. */
const ABSENT = new Set([403, 404, 410]);

// EN 303 645 5.3-10, G044 6.3.10: neither endless data nor slow data keeps a device from what it does
export const metadataOver =
  (get: HttpGet): FetchMetadata =>
  async (name, most) => {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), most.millis);
    let answer: HttpAnswer | undefined;
    try {
      const headers = { 'accept-encoding': 'identity', 'cache-control': 'no-cache' };
      answer = await within(get(name, headers, late.signal), late.signal);
      if (ABSENT.has(answer.status)) return failed('absent', `status ${answer.status}`);
      // a redirection leads elsewhere, as a network that wants a login does
      if (answer.status !== 200) return failed('unreachable', `status ${answer.status}`);
      return await bounded(answer.body, most.bytes, late.signal);
    } catch (cause) {
      if (late.signal.aborted) return failed('too-slow', `not whole after ${most.millis} ms`);
      return failed('unreachable', cause instanceof Error ? cause.message.slice(0, 200) : 'no answer');
    } finally {
      clearTimeout(timer);
      answer?.close();
    }
  };

const bounded = async (body: AsyncIterable<Uint8Array>, most: number, late: AbortSignal): Promise<Fetched> => {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const iterator = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await within(iterator.next(), late);
      if (done === true) return { ok: true, bytes: Buffer.concat(pieces) };
      length += value.length;
      if (length > most) return failed('too-long', `more than ${most} bytes`);
      pieces.push(value);
    }
  } finally {
    // whoever holds the body back may hold its end back as well
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
};

const failed = (code: (Fetched & { ok: false })['code'], because: string): Fetched => ({ ok: false, code, because });
