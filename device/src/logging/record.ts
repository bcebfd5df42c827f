import type { Millis, SecurityEvent } from '../seams.ts';
import { entryOf, type EventDetails, type EventKind } from './catalogue.ts';
import { redacted } from './fields.ts';

// G045 PL-4-1, PL-4-3: what happened, when by the device's clock in UTC, without secrets
export function record<Kind extends EventKind>(kind: Kind, detail: EventDetails[Kind], now: Millis): SecurityEvent {
  return { at: new Date(now).toISOString(), kind, detail: redacted(entryOf(kind).detail, detail) };
}
/** A part: undefined writes nothing. */
export type Recorder = <Kind extends EventKind>(
  kind: Kind,
  detail: EventDetails[Kind],
  now: Millis,
) => SecurityEvent | undefined;
