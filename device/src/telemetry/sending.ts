import type { Declaration } from '@hearthward/product';
import { readState } from '../panel/documents.ts';
import type { Flows } from '../privacy/flows.ts';
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
    /** whose personal data it is, and what they allow */
    readonly flows: () => Flows;
    readonly say: (body: {
      readonly v: 1;
      readonly at: string;
      readonly fields: Readonly<Record<string, unknown>>;
      readonly of?: Readonly<Record<string, string>>;
    }) => unknown;
  }): (() => void) =>
  () => {
    const { declaration, store, now } = world;
    const { consents, of, silent } = world.flows();
    const itemOf = (id: string): string | false =>
      declaration.telemetryData.find((field) => field.id === id)?.personalData ?? false;
    const speaks = ([id]: readonly [string, unknown]): boolean => {
      const item = itemOf(id);
      return item === false || !silent.has(item);
    };
    const values = Object.entries({ 'discarded-readings': world.discarded?.(), ...world.values() }).filter(speaks);
    const { state, effects } = world.decide(
      readState(store, 'telemetry'),
      {
        kind: 'tick',
        declared: declaration.telemetryData,
        personalData: declaration.personalData,
        consents,
        values: Object.fromEntries(values),
      },
      now(),
    );
    for (const effect of effects) {
      if (effect.kind !== 'send') continue;
      store.write('telemetry', state);
      const items = new Set(Object.keys(effect.fields).map(itemOf));
      const whose = Object.entries(of).filter(([item]) => items.has(item));
      world.say({
        v: 1,
        at: new Date(now()).toISOString(),
        fields: effect.fields,
        ...(whose.length > 0 ? { of: Object.fromEntries(whose) } : {}),
      });
    }
  };
