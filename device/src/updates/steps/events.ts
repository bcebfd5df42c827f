import type { Offer, Release } from '@hearthward/protocol';
import type { FaultCode } from '../../driver/faults.ts';
import type { Decision } from '../../seams.ts';
import type { GivenUp, Installed } from '../slots/records.ts';
import type { Candidate, Choice, Notice, UpdateState } from '../state.ts';

/** What the update machine hears, and what it asks for. */

/** An offer with the release that it names, as the offline roles signed it. */
export interface OfferedRelease {
  readonly offer: Offer;
  readonly release: Release;
  /** the release's target: the manifest of its image */
  readonly target: { readonly path: string; readonly sha256: string; readonly length: number };
}

/** What the device is, for the question whether a release is for it. */
export interface DeviceFacts {
  readonly product: string;
  readonly model: string;
  readonly deviceId: string;
  /** what one slot holds */
  readonly slotBytes: number;
}

/** What the slots are now; every backend can say it (`backend.ts`). */
export interface SlotsStatus {
  readonly running: Installed;
  readonly onTrial: boolean;
  /** what the next start begins with */
  readonly next: Installed;
  readonly staged: Installed | null;
  /** the image that was last given up, until its slot is written over */
  readonly failed: { readonly image: Installed; readonly because: GivenUp } | null;
  readonly floor: number;
  /** of the TPM, where there is one */
  readonly counter?: number;
}

/** Why an offer is not for this device; `halted`, `not-in-share`, `not-newer` and `wrong-model` are no news. */
export type OfferRefusal =
  | 'halted'
  | 'not-in-share'
  | 'offer-mismatch'
  | 'wrong-product'
  | 'wrong-model'
  | 'not-newer'
  | 'not-from-here'
  | 'below-floor'
  | 'security-version-fell'
  | 'too-large'
  | 'failed-before'
  | 'quarantined';

/** Why a step did not succeed. The first line says something of the release itself; the rest of what happened on the way. */
export type StepFailure =
  | 'image-refused'
  | 'image-mismatch'
  | 'below-floor'
  | 'unreachable'
  | 'bytes-corrupt'
  | 'no-space'
  | 'slot-damaged'
  | 'slot-lost'
  | 'not-allowed'
  | 'fault';

export type CheckFailure = 'unreachable' | 'untrusted' | 'expired' | 'malformed' | 'fault';

/** Over the time that the product declares for it, on this device alone: the internet has no part in it. */
export interface Health {
  readonly apiUp: boolean;
  readonly storeOpens: boolean;
  readonly controlTicks: boolean;
}

export type UpdateEvent =
  | { readonly kind: 'resumed' }
  /** the device was set up; `minute` of the day drawn at random */
  | { readonly kind: 'initialised'; readonly minute: number }
  | { readonly kind: 'ticked' }
  | { readonly kind: 'check-asked' }
  | {
      readonly kind: 'offers';
      readonly offers: readonly OfferedRelease[];
      /** whose release no offline role has signed */
      readonly unfounded?: readonly Offer[];
      readonly device: DeviceFacts;
      /** drawn anew for each answer, 0 up to but without 1 */
      readonly random: number;
    }
  | { readonly kind: 'check-failed'; readonly because: CheckFailure }
  | { readonly kind: 'chose'; readonly choice: Choice }
  | { readonly kind: 'postponed'; readonly until: number | null }
  /** by somebody whose role may, signed in anew; `digest` is of what they were shown */
  | { readonly kind: 'agreed'; readonly digest: string }
  /** every file of the image lies in the download's store, each as the manifest says */
  | { readonly kind: 'fetched'; readonly digest: string }
  | { readonly kind: 'verified'; readonly digest: string }
  | { readonly kind: 'step-failed'; readonly digest: string; readonly because: StepFailure }
  | { readonly kind: 'looked'; readonly status: SlotsStatus }
  | ({ readonly kind: 'health' } & Health)
  | { readonly kind: 'floor-kept'; readonly floor: number }
  /** the device is about to stop or restart in good order */
  | { readonly kind: 'stopping' }
  /** a person, or the operator whom the owner allowed, ends a quarantine */
  | { readonly kind: 'cleared' }
  | { readonly kind: 'told'; readonly seq: number }
  | { readonly kind: 'failed'; readonly effect: UpdateEffect['kind']; readonly because: FaultCode };

/**
 * Each bears being carried out twice. `look`, `stage`, `arm`, `confirm` and `rollback` answer with `looked`: what the
 * slots say is what counts. `fetch-image` and `watch-health` run beside the machine, once at a time, and answer later.
 */
export type UpdateEffect =
  | { readonly kind: 'look' }
  | { readonly kind: 'check' }
  | FetchImage
  /** what has come is kept, so that a later fetch goes on from there */
  | { readonly kind: 'stop-fetch'; readonly digest: string }
  | { readonly kind: 'verify-image'; readonly candidate: Candidate }
  | { readonly kind: 'stage'; readonly candidate: Candidate }
  | { readonly kind: 'arm'; readonly digest: string }
  | { readonly kind: 'restart' }
  | { readonly kind: 'watch-health' }
  | { readonly kind: 'confirm'; readonly digest: string }
  | { readonly kind: 'rollback'; readonly digest: string; readonly because: GivenUp }
  | { readonly kind: 'give-back' }
  /** raises the floor of every place that is behind */
  | { readonly kind: 'keep-floor'; readonly floor: number }
  | { readonly kind: 'notify'; readonly notice: Notice }
  | { readonly kind: 'report'; readonly notice: Notice };

/** The one thing that the machine asks of the download room; it answers `fetched` or `step-failed`. */
export interface FetchImage {
  readonly kind: 'fetch-image';
  readonly candidate: Candidate;
}

export type Step = Decision<UpdateState, UpdateEffect>;
