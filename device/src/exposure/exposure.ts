import { once } from 'node:events';
import type { Server } from 'node:net';
import { DeviceFault } from '../driver/faults.ts';
import type { DeviceState, Listen } from '../seams.ts';
import {
  decideExposure,
  NOTHING_OPEN,
  type ExposureEffect,
  type ExposureEvent,
  type ExposureState,
  type Opening,
} from './decide.ts';
import type { Declaration } from '@hearthward/product';
import { listeningSockets } from './listening.ts';

export interface Exposure {
  /** opens and closes what the state asks for; faults: port-occupied, port-forbidden, not-declared */
  readonly enter: (state: DeviceState) => Promise<void>;
  /** compares what is open with what should be */
  readonly observe: () => Promise<void>;
  /** where each listener really listens */
  readonly listen: () => Listen;
  readonly close: () => Promise<void>;
}

/** Carries out what `decideExposure` decided. `servers` has one server per declared service that this device can open. */
export const openExposure = (world: {
  readonly declaration: Declaration;
  readonly listen: Listen;
  readonly servers: Readonly<Record<string, Server>>;
  readonly drift: (listener: string, because: string) => void;
  readonly sockets?: typeof listeningSockets;
}): Exposure => {
  const decide = decideExposure(world.declaration.softwareServices, world.listen);
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
      case 'drift':
        return world.drift(effect.listener, effect.because);
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
      const listening = (world.sockets ?? listeningSockets)();
      if (listening) await handle({ kind: 'observed', listening });
    },
    listen: () =>
      Object.fromEntries(state.open.map(({ service, address, port }) => [service, { address, port }] as const)),
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
  return typeof place === 'object' && place ? { ...opening, port: place.port } : opening;
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
