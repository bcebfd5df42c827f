import type { EventKind, Millis, SecurityEvent } from '../seams.ts';

type Nothing = Readonly<Record<string, never>>;

/**
 * Security events: a closed catalogue, each with the details that it may carry. Details are ids, counts and reasons of
 * ours; nothing that a person or a client typed gets in, so neither a password in the wrong field nor personal data.
 */
export interface EventDetails {
  'login-succeeded': { role: string };
  'login-failed': Nothing;
  'login-throttled': { by: string; waitSeconds: number };
  'button-pressed': Nothing;
  'password-recovered': Nothing;
  logout: Nothing;
  'session-ended': { because: string };
  'password-changed': { role: string };
  'factor-added': { role: string; factor: string };
  'factor-removed': { role: string; factor: string };
  'recovery-codes-renewed': { role: string };
  'recovery-code-used': { role: string; left: number };
  'passkey-clone': { role: string };
  'account-added': { role: string };
  'account-removed': { role: string; because: string };
  'role-changed': { from: string; to: string };
  'set-up-completed': Nothing;
  'factory-reset': { rooms: number };
  'setting-changed': { function: string };
  'access-refused': { because: string };
  'device-started': { softwareVersion: string };
  enrolled: Nothing;
  'channel-up': Nothing;
  /** `because`: the step that failed; `reason`: a fault code */
  'channel-down': { because: string; reason: string };
  'exposure-drift': { listener: string; because: string };
  'key-renewed': { key: string };
  'time-set-back': { bySeconds: number };
  'anchors-changed': { learnt: number; retired: number };
  'anchors-refused': { count: number };
  'remote-management-on': { hours: number };
  'remote-management-off': { because: string };
  'remote-command': { id: string; command: string; outcome: string };
  'remote-command-refused': { because: string };
  'update-available': UpdateTold;
  'update-will-restart': UpdateTold;
  'update-on-trial': UpdateTold;
  'update-installed': UpdateTold;
  'update-rejected': UpdateTold;
  'update-rolled-back': UpdateTold;
  'update-quarantined': UpdateTold;
  'update-refused': UpdateTold;
  'update-withdrawn': UpdateTold;
  'update-floor-tampered': UpdateTold;
  'update-checks-fail': UpdateTold;
}

/** Version and number as signed; `because` is a reason of ours. */
type UpdateTold = { version?: string; number?: number; because?: string };

// G045 PL-4-1, PL-4-3: what happened, when by the device's clock in UTC, without secrets
export function record<Kind extends EventKind>(kind: Kind, detail: EventDetails[Kind], now: Millis): SecurityEvent {
  return { at: new Date(now).toISOString(), kind, detail: { ...detail } };
}
/** A part: undefined writes nothing. */
export type Recorder = <Kind extends EventKind>(
  kind: Kind,
  detail: EventDetails[Kind],
  now: Millis,
) => SecurityEvent | undefined;
