import { Agent, request } from 'node:https';
import type { Duplex } from 'node:stream';
import { connectSecured, type ClientTls } from '../../channel/secured.ts';
import type { Outbound } from '../../exposure/outbound.ts';
import type { Millis } from '../../seams.ts';
import type { HttpAnswer, HttpGet } from '../download/ranges.ts';

/** Where the services' site keeps the repository (`services/src/updates/static`). */
const REPOSITORY = '/updates/';
const HANDSHAKE_MILLIS = 20_000;
/** A check is a handful of small files, a download a handful of ranges: one connection brings them all. */
const IDLE_MILLIS = 10_000;

/**
 * HTTPS to the manufacturer's repository over the one declared way out, certified by the manufacturer's roots. What
 * comes is not believed for that: the channel keeps from others which release a home asks for (EN 303 645 5.5-6), the
 * metadata says what is genuine. Throws DeviceFaults of `connectSecured`, and what sockets throw.
 */
export const repositoryOver = (world: {
  readonly outbound: Outbound;
  /** id of the declared communication mechanism */
  readonly mechanism: string;
  readonly anchors: () => readonly string[];
  readonly now: () => Millis;
  readonly clientTls?: ClientTls;
}): { readonly get: HttpGet; readonly close: () => void } => {
  const agent = new SecuredAgent(async () => {
    const target = world.outbound.target(world.mechanism);
    const { tls } = await connectSecured({
      carrier: world.outbound.connectDeclared(world.mechanism),
      target,
      anchors: world.anchors(),
      now: world.now,
      withinMillis: HANDSHAKE_MILLIS,
      ...(world.clientTls ? { options: world.clientTls } : {}),
    });
    return tls;
  });
  const ask = (path: string, headers: Headers, signal: AbortSignal, again: boolean): Promise<HttpAnswer> =>
    new Promise((resolve, reject) => {
      const url = new URL(`${REPOSITORY}${path}`, world.outbound.target(world.mechanism));
      const asked = request(url, { agent, headers, signal });
      const failed = (cause: Error): void => {
        // a kept connection that the server had just closed says nothing of the server (RFC 9112, 9.3.1)
        if (asked.reusedSocket && again && !signal.aborted) resolve(ask(path, headers, signal, false));
        else reject(cause);
      };
      asked.once('error', failed);
      asked.once('response', (answer) => {
        // what is torn off later ends the body, and is for its reader
        asked.off('error', failed).on('error', () => undefined);
        resolve({
          status: answer.statusCode ?? 0,
          headers: flat(answer.headers),
          body: answer,
          // what has come whole leaves the connection to the next question
          close: () => void (answer.complete ? answer.resume() : answer.destroy()),
        });
      });
      asked.end();
    });
  return { get: (path, headers, signal) => ask(path, headers, signal, true), close: () => agent.destroy() };
};
type Headers = Readonly<Record<string, string>>;

/** Each connection is one of `connectSecured`. */
class SecuredAgent extends Agent {
  readonly #connect: () => Promise<Duplex>;

  constructor(connect: () => Promise<Duplex>) {
    super({ keepAlive: true, maxSockets: 2, timeout: IDLE_MILLIS });
    this.#connect = connect;
  }

  override createConnection(_options: unknown, done?: (error: Error | null, stream: Duplex) => void): undefined {
    this.#connect().then(
      (stream) => done?.(null, stream),
      (fault: Error) => (done as ((error: Error) => void) | undefined)?.(fault),
    );
    return undefined;
  }
}

const flat = (headers: NodeJS.Dict<string | string[]>): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
