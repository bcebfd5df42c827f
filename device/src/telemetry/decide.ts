import { Type, type Static } from 'typebox';
import type { PersonalData, TelemetryData } from '@hearthward/product';
import type { Decision, Millis } from '../seams.ts';

/**
 * What leaves the home: declared fields only, not more often and not more precisely than declared, and where the
 * declared basis is consent, only while it is given.
 */
export type TelemetryValue = number | boolean | string;
export const TelemetryState = Type.Object(
  {
    /** field -> when it was last sent, milliseconds since the epoch, and what */
    sent: Type.Record(
      Type.String(),
      Type.Object(
        { at: Type.Number(), value: Type.Union([Type.Number(), Type.Boolean(), Type.String()]) },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
export type TelemetryState = Static<typeof TelemetryState>;
export const NOTHING_SENT: TelemetryState = { sent: {} };

export interface TelemetryEvent {
  readonly kind: 'tick';
  readonly declared: readonly TelemetryData[];
  readonly personalData: readonly PersonalData[];
  /** personal-data items for which consent is given now */
  readonly consents: ReadonlySet<string>;
  /** what the product's functions say, by field; hostile: a product may say anything */
  readonly values: Readonly<Record<string, unknown>>;
}
export type TelemetryEffect =
  | { readonly kind: 'send'; readonly fields: Readonly<Record<string, TelemetryValue>> }
  | { readonly kind: 'withhold'; readonly field: string; readonly because: Withheld };
export type Withheld = 'not-declared' | 'no-consent' | 'wrong-type' | 'out-of-range' | 'not-a-choice';

export function decideTelemetry(
  state: TelemetryState,
  event: TelemetryEvent,
  now: Millis,
): Decision<TelemetryState, TelemetryEffect> {
  const fields: Record<string, TelemetryValue> = {};
  const withheld: TelemetryEffect[] = [];
  for (const [id, value] of Object.entries(event.values)) {
    const field = event.declared.find((each) => each.id === id);
    if (!field) {
      // EN 303 645 6-4, G044 7-d: a field that is not declared is not sent
      withheld.push({ kind: 'withhold', field: id, because: 'not-declared' });
      continue;
    }
    if (value === undefined || !isDue(state, field, now)) continue;
    const read = mayBeSent(field, event) ? readValue(field, value) : ({ ok: false, because: 'no-consent' } as const);
    if (read.ok) fields[id] = read.value;
    else withheld.push({ kind: 'withhold', field: id, because: read.because });
  }
  if (Object.keys(fields).length === 0) return { state, effects: withheld };
  const sent = Object.entries(fields).map(([id, value]) => [id, { at: now, value }] as const);
  return {
    state: { sent: { ...state.sent, ...Object.fromEntries(sent) } },
    effects: [...withheld, { kind: 'send', fields }],
  };
}

/** A clock that was set back makes a field due at once, rather than silent for years. */
function isDue(state: TelemetryState, field: TelemetryData, now: Millis): boolean {
  const last = state.sent[field.id]?.at;
  return last === undefined || now < last || now - last >= field.everySeconds * 1000;
}

function mayBeSent(field: TelemetryData, { personalData, consents }: TelemetryEvent): boolean {
  if (field.personalData === false) return true;
  const item = personalData.find((each) => each.id === field.personalData);
  // EN 303 645 6-2, 6-3: without consent, or once it is withdrawn, nothing of it is sent
  return item !== undefined && (item.legalBasis !== 'consent' || consents.has(item.id));
}

type Read = { readonly ok: true; readonly value: TelemetryValue } | { readonly ok: false; readonly because: Withheld };

function readValue(field: TelemetryData, value: unknown): Read {
  switch (field.type) {
    case 'boolean':
      return typeof value === 'boolean' ? { ok: true, value } : { ok: false, because: 'wrong-type' };
    case 'choice':
      if (typeof value !== 'string') return { ok: false, because: 'wrong-type' };
      return field.choices?.includes(value) ? { ok: true, value } : { ok: false, because: 'not-a-choice' };
    case 'number':
    case 'integer':
      return readNumber(field, value);
  }
}

function readNumber(field: TelemetryData, value: unknown): Read {
  if (typeof value !== 'number' || !Number.isFinite(value)) return { ok: false, because: 'wrong-type' };
  // EN 303 645 6-4: no more precise than declared
  const rounded = roundTo(field.step ?? (field.type === 'integer' ? 1 : undefined), value);
  if (field.type === 'integer' && !Number.isInteger(rounded)) return { ok: false, because: 'wrong-type' };
  const inRange = rounded >= (field.minimum ?? -Infinity) && rounded <= (field.maximum ?? Infinity);
  return inRange ? { ok: true, value: rounded } : { ok: false, because: 'out-of-range' };
}

/** To the nearest multiple, written without the tail that binary fractions leave. */
function roundTo(step: number | undefined, value: number): number {
  if (step === undefined) return value;
  const places = (String(step).split('.')[1] ?? '').length;
  return Number((Math.round(value / step) * step).toFixed(Math.min(places, 15)));
}
