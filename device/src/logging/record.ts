import type { EventKind, Millis, SecurityEvent } from '../seams.ts';

/**
 * Security events: a closed catalogue, each with the details that it may carry. Details are ids, counts and reasons of
 * ours; nothing that a person or a client typed gets in, so neither a password in the wrong field nor personal data.
 */
export interface EventDetails {
  'login-succeeded': { role: string };
  'login-failed': Record<never, never>;
  'login-throttled': { by: string; waitSeconds: number };
  logout: Record<never, never>;
  'session-ended': { because: string };
  'password-changed': { role: string };
  'set-up-completed': Record<never, never>;
  'factory-reset': { rooms: number };
  'setting-changed': { function: string };
  'access-refused': { because: string };
  'device-started': { softwareVersion: string };
  enrolled: Record<never, never>;
  'channel-up': Record<never, never>;
  'channel-down': { because: string };
  'exposure-drift': { listener: string; because: string };
}

// G045 PL-4-1, PL-4-3: what happened, when by the device's clock in UTC, without secrets
export function record<Kind extends EventKind>(kind: Kind, detail: EventDetails[Kind], now: Millis): SecurityEvent {
  return { at: new Date(now).toISOString(), kind, detail: { ...detail } as SecurityEvent['detail'] };
}
/** A part: undefined writes nothing. */
export type Recorder = <Kind extends EventKind>(
  kind: Kind,
  detail: EventDetails[Kind],
  now: Millis,
) => SecurityEvent | undefined;
