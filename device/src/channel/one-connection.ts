import { Agent, request, type IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { DeviceFault } from '../driver/faults.ts';
import { unreachable } from '../secrets/remote.ts';
import { servicesRefused } from './secured.ts';

/** HTTP over one connection of TLS that was authenticated before, and over no other. */
export class OneConnection extends Agent {
  readonly #tls: TLSSocket;
  constructor(tls: TLSSocket) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#tls = tls;
  }
  override createConnection(): TLSSocket {
    return this.#tls;
  }
}

export interface Answer {
  readonly status: number;
  /** each byte as one character */
  readonly body: string;
}
export interface Content {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One request after the other: a POST where it has content, else a GET. Faults: services-unreachable, services-refused. */
export const askOver = (
  one: OneConnection,
  target: URL,
  path: string,
  mostBytes: number,
  content?: Content,
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const sent = request(
      {
        agent: one,
        method: content ? 'POST' : 'GET',
        path,
        headers: {
          host: target.host,
          connection: 'keep-alive',
          ...(content ? { ...content.headers, 'content-length': Buffer.byteLength(content.body) } : {}),
        },
      },
      (answer) =>
        readBounded(answer, mostBytes).then(
          (body) => resolve({ status: answer.statusCode ?? 0, body }),
          (cause: unknown) => reject(cause instanceof DeviceFault ? cause : unreachable(cause)),
        ),
    );
    sent.once('error', (cause) => reject(unreachable(cause)));
    sent.end(content?.body);
  });

const readBounded = async (answer: IncomingMessage, mostBytes: number): Promise<string> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > mostBytes) throw servicesRefused('an answer that is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('latin1');
};
