import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The desk at the manufacturer where an assessor asks that devices use another algorithm, get certificates that end soon,
 * or are offered a release: an address on this machine whose last part nobody else knows, and the command that a target file has for it.
 */
export interface Desk {
  readonly command: (wish: Wish) => string[];
  /** prints what the manufacturer gives out of the unit’s people */
  readonly printing: (what: GivenOut) => string[];
  readonly stop: () => Promise<void>;
}

/** An algorithm, the seconds that certificates last (`usual` takes that back), or a release that is offered or withdrawn. */
export type Wish =
  | { readonly algorithm: string }
  | { readonly lasting: number | 'usual' }
  | { readonly release: string }
  /** what a laboratory does to the unit in hand */
  | { readonly handling: string };
type Asked =
  | { readonly algorithm: string }
  | { readonly lasting: number | undefined }
  | { readonly release: string }
  | { readonly handling: string };
/**
 * What the services hold of the unit, the newest confirmation that something of it is gone, which backups there are, and what a
 * system holds that is restored from the newest; as text.
 */
export type GivenOut = 'held' | 'confirmed' | 'copies' | 'restored';
type Arrange = (asked: Asked) => Promise<boolean>;

/** `arrange` says whether it is arranged. */
export const openDesk = async (
  arrange: Arrange,
  given: Readonly<Partial<Record<GivenOut, () => Promise<string>>>>,
): Promise<Desk> => {
  const way = `/${randomUUID()}/`;
  const server = createServer((request, answer) => {
    if (request.method === 'GET') {
      const wanted = GIVEN_OUT.find((each) => request.url === `${way}${each}`);
      const gives = wanted && given[wanted];
      const text = gives === undefined ? Promise.reject(new Error('nothing of that name')) : gives();
      text.then(
        (printed) => answer.writeHead(200, { 'content-type': 'text/plain' }).end(printed),
        () => answer.writeHead(500).end(),
      );
      return;
    }
    const asked = request.method === 'POST' && request.url?.startsWith(way) ? request.url.slice(way.length) : undefined;
    const arranged = asked === undefined ? Promise.resolve(false) : arrange(readWish(asked));
    arranged.then(
      (done) => answer.writeHead(done ? 204 : 404).end(),
      () => answer.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // it keeps nobody up who has nothing else to do
  server.unref();
  const { port } = server.address() as AddressInfo;
  return {
    command: (wish) => [process.execPath, '--eval', POST, `http://127.0.0.1:${port}${way}${written(wish)}`],
    printing: (what) => [process.execPath, '--eval', GET, `http://127.0.0.1:${port}${way}${what}`],
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const GIVEN_OUT: readonly GivenOut[] = ['held', 'confirmed', 'copies', 'restored'];
const LASTING = 'lasting-';
const RELEASE = 'release-';
const HANDLING = 'handling-';
const written = (wish: Wish): string => {
  if ('release' in wish) return `${RELEASE}${wish.release}`;
  if ('handling' in wish) return `${HANDLING}${wish.handling}`;
  return 'algorithm' in wish ? wish.algorithm : `${LASTING}${wish.lasting}`;
};
const readWish = (asked: string): Asked => {
  if (asked.startsWith(HANDLING)) return { handling: asked.slice(HANDLING.length) };
  if (asked.startsWith(RELEASE)) return { release: asked.slice(RELEASE.length) };
  if (!asked.startsWith(LASTING)) return { algorithm: asked };
  const lasting = asked.slice(LASTING.length);
  return { lasting: lasting === 'usual' ? undefined : Number(lasting) };
};

const POST =
  'fetch(process.argv[1], { method: "POST" }).then(({ ok }) => { process.exitCode = ok ? 0 : 1; }, () => { process.exitCode = 1; });';
const GET =
  'fetch(process.argv[1]).then(async (answer) => { if (!answer.ok) throw new Error(); process.stdout.write(await answer.text()); }).catch(() => { process.exitCode = 1; });';
