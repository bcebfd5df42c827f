/**
 * A part of a static file over HTTP (RFC 9110, 14), from servers, caches and whatever else answers on a home network.
 * Nothing that comes is believed; here it is bounded in size and in the time that it may keep silent.
 */

/** What a transport gives: names of headers in lower case; `body` ends with an error where the connection does. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: AsyncIterable<Uint8Array>;
  /** gives the connection back or ends it; to be called once, in any case */
  readonly close: () => void;
}
export type HttpGet = (
  path: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
) => Promise<HttpAnswer>;

export type FetchRefusal =
  /** worth a new try later: nobody answered, or not now */
  | 'unreachable'
  | 'busy'
  | 'stalled'
  | 'cut-off'
  /** something else than the repository answers, as a network that wants a login does */
  | 'not-the-repository'
  | 'absent'
  | 'too-long';
export class FetchFailed extends Error {
  readonly code: FetchRefusal;
  constructor(code: FetchRefusal, because: string, cause?: unknown) {
    super(because, { cause });
    this.code = code;
  }
}

/** How long a body may bring nothing before it is left. */
export const IDLE_MILLIS = 30_000;

/**
 * Bytes `from` up to `to` (without it) of a file that has `total`. Yields exactly these, or throws FetchFailed. A server
 * that ignores the range costs the bytes before `from`; one that answers with another range or length is not believed.
 */
export async function* readRange(
  get: HttpGet,
  path: string,
  { from, to, total }: Readonly<{ from: number; to: number; total: number }>,
  options: { readonly signal: AbortSignal; readonly idleMillis?: number },
): AsyncGenerator<Uint8Array> {
  const idle = new AbortController();
  const signal = AbortSignal.any([options.signal, idle.signal]);
  const wait = options.idleMillis ?? IDLE_MILLIS;
  let timer = setTimeout(() => idle.abort(), wait);
  let answer: HttpAnswer | undefined;
  try {
    // RFC 9110, 8.4: a digest is of the bytes as they lie in the repository
    const headers = { range: `bytes=${from}-${to - 1}`, 'accept-encoding': 'identity' };
    answer = await within(get(path, headers, signal), signal);
    let skip = bytesBefore(answer, { from, to, total });
    let left = to - from;
    const body = answer.body[Symbol.asyncIterator]();
    while (left > 0) {
      const { done, value } = await within(body.next(), signal);
      if (done === true) throw new FetchFailed('cut-off', `${left} bytes are missing of ${path}`);
      clearTimeout(timer);
      timer = setTimeout(() => idle.abort(), wait);
      const bytes = value.subarray(Math.min(skip, value.length));
      skip -= value.length - bytes.length;
      const wanted = bytes.subarray(0, left);
      left -= wanted.length;
      // the reader may take its time: its disk is not the server's silence
      clearTimeout(timer);
      if (wanted.length > 0) yield wanted;
      timer = setTimeout(() => idle.abort(), wait);
    }
  } catch (thrown) {
    if (thrown instanceof FetchFailed || options.signal.aborted) throw thrown;
    if (idle.signal.aborted) throw new FetchFailed('stalled', `nothing came for ${wait / 1000} s`, thrown);
    const begun = answer !== undefined;
    throw new FetchFailed(begun ? 'cut-off' : 'unreachable', `the connection ended while reading ${path}`, thrown);
  } finally {
    clearTimeout(timer);
    answer?.close();
  }
}

/** How many bytes of the body come before the range; throws where the answer is not of this file. */
const bytesBefore = (
  { status, headers }: HttpAnswer,
  { from, to, total }: Readonly<{ from: number; to: number; total: number }>,
): number => {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    throw new FetchFailed('not-the-repository', 'the answer is encoded although none was asked for');
  }
  const length = headers['content-length'];
  switch (true) {
    case status === 206: {
      const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(headers['content-range'] ?? '');
      const [, first, last, all] = range ?? [];
      const same = Number(first) === from && Number(last) === to - 1 && (all === '*' || Number(all) === total);
      if (!range || !same) throw new FetchFailed('not-the-repository', 'another range was answered than asked for');
      return 0;
    }
    case status === 200:
      // RFC 9110, 14.2: a server may ignore a range; what it then sends has to be the whole
      if (length !== undefined && Number(length) !== total) {
        throw new FetchFailed('not-the-repository', `${length} bytes were answered in place of ${total}`);
      }
      return from;
    case status === 404 || status === 410 || status === 416:
      throw new FetchFailed('absent', `the repository answered ${status}`);
    case status === 429 || status >= 500:
      throw new FetchFailed('busy', `the repository answered ${status}`);
    default:
      // redirections among them: a login page of a network, never the repository
      throw new FetchFailed('not-the-repository', `${status} was answered`);
  }
};

/** What comes first: the work, or the end of its time. Transports differ in what an abort reaches; the wait ends in any case. */
export const within = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const ended = (): void => reject(signal.reason as Error);
    if (signal.aborted) ended();
    signal.addEventListener('abort', ended, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', ended));
  });
