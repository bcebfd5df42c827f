import { DAY, HOUR } from '../clock.ts';

/** How long certificates last; a change here concerns the next one issued. */

// G045 AU-1-10, EN 303 645 5.5-8: each lifetime with its reason
export const LIFETIMES = {
  /** outlives every identity below it; taken offline after the authorities are signed */
  root: 30 * 365 * DAY,
  /** an initial identity lasts as long as the product can (IEEE 802.1AR), its authority longer than the last one made */
  initialAuthority: 25 * 365 * DAY,
  initial: 20 * 365 * DAY,
  operationalAuthority: 10 * 365 * DAY,
  /** short, so that a stolen key is worth little; the device renews it from two thirds on, spread over a twelfth (docs/decisions/0019) */
  operational: 90 * DAY,
  serviceAuthority: 5 * 365 * DAY,
  /** renewed by us alone, nobody has to be asked */
  server: 90 * DAY,
  /** a confirmation is held against the day it was signed on: a key in use for a year is worth a year's confirmations */
  confirmations: 365 * DAY,
} as const;
export const RENEW_CONFIRMATIONS_WITHIN = 30 * DAY;
export const RENEW_SERVER_WITHIN = 30 * DAY;
/** a device without a battery-backed clock may be late */
export const BACKDATED = HOUR;
