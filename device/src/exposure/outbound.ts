import { connect, isIP, type Socket } from 'node:net';
import type { Declaration } from '@hearthward/product';
import type { FactoryBundle } from '@hearthward/protocol';
import { DeviceFault } from '../driver/faults.ts';
import { declaredOutbound, mayDial, type Sight } from './decide.ts';
import { throughGate } from './gate.ts';

export interface Outbound {
  /** where a declared mechanism leads, as the factory says */
  readonly target: (mechanismId: string) => URL;
  /** Faults: quarantined */
  readonly mustBeOpen: (mechanismId: string) => void;
  /** the only way out of the device; the socket is still connecting */
  readonly connectDeclared: (mechanismId: string) => Socket;
  /** what stands, and where what is declared leads */
  readonly sight: () => Pick<Sight, 'connections' | 'targets'>;
  /** where the owner wants mechanisms to lead */
  readonly chosen: () => Chosen;
  readonly close: () => void;
}

/** Mechanism -> a place that the owner named. */
export type Chosen = Readonly<Record<string, { readonly host: string; readonly port: number }>>;

// EN 303 645 5.6-1, G044 6.6.1, G045 DS-2-1: no connection leaves that the declaration does not have
export const createOutbound = (
  declaration: Declaration,
  services: FactoryBundle['services'],
  quarantined: () => boolean,
  may = mayDial,
  /** where the owner wants the mechanisms to lead that lead nowhere by themselves */
  chosen: () => Chosen = () => ({}),
): Outbound => {
  const open = new Map<Socket, string>();

  const placeOf = (mechanismId: string): string | undefined => {
    if (isForTheOwner(declaration, mechanismId)) {
      const place = chosen()[mechanismId];
      return place && `chosen://${isIP(place.host) === 6 ? `[${place.host}]` : place.host}:${place.port}`;
    }
    const declared = declaredOutbound(declaration, mechanismId);
    return declared && addressOf(services, declared.service);
  };
  const target = (mechanismId: string): URL => {
    const address = placeOf(mechanismId);
    if (address === undefined) throw notDeclared(mechanismId);
    return new URL(address);
  };

  const mustBeOpen = (mechanismId: string): void => {
    if (!may(declaration, mechanismId, quarantined())) throw cutOff(mechanismId);
  };

  return {
    target,
    mustBeOpen,
    connectDeclared: (mechanismId) => {
      const { hostname, port, protocol } = target(mechanismId);
      mustBeOpen(mechanismId);
      const socket = throughGate(() => connect({ host: bare(hostname), port: Number(port) || defaultPort(protocol) }));
      open.set(socket, mechanismId);
      socket.once('close', () => open.delete(socket));
      return socket;
    },
    sight: () => ({
      connections: [...open].flatMap(([socket, mechanism]) => connectionOf(socket, mechanism) ?? []),
      targets: declaration.communicationMechanisms.flatMap(({ id }) =>
        placeOf(id) === undefined ? [] : [leadsTo(id, target(id))],
      ),
    }),
    chosen,
    close: () => {
      for (const socket of open.keys()) socket.destroy();
    },
  };
};

/** Where the factory says that each associated service is. */
export const endpointsOf = (
  services: FactoryBundle['services'],
): readonly { readonly service: string; readonly host: string; readonly port: number }[] =>
  (['enrolment', 'messages', 'site'] as const).map((service) => {
    const { hostname, port, protocol } = new URL(services[service]);
    return { service, host: bare(hostname), port: Number(port) || defaultPort(protocol) };
  });

/** Associated services carry the names that the factory's bundle gives their addresses. */
const addressOf = (services: FactoryBundle['services'], service: string): string | undefined =>
  service === 'enrolment' || service === 'messages' || service === 'site' ? services[service] : undefined;

/** It leads to no service of the manufacturer's, and nowhere until the owner has named a place. */
const isForTheOwner = ({ communicationMechanisms }: Declaration, mechanismId: string): boolean =>
  communicationMechanisms.some(
    ({ id, direction, chosenBy }) => id === mechanismId && direction === 'outbound' && chosenBy !== undefined,
  );

/** Undefined while it has no address yet. */
const connectionOf = (
  { localAddress, localPort, remoteAddress, remotePort }: Socket,
  mechanism: string,
): Sight['connections'][number] | undefined =>
  localPort === undefined || remotePort === undefined
    ? undefined
    : {
        mechanism,
        local: { address: localAddress ?? '', port: localPort },
        peer: { address: remoteAddress ?? '', port: remotePort },
      };

const leadsTo = (mechanism: string, { hostname, port, protocol }: URL): Sight['targets'][number] => ({
  mechanism,
  ...(isIP(bare(hostname)) === 0 ? {} : { address: bare(hostname) }),
  port: Number(port) || defaultPort(protocol),
});

const bare = (hostname: string): string => hostname.replace(/^\[(.*)\]$/, '$1');
const defaultPort = (protocol: string): number => (protocol === 'mqtts:' ? 8883 : 443);

const cutOff = (mechanismId: string): DeviceFault =>
  new DeviceFault(
    'quarantined',
    `The device is in quarantine: ${mechanismId} stays closed`,
    'See what it says on its panel, and end it there.',
  );

const notDeclared = (mechanismId: string): DeviceFault =>
  new DeviceFault(
    'not-declared',
    `No outbound connection ${mechanismId} is declared`,
    'Declare it under communicationMechanisms with its associated service; where the owner chooses the place, name one.',
  );
