import { once } from 'node:events';
import type { Server } from 'node:net';
import type { Declaration, ProductState } from '@hearthward/product';
import { DeviceFault } from '../driver/faults.ts';
import type { Listen } from '../seams.ts';
import type { Drift, Opening } from './compare.ts';
import {
  decideExposure,
  NOTHING_OPEN,
  type ExposureEffect,
  type ExposureEvent,
  type ExposureState,
  type Sight,
} from './decide.ts';
import type { KernelSocket } from './kernel.ts';

export interface Exposure {
  /** opens and closes what the state asks for; faults: port-occupied, port-forbidden, not-declared */
  readonly enter: (state: ProductState) => Promise<void>;
  /** compares what is open with what should be */
  readonly observe: () => Promise<void>;
  /** a connection that nothing declares was asked for, and not made */
  readonly refused: (peer: string) => Promise<void>;
  /** where each listener really listens */
  readonly listen: () => Listen;
  /** what drifted and is there still */
  readonly drifts: () => readonly Drift[];
  readonly close: () => Promise<void>;
}

/** Eyes and hands on this process and its system. */
export interface Overseer {
  /** undefined where nothing can be seen */
  readonly look: () => Sight | undefined;
  /** closes a socket of this process; whether it could */
  readonly shut: (socket: KernelSocket) => boolean;
}

/** Carries out what `decide` decided. `servers` has one server per declared service that this device can open. */
export const openExposure = (world: {
  readonly declaration: Declaration;
  readonly listen: Listen;
  readonly servers: Readonly<Record<string, Server>>;
  readonly drift: (told: { readonly listener: string; readonly because: string; readonly closed: boolean }) => void;
  /** absent where others share the process, whose sockets cannot be told from the device's */
  readonly overseer?: Overseer;
  readonly decide?: typeof decideExposure;
}): Exposure => {
  const decide = (world.decide ?? decideExposure)(world.declaration, world.listen);
  let state: ExposureState = NOTHING_OPEN;

  const handle = async (event: ExposureEvent): Promise<void> => {
    const decision = decide(state, event);
    state = decision.state;
    for (const effect of decision.effects) await execute(effect);
  };

  const execute = async (effect: ExposureEffect): Promise<void> => {
    switch (effect.kind) {
      case 'open':
        return handle({ kind: 'opened', opening: await openServer(serverOf(effect.opening.service), effect.opening) });
      case 'close':
        await closeServer(serverOf(effect.service));
        return handle({ kind: 'closed', service: effect.service });
      case 'shut': {
        const { drift } = effect;
        const closed = drift.own !== undefined && (world.overseer?.shut(drift.own) ?? false);
        return handle({ kind: 'tried', drift, closed });
      }
      case 'tell': {
        const { drift, closed } = effect;
        return world.drift({ listener: drift.listener, because: drift.because, closed });
      }
    }
  };

  const serverOf = (service: string): Server => {
    const server = world.servers[service];
    if (server) return server;
    throw new DeviceFault(
      'not-declared',
      `The declaration has a listener ${service} that this device cannot open`,
      'Take it out of softwareServices, or add the room that serves it.',
    );
  };

  return {
    enter: (entered) => handle({ kind: 'entered', state: entered }),
    observe: async () => {
      const sight = world.overseer?.look();
      if (sight) await handle({ kind: 'observed', sight });
    },
    refused: (peer) => handle({ kind: 'refused', peer }),
    listen: () =>
      Object.fromEntries(state.open.map(({ service, address, port }) => [service, { address, port }] as const)),
    drifts: () => state.drifts,
    close: async () => {
      for (const { service } of state.open) await closeServer(serverOf(service));
      state = NOTHING_OPEN;
    },
  };
};

const openServer = async (server: Server, opening: Opening): Promise<Opening> => {
  server.listen({ host: opening.address, port: opening.port });
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw listenFault(cause, opening);
  }
  const place = server.address();
  return typeof place === 'object' && place ? { ...opening, address: place.address, port: place.port } : opening;
};

const listenFault = (cause: unknown, { service, address, port }: Opening): unknown => {
  const place = `${service} cannot listen on ${address}:${port}`;
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new DeviceFault(
        'port-occupied',
        `${place}: another program does`,
        'Stop that program, or give the device another port.',
        cause,
      );
    case 'EACCES':
    case 'EADDRNOTAVAIL':
      return new DeviceFault(
        'port-forbidden',
        `${place}: the system does not allow it`,
        'Give the device an address of its own and a port that it may use.',
        cause,
      );
    default:
      return cause;
  }
};

const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    if (!server.listening) resolve();
    else server.close((fault) => (fault ? reject(fault) : resolve()));
    (server as { closeAllConnections?: () => void }).closeAllConnections?.();
  });
