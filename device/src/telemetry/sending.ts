import type { Declaration } from '@hearthward/product';
import type { SealedParcel } from '@hearthward/protocol';
import { readState, writeStates } from '../panel/documents.ts';
import type { Flows } from '../privacy/flows.ts';
import type { Millis, StateStore } from '../seams.ts';
import type { decideTelemetry } from './decide.ts';
import { sealingOfItem, type sealFields } from './parcels.ts';

/** What is due of the declared fields, each time that it is called: stored as sent before it is said. */
export const telemetryOf =
  (world: {
    readonly declaration: Declaration;
    readonly store: StateStore;
    readonly now: () => Millis;
    readonly decide: typeof decideTelemetry;
    readonly seal: typeof sealFields;
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
      readonly sealed?: Readonly<Record<string, SealedParcel>>;
    }) => unknown;
  }): (() => void) =>
  () => {
    const { declaration, store, now } = world;
    const { consents, of, silent, known } = world.flows();
    const at = now();
    // EN 303 645 5.8-2: what nobody could open at its end does not set out
    const keyless = declaration.personalData.filter((item) => sealingOfItem(declaration, item, at) === 'keyless');
    const still = new Set([...silent, ...keyless.map(({ id }) => id)]);
    const itemOf = (id: string): string | false =>
      declaration.telemetryData.find((field) => field.id === id)?.personalData ?? false;
    const speaks = ([id]: readonly [string, unknown]): boolean => {
      const item = itemOf(id);
      return item === false || !still.has(item);
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
      at,
    );
    for (const effect of effects) {
      if (effect.kind !== 'send') continue;
      const iso = new Date(at).toISOString();
      const before = readState(store, 'senders');
      const current = before.filter(({ subject }) => known.has(subject));
      const given = current.length === before.length ? before : current;
      const { senders, fields, sealed } = world.seal(declaration, given, {
        of,
        fields: effect.fields,
        at: iso,
        now: at,
      });
      writeStates(store, { telemetry: state, ...(senders === before ? {} : { senders }) });
      const items = new Set([...Object.keys(fields).map(itemOf), ...Object.keys(sealed)]);
      const whose = Object.entries(of).filter(([item]) => items.has(item));
      world.say({
        v: 1,
        at: iso,
        fields,
        ...(whose.length > 0 ? { of: Object.fromEntries(whose) } : {}),
        ...(Object.keys(sealed).length > 0 ? { sealed } : {}),
      });
    }
  };
