import type { DeclaredInterface } from '@hearthward/product';
import type { Decision, DeviceState } from '../seams.ts';
import type { PortShown } from './board.ts';

/** Ports that are on and should not be, told once for as long as each lasts. */
export interface PortDrift extends PortShown {
  readonly because: 'not-declared' | 'declared-off';
}
export interface PortsState {
  readonly drifts: readonly PortDrift[];
}
export const NO_DRIFT: PortsState = { drifts: [] };

export type PortsEvent =
  | { readonly kind: 'shown'; readonly on: readonly PortShown[]; readonly state: DeviceState }
  | { readonly kind: 'tried'; readonly drift: PortDrift; readonly closed: boolean };
export type PortsEffect =
  | { readonly kind: 'close'; readonly drift: PortDrift }
  | { readonly kind: 'tell'; readonly drift: PortDrift; readonly closed: boolean };

// EN 303 645 5.6-3, 5.6-4, TS 103 645 4.6-2, G044 6.6.3, 6.6.4, G045 PH-1-1, PH-1-2: a port is on where the declaration has it on, and nowhere else
export const decidePorts =
  (declared: readonly DeclaredInterface[]) =>
  (state: PortsState, event: PortsEvent): Decision<PortsState, PortsEffect> => {
    if (event.kind === 'tried') {
      const { drift, closed } = event;
      const drifts = closed ? state.drifts.filter((each) => !isSame(each, drift)) : state.drifts;
      return { state: { drifts }, effects: [{ kind: 'tell', drift, closed }] };
    }
    const drifts = event.on.flatMap((port) => driftOf(declared, port, event.state) ?? []);
    const fresh = drifts.filter((drift) => !state.drifts.some((each) => isSame(each, drift)));
    return { state: { drifts }, effects: fresh.map((drift) => ({ kind: 'close', drift })) };
  };

const driftOf = (
  declared: readonly DeclaredInterface[],
  port: PortShown,
  state: DeviceState,
): PortDrift | undefined => {
  const ofKind = declared.filter((each) => each.port?.kind === port.kind);
  const its =
    ofKind.find((each) => each.port?.name === port.name) ?? ofKind.find((each) => each.port?.name === undefined);
  if (its === undefined) return { ...port, because: 'not-declared' };
  return its.enabled.includes(state) ? undefined : { ...port, because: 'declared-off' };
};

const isSame = (one: PortShown, other: PortShown): boolean => one.kind === other.kind && one.name === other.name;
