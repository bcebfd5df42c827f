import type { Declaration, SoftwareService } from '@hearthward/product';
import type { Decision, DeviceState, Listen } from '../seams.ts';

/**
 * What is open: the listeners that the declaration has for the state that the device is in, and no other.
 * What the operating system shows beyond them is drift, and is told.
 */
export interface Opening {
  readonly service: string;
  readonly address: string;
  readonly port: number;
}
export interface ExposureState {
  readonly open: readonly Opening[];
  /** drift that was told already, as `address:port` */
  readonly told: readonly string[];
}
export const NOTHING_OPEN: ExposureState = { open: [], told: [] };

export type ExposureEvent =
  | { readonly kind: 'entered'; readonly state: DeviceState }
  | { readonly kind: 'opened'; readonly opening: Opening }
  | { readonly kind: 'closed'; readonly service: string }
  /** sockets on which this process listens, as the operating system sees them */
  | { readonly kind: 'observed'; readonly listening: readonly { readonly address: string; readonly port: number }[] };
export type ExposureEffect =
  | { readonly kind: 'open'; readonly opening: Opening }
  | { readonly kind: 'close'; readonly service: string }
  | { readonly kind: 'drift'; readonly listener: string; readonly because: 'not-declared' | 'not-open' };

export const decideExposure =
  (declared: readonly SoftwareService[], listen: Listen) =>
  (state: ExposureState, event: ExposureEvent): Decision<ExposureState, ExposureEffect> => {
    switch (event.kind) {
      case 'entered': {
        const wanted = wantedIn(declared, listen, event.state);
        return {
          state,
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
        return observed(state, event.listening);
    }
  };

/** Listeners of a state: declared for it, and given a place to listen. */
// EN 303 645 5.6-1, 5.6-5, G044 6.6.1, 6.6.5, G045 PL-3-1: opens what is declared for this state, and only that
export const wantedIn = (
  declared: readonly SoftwareService[],
  listen: Listen,
  state: DeviceState,
): readonly Opening[] =>
  declared
    .filter((service) => service.transport === 'tcp' && service.states.includes(state))
    .flatMap((service) => {
      const place = listen[service.id] ?? { address: '::', port: service.port };
      return [{ service: service.id, ...place }];
    });

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

const observed = (
  state: ExposureState,
  listening: readonly { readonly address: string; readonly port: number }[],
): Decision<ExposureState, ExposureEffect> => {
  const undeclared = listening
    .filter(({ port }) => !state.open.some((each) => each.port === port))
    .map(({ address, port }) => ({ listener: `${address}:${port}`, because: 'not-declared' }) as const);
  const missing = state.open
    .filter(({ port }) => !listening.some((each) => each.port === port))
    .map(({ service }) => ({ listener: service, because: 'not-open' }) as const);
  const drifts = [...undeclared, ...missing];
  return {
    state: { ...state, told: drifts.map(({ listener }) => listener) },
    // Told once for as long as it lasts.
    effects: drifts
      .filter(({ listener }) => !state.told.includes(listener))
      .map((drift) => ({ kind: 'drift', ...drift }) as const),
  };
};

const without = (open: readonly Opening[], service: string): readonly Opening[] =>
  open.filter((each) => each.service !== service);
