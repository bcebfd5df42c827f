import type { EventKind } from '../seams.ts';

/** Events that the manufacturer hears of, once the device is set up: none says what a person does at home. */
export const REPORTED: ReadonlySet<EventKind> = new Set([
  'set-up-completed',
  'device-started',
  'enrolled',
  'login-throttled',
  'password-changed',
  'exposure-drift',
  'channel-down',
  'time-set-back',
  'anchors-changed',
  'anchors-refused',
  'remote-management-on',
  'remote-management-off',
  'remote-command',
  'remote-command-refused',
  // EN 303 645 5.3-9, G044 6.3.9: who made the device hears of every release that it took, refused or gave up
  'update-will-restart',
  'update-on-trial',
  'update-installed',
  'update-rejected',
  'update-rolled-back',
  'update-quarantined',
  'update-refused',
  'update-withdrawn',
  'update-floor-tampered',
]);
