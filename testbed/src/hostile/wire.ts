import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

/** One connection that sends bytes as they are and reads what an HTTP server says, however it says it. */
export interface HostileAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  /** the server ended the connection with it */
  readonly closed: boolean;
}
/** `closed`: ended without an answer; `silent`: nothing came within the patience (it waits for the rest of a request) */
export type Reaction = HostileAnswer | 'closed' | 'silent';

export interface Wire {
  readonly send: (bytes: Buffer, how: { readonly head: boolean; readonly whole: boolean }) => Promise<Reaction>;
  /** sends what gets no HTTP answer */
  readonly sendOnly: (bytes: Buffer) => void;
  /** whether the other side ends the connection in this time */
  readonly closedWithin: (ms: number) => Promise<boolean>;
  readonly open: () => boolean;
  readonly end: () => void;
}

/** a whole request is answered sooner or later, however busy the machine; after part of one a server may rightly wait */
const PATIENCE_MS = { whole: 30_000, part: 150 };
const LONGEST = 4 * 1024 * 1024;

/** @throws the socket's error where no connection comes about */
export const openWire = async (options: ConnectionOptions): Promise<Wire> => {
  const socket = await connected(options);
  let pending = Buffer.alloc(0);
  let ended = false;
  let wake: () => void = () => undefined;
  socket.on('data', (bytes: Buffer) => {
    pending = Buffer.concat([pending, bytes]);
    wake();
  });
  for (const event of ['end', 'close', 'error'])
    socket.on(event, () => {
      ended = true;
      wake();
    });

  const send: Wire['send'] = async (bytes, { head, whole }) => {
    pending = Buffer.alloc(0);
    socket.write(bytes, () => undefined);
    const until = performance.now() + (whole ? PATIENCE_MS.whole : PATIENCE_MS.part);
    for (;;) {
      const answer = readAnswer(pending, ended, head);
      if (answer !== undefined) return answer;
      if (ended) return 'closed';
      const left = until - performance.now();
      // an answer that has begun is read to its end
      if (left <= 0 && pending.length === 0) return 'silent';
      if (pending.length > LONGEST) throw new Error('an answer without an end');
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(5, left));
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  return {
    send,
    sendOnly: (bytes) => void socket.write(bytes, () => undefined),
    closedWithin: (ms) =>
      ended
        ? Promise.resolve(true)
        : new Promise((resolve) => {
            const timer = setTimeout(() => resolve(ended), ms);
            socket.once('close', () => {
              clearTimeout(timer);
              resolve(true);
            });
          }),
    open: () => !ended,
    end: () => socket.destroy(),
  };
};

const connected = (options: ConnectionOptions): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    const socket = connect(options, () => {
      socket.off('error', reject);
      resolve(socket);
    });
    socket.once('error', reject);
    socket.setNoDelay(true);
  });

/** Undefined while it is not whole. */
const readAnswer = (bytes: Buffer, ended: boolean, answersHead: boolean): HostileAnswer | undefined => {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = bytes.subarray(0, end).toString('latin1');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
  if (Number.isNaN(status)) throw new Error(`no HTTP answer: ${JSON.stringify(head.slice(0, 80))}`);
  const closes = /^connection: close/im.test(head);
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? (closes ? NaN : 0));
  const rest = bytes.subarray(end + 4);
  const bodiless = answersHead || status === 204 || status === 304 || status < 200;
  if (bodiless) return { status, head, body: '', closed: closes || ended };
  if (/^transfer-encoding: chunked/im.test(head)) {
    const last = rest.indexOf('0\r\n\r\n');
    if (last < 0 && !ended) return undefined;
    return {
      status,
      head,
      body: rest.subarray(0, last < 0 ? rest.length : last).toString('utf8'),
      closed: closes || ended,
    };
  }
  if (Number.isNaN(length) ? !ended : rest.length < length) return undefined;
  return { status, head, body: rest.subarray(0, length).toString('utf8'), closed: closes || ended };
};
