import { connect, createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Target } from '@hearthward/assessor';

/**
 * A redirect as a laboratory places it on the way of a device to a service: it passes connections on, unread, to whoever
 * listens at `assessor`, and to the service where nobody does. Once the assessor has taken one, those that stand with
 * the service end, so that the device dials again (HAProxy: `backup`, `on-marked-up shutdown-backup-sessions`).
 */
interface Place {
  readonly address: string;
  readonly port: number;
}
interface Relay {
  readonly at: Place;
  readonly stop: () => Promise<void>;
}

/** @param at port 0: any that is free */
const startRelay = async (at: Place, service: Place, assessor: Place): Promise<Relay> => {
  const withService = new Set<Socket>();
  const all = new Set<Socket>();
  const keep = (socket: Socket): void => {
    all.add(socket);
    socket.once('close', () => all.delete(socket));
  };
  const server = createServer((socket) => {
    keep(socket);
    // what comes in the meantime stays in it
    socket.on('error', () => socket.destroy());
    const first = connect({ host: assessor.address, port: assessor.port });
    keep(first);
    const nobodyThere = (): void => {
      if (socket.destroyed) return;
      const second = connect({ host: service.address, port: service.port });
      keep(second);
      withService.add(socket);
      socket.once('close', () => withService.delete(socket));
      join(socket, second);
    };
    first.once('error', nobodyThere);
    first.once('connect', () => {
      first.off('error', nobodyThere);
      for (const standing of withService) standing.destroy();
      join(socket, first);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(at.port, at.address, resolve);
  });
  const bound = server.address();
  return {
    at: { address: at.address, port: typeof bound === 'object' && bound !== null ? bound.port : at.port },
    stop: () =>
      new Promise((resolve) => {
        for (const socket of all) socket.destroy();
        server.close(() => resolve());
      }),
  };
};

const placeOf = (url: string): Place => {
  const { hostname, port } = new URL(url);
  return { address: hostname, port: Number(port) };
};

/** One on the way to each service that a device dials. */
export interface Redirects {
  readonly redirects: NonNullable<Target['redirects']>;
  /** the services’ addresses as a device must have them: the names stay, for it checks them */
  readonly dialled: Services;
  readonly stop: () => Promise<void>;
}
const DIALLED = ['enrolment', 'messages'] as const;
type Dialled = (typeof DIALLED)[number] | 'site';
type Services = Readonly<Record<(typeof DIALLED)[number], string> & Partial<Record<Dialled, string>>>;

export const startRedirects = async (
  services: Services,
  places: (nth: number) => Promise<{ readonly dialled: Place; readonly here: Place }>,
  on: readonly Dialled[] = DIALLED,
): Promise<Redirects> => {
  const relays: Relay[] = [];
  const stop = async (): Promise<void> => {
    for (const relay of relays) await relay.stop();
  };
  const redirects: Record<string, { dialled: Place; here: Place }> = {};
  const dialled: Record<string, string> = {};
  try {
    for (const [nth, id] of on.entries()) {
      const wanted = await places(nth);
      const service = services[id] ?? '';
      const relay = await startRelay(wanted.dialled, placeOf(service), wanted.here);
      relays.push(relay);
      redirects[id] = { dialled: relay.at, here: wanted.here };
      dialled[id] = service.replace(/:\d+$/, `:${relay.at.port}`);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { redirects, dialled: { enrolment: services.enrolment, messages: services.messages, ...dialled }, stop };
};

/** Begins to speak TLS as whoever dials does, and goes away again; nobody there is no fault of who looks. */
export const knock = (place: Place | undefined): Promise<void> =>
  new Promise((resolve) => {
    if (!place) return resolve();
    const socket = connectTls({ host: place.address, port: place.port, rejectUnauthorized: false });
    const done = (): void => {
      socket.destroy();
      resolve();
    };
    socket.once('secureConnect', done).once('error', done).setTimeout(KNOCK_MILLIS, done);
  });
const KNOCK_MILLIS = 2_000;

/** A port that nobody has, for somebody who comes later. */
export const freePlace = (address: string): Promise<Place> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, address, () => {
      const bound = server.address();
      const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
      server.close(() => resolve({ address, port }));
    });
  });

/** Either end of a connection ends the other. */
const join = (one: Socket, other: Socket): void => {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.on('error', () => from.destroy());
    from.once('close', () => to.destroy());
    from.pipe(to);
  }
};
