import type { CommunicationMechanism, Declaration, ProductState } from '../schema/declaration.ts';

/**
 * One way in or out over a network. These rows are the one source of the MUD file, of the firewall rules and of what a
 * device holds against its kernel's tables: what is in none of them is not declared.
 */
export interface Flow {
  /** the software service (in) or the communication mechanism (out) that declares it */
  readonly id: string;
  readonly direction: 'in' | 'out';
  readonly transport: 'tcp' | 'udp';
  readonly protocol: CommunicationMechanism['protocol'];
  /** on the device (in), at the associated service (out) */
  readonly port: number;
  /** out: the associated service; absent where the owner names the place */
  readonly service?: string;
  /** in: the interface on which it listens */
  readonly interface?: string;
  /** when it may be */
  readonly states: readonly ProductState[];
}

/** Every flow that the declaration has; mechanisms without a known service, and listeners on no network, are none. */
// EN 303 645 5.6-1, TS 103 645 4.6-1, G044 6.6.1, G045 DS-2-1: the declared rows, and nothing else, make what passes
export const flowsOf = (declaration: Declaration): readonly Flow[] => {
  const network = new Set(declaration.interfaces.filter((it) => it.kind === 'network').map((it) => it.id));
  return [
    ...declaration.communicationMechanisms.filter((it) => it.direction === 'outbound').flatMap(outward(declaration)),
    ...declaration.softwareServices
      .filter((it) => network.has(it.interface))
      .map((it) => ({
        id: it.id,
        direction: 'in' as const,
        transport: it.transport,
        protocol: it.protocol,
        port: it.port,
        interface: it.interface,
        states: it.states,
      })),
  ];
};

const outward =
  ({ associatedServices }: Declaration) =>
  (mechanism: CommunicationMechanism): readonly Flow[] => {
    const service = associatedServices.find((it) => it.id === mechanism.service);
    const port = mechanism.port ?? service?.port;
    if ((service === undefined && mechanism.chosenBy === undefined) || port === undefined) return [];
    return [
      {
        id: mechanism.id,
        direction: 'out',
        transport: OVER_UDP.has(mechanism.protocol) ? 'udp' : 'tcp',
        protocol: mechanism.protocol,
        port,
        ...(service === undefined ? {} : { service: service.id }),
        // cut off means cut off: of what goes out, the alert alone may be opened then
        states: [
          ...(mechanism.states ?? NOT_CUT_OFF).filter((state) => state !== 'quarantine'),
          ...(mechanism.alert === true ? CUT_OFF : []),
        ],
      },
    ];
  };

const OVER_UDP: ReadonlySet<CommunicationMechanism['protocol']> = new Set(['coap', 'mdns']);
const NOT_CUT_OFF: readonly ProductState[] = ['factory-default', 'initialised'];
const CUT_OFF: readonly ProductState[] = ['quarantine'];

/** Network interfaces behind which the product's own children are, and nobody else: apart from the owner's network. */
export const childrenInterfaces = ({ interfaces }: Declaration): readonly Declaration['interfaces'][number][] =>
  interfaces.filter((it) => it.kind === 'network' && it.serves === 'children');
