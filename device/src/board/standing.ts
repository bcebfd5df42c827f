import type { Declaration } from '@hearthward/product';
import type { Language } from '@hearthward/standards';
import { message } from '@hearthward/web';
import type { RecordEvent } from '../channel/channel.ts';
import type { DeviceState, SafetyCheck } from '../seams.ts';
import type { Board } from './board.ts';
import { decidePorts, NO_DRIFT, type PortsEffect, type PortsEvent } from './decide.ts';

/** What the rest of the device knows of its board. */
export interface OnBoard {
  /** holds what is switched on against the declaration */
  readonly observe: () => void;
  /** for the page on safety; what the board cannot tell is left out */
  readonly checks: (language: Language) => readonly SafetyCheck[];
}

export const standOnBoard = (world: {
  readonly board: Board;
  readonly declaration: Declaration;
  readonly state: () => DeviceState;
  readonly record: RecordEvent;
  readonly decide: typeof decidePorts;
}): OnBoard => {
  const { board, record } = world;
  const decide = world.decide(world.declaration.interfaces);
  let ports = NO_DRIFT;
  let unseen: readonly string[] = [];

  const handle = (event: PortsEvent): void => {
    const decision = decide(ports, event);
    ports = decision.state;
    for (const effect of decision.effects) execute(effect);
  };
  const execute = (effect: PortsEffect): void => {
    const { drift } = effect;
    if (effect.kind === 'close')
      return handle({
        kind: 'tried',
        drift,
        closed: board.closePort?.({ kind: drift.kind, name: drift.name }) ?? false,
      });
    record('port-drift', {
      port: `${drift.kind} ${drift.name}`,
      because: drift.because,
      closed: effect.closed ? 'yes' : 'no',
    });
  };

  return {
    observe: () => {
      if (!board.ports) return;
      const shown = board.ports();
      unseen = shown.unseen;
      handle({ kind: 'shown', on: shown.on, state: world.state() });
    },
    checks: (language) => {
      if (!board.ports) return [];
      const on = ports.drifts.length > 0;
      const text = on ? 'board.ports.on' : unseen.length > 0 ? 'board.ports.unseen' : 'board.ports';
      return [{ good: text === 'board.ports', text: message(language, text) }];
    },
  };
};
