import { flowsOf, type Declaration, type ProductState, type SoftwareService } from '@hearthward/product';
import type { Decision, Listen } from '../seams.ts';
import { driftsOf, isSame, type Basic, type Drift, type Opening } from './compare.ts';
import type { KernelSocket, Place } from './kernel.ts';

/**
 * What is open: the listeners that the declaration has for the state that the device is in, and no other; and the
 * connections of its mechanisms. What the kernel shows beyond them is drift: closed where it can be, and told.
 */
export interface ExposureState {
  readonly now: ProductState | undefined;
  readonly open: readonly Opening[];
  /** drift that is there still */
  readonly drifts: readonly Drift[];
}
export const NOTHING_OPEN: ExposureState = { now: undefined, open: [], drifts: [] };

/** What was seen of the system at one moment. */
export interface Sight {
  readonly sockets: readonly KernelSocket[];
  readonly wholeSystem: boolean;
  /** connections that this process made for a declared mechanism */
  readonly connections: readonly { readonly mechanism: string; readonly local: Place; readonly peer: Place }[];
  /** where each declared mechanism leads; without an address, wherever its name leads */
  readonly targets: readonly { readonly mechanism: string; readonly address?: string; readonly port: number }[];
}

export type ExposureEvent =
  | { readonly kind: 'entered'; readonly state: ProductState }
  | { readonly kind: 'opened'; readonly opening: Opening }
  | { readonly kind: 'closed'; readonly service: string }
  | { readonly kind: 'observed'; readonly sight: Sight }
  /** it was tried to close what drifted */
  | { readonly kind: 'tried'; readonly drift: Drift; readonly closed: boolean }
  /** a connection that nothing declares was asked for, and not made */
  | { readonly kind: 'refused'; readonly peer: string };
export type ExposureEffect =
  | { readonly kind: 'open'; readonly opening: Opening }
  | { readonly kind: 'close'; readonly service: string }
  | { readonly kind: 'shut'; readonly drift: Drift }
  | { readonly kind: 'tell'; readonly drift: Drift; readonly closed: boolean };

type Next = Decision<ExposureState, ExposureEffect>;

export const decideExposure =
  (declaration: Declaration, listen: Listen) =>
  (state: ExposureState, event: ExposureEvent): Next => {
    switch (event.kind) {
      case 'entered': {
        const wanted = wantedIn(declaration.softwareServices, listen, event.state);
        return {
          state: { ...state, now: event.state },
          effects: [
            ...state.open
              .filter(({ service }) => !wanted.some((each) => each.service === service))
              .map(({ service }) => ({ kind: 'close', service }) as const),
            ...wanted
              .filter(({ service }) => !state.open.some((each) => each.service === service))
              .map((opening) => ({ kind: 'open', opening }) as const),
          ],
        };
      }
      case 'opened':
        return {
          state: { ...state, open: [...without(state.open, event.opening.service), event.opening] },
          effects: [],
        };
      case 'closed':
        return { state: { ...state, open: without(state.open, event.service) }, effects: [] };
      case 'observed':
        return observed(declaration, listen, state, event.sight);
      case 'tried':
        // what was closed and comes back is told again
        return {
          state: event.closed ? { ...state, drifts: state.drifts.filter((each) => !isSame(each, event.drift)) } : state,
          effects: [{ kind: 'tell', drift: event.drift, closed: event.closed }],
        };
      case 'refused':
        return refused(state, event.peer);
    }
  };

/** Listeners of a state: declared for it, and given a place to listen. */
// EN 303 645 5.6-1, 5.6-5, G044 6.6.1, 6.6.5, G045 PL-3-1: opens what is declared for this state, and only that
export const wantedIn = (
  declared: readonly SoftwareService[],
  listen: Listen,
  state: ProductState,
): readonly Opening[] =>
  placedOf(
    declared.filter((service) => service.states.includes(state)),
    listen,
  );

const placedOf = (services: readonly SoftwareService[], listen: Listen): readonly Opening[] =>
  services
    .filter((service) => service.transport === 'tcp')
    .map((service) => ({ service: service.id, ...(listen[service.id] ?? { address: '::', port: service.port }) }));

/** An outbound connection that the declaration has; undefined where it has none. */
export const declaredOutbound = (
  declaration: Declaration,
  mechanismId: string,
): { readonly service: string; readonly protocol: string } | undefined => {
  const mechanism = declaration.communicationMechanisms.find((each) => each.id === mechanismId);
  if (mechanism?.direction !== 'outbound' || mechanism.service === undefined) return undefined;
  const known = declaration.associatedServices.some((each) => each.id === mechanism.service);
  return known ? { service: mechanism.service, protocol: mechanism.protocol } : undefined;
};

/** Whether a connection of a declared mechanism may be opened now. */
// EN 303 645 5.7-2, G044 6.7.2, G045 PL-1-4: a device that is not what it should be tells of it, and does nothing else
export const mayDial = ({ communicationMechanisms }: Declaration, mechanismId: string, quarantined: boolean): boolean =>
  !quarantined || communicationMechanisms.some(({ id, alert }) => id === mechanismId && alert === true);

const observed = (declaration: Declaration, listen: Listen, state: ExposureState, sight: Sight): Next => {
  const { now } = state;
  const { softwareServices, basicProtocols } = declaration;
  const ways = new Set(
    flowsOf(declaration)
      .filter((flow) => flow.direction === 'out' && now !== undefined && flow.states.includes(now))
      .map(({ id }) => id),
  );
  const drifts = driftsOf(
    {
      open: state.open,
      declared: placedOf(softwareServices, listen),
      datagrams: softwareServices.filter(
        (each) => each.transport === 'udp' && now !== undefined && each.states.includes(now),
      ),
      connections: sight.connections.filter(({ mechanism }) => ways.has(mechanism)),
      services: sight.targets.filter(({ mechanism }) => ways.has(mechanism)),
      basics: new Set<Basic>(basicProtocols?.map(({ protocol }) => protocol) ?? ALL_BASICS),
      wholeSystem: sight.wholeSystem,
    },
    sight.sockets,
  );
  const fresh = drifts.filter((drift) => !state.drifts.some((each) => isSame(each, drift)));
  return {
    // Told once for as long as it lasts.
    state: { ...state, drifts },
    effects: fresh.map((drift) => (drift.own ? { kind: 'shut', drift } : { kind: 'tell', drift, closed: false })),
  };
};
/** Where a declaration says nothing of them, as RFC 8520 has it for names and time. */
const ALL_BASICS: readonly Basic[] = ['arp', 'ndp', 'dhcp', 'dns', 'icmp', 'ntp'];

/** One that is asked for without end is told once between two looks at the system. */
const refused = (state: ExposureState, peer: string): Next => {
  const drift: Drift = { listener: peer, because: 'undeclared-connection' };
  if (state.drifts.some((each) => isSame(each, drift))) return { state, effects: [] };
  return {
    state: { ...state, drifts: [...state.drifts, drift] },
    effects: [{ kind: 'tell', drift, closed: true }],
  };
};

const without = (open: readonly Opening[], service: string): readonly Opening[] =>
  open.filter((each) => each.service !== service);
