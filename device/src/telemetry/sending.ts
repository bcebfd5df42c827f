import type { Declaration } from '@hearthward/product';
import { consentsOf, readState } from '../panel/documents.ts';
import type { Millis, StateStore } from '../seams.ts';
import type { decideTelemetry } from './decide.ts';

/** What is due of the declared fields, each time that it is called: stored as sent before it is said. */
export const telemetryOf =
  (world: {
    readonly declaration: Declaration;
    readonly store: StateStore;
    readonly now: () => Millis;
    readonly decide: typeof decideTelemetry;
    /** readings that the control loop was not given, where there is one */
    readonly discarded: (() => number) | undefined;
    /** value of each field; undefined sends nothing */
    readonly values: () => Readonly<Record<string, unknown>>;
    readonly say: (fields: Readonly<Record<string, unknown>>, at: string) => unknown;
  }): (() => void) =>
  () => {
    const { declaration, store, now } = world;
    const { state, effects } = world.decide(
      readState(store, 'telemetry'),
      {
        kind: 'tick',
        declared: declaration.telemetryData,
        personalData: declaration.personalData,
        consents: consentsOf(readState(store, 'settings')),
        values: { 'discarded-readings': world.discarded?.(), ...world.values() },
      },
      now(),
    );
    for (const effect of effects) {
      if (effect.kind !== 'send') continue;
      store.write('telemetry', state);
      world.say(effect.fields, new Date(now()).toISOString());
    }
  };
