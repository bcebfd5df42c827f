import type { Millis } from '../seams.ts';

/**
 * A part: when the device asks for a new certificate of its own. It is asked for between 8/12 and 9/12 of its life, at a
 * moment drawn for each certificate, so that a fleet that enrolled on one day does not renew on one day
 * (docs/decisions/0019); until it ends, a renewal that fails keeps nobody off the channel; ended, it is not shown again.
 */
export interface RenewalRule {
  /** the moment at which a certificate is due; `draw` is from 0 up to 1 */
  readonly at: (from: Millis, until: Millis, draw: number) => Millis;
  readonly need: (held: HeldCertificate, now: Millis) => RenewalNeed;
}

export interface HeldCertificate {
  /** its end; null where there is none */
  readonly until: Millis | null;
  /** when it is due; absent where nobody drew it */
  readonly renewAt?: Millis;
  /** the services did not let it in */
  readonly refused?: boolean;
}

/** `must`: there is none to show; `should`: a new one is asked for, the old one serves meanwhile */
export type RenewalNeed = 'must' | 'should' | 'none';

// G045 AU-1-10: by the certificate's own lifetime, so that a shorter one is renewed sooner
const dueAt = (from: Millis, until: Millis, draw: number): Millis =>
  Math.round(from + ((until - from) * (8 + draw)) / 12);

// G045 AU-1-10, EN 303 645 5.5-8: replaced before it ends, and never shown after its end
const need = ({ until, renewAt, refused }: HeldCertificate, now: Millis): RenewalNeed => {
  if (until === null || now >= until) return 'must';
  return refused === true || (renewAt !== undefined && now >= renewAt) ? 'should' : 'none';
};

export const renewal: RenewalRule = { at: dueAt, need };
