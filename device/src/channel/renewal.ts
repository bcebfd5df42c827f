import type { Millis } from '../seams.ts';

/**
 * When a certificate is renewed: between 8/12 and 9/12 of its own life, at a moment drawn for each certificate, so that a
 * fleet that enrolled on one day does not renew on one day (docs/decisions/0019). `draw` is from 0 up to 1.
 */
// G045 AU-1-10: by the certificate's own lifetime, so that a shorter one is renewed sooner
export const renewalAt = (from: Millis, until: Millis, draw: number): Millis =>
  Math.round(from + ((until - from) * (8 + draw)) / 12);
