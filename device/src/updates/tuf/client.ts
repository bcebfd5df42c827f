import type { Clock, Millis } from '../../seams.ts';
import type { FetchMetadata } from './fetch.ts';
import { runCycle } from './cycle.ts';
import type { Hashes, Refusal } from './metadata.ts';
import type { MetadataStore } from './store.ts';

/**
 * What a device knows of releases, and by whom.
 *
 * Guarantees: a target that it hands out is named by metadata that the declared keys have signed, that is not older
 * than anything this device has believed, and that had not ended when the cycle began; the power may go at any moment,
 * and any file of the store may be lost, without a floor falling or a way back being closed.
 * Refuses by value, and says why (`RefusalCode`): what runs already keeps running, whatever is refused.
 * Leaves to the caller when to ask again, to `download` the target's bytes, to `store` that a write is a whole one.
 */
export interface UpdateMetadata {
  /** One cycle: the newest state of the repository, or why it is not believed. Cycles run one after the other. */
  readonly refresh: () => Promise<Believed | Refusal>;
}

/** One state of the repository, as of the time at which its cycle began: meant to be used within that cycle. */
export interface Believed {
  readonly ok: true;
  /** milliseconds since the epoch: when the first of its top-level metadata ends */
  readonly endsAt: Millis;
  readonly target: (path: string) => Promise<{ readonly ok: true; readonly target: Target } | Refusal>;
  /** the signatures that reach it from the factory's root on, to be kept with it (`envelope.ts`); undefined where they are lost */
  readonly envelope: (path: string) => Promise<Uint8Array | undefined>;
}

export interface Target {
  readonly path: string;
  /** where it lies below the address of the repository's targets, quoted for a URL */
  readonly address: string;
  /** in bytes */
  readonly length: number;
  /** digests in hexadecimal, by name; `measure` holds bytes against them */
  readonly hashes: Hashes;
  /** what its signers say of it; signed, and still to be read by a schema */
  readonly custom: unknown;
  /** the role that names it, as its delegators let it */
  readonly role: string;
}

export interface Limits {
  readonly rootBytes: number;
  readonly timestampBytes: number;
  readonly snapshotBytes: number;
  readonly targetsBytes: number;
  /** roots followed in one cycle; the next cycle goes on from there */
  readonly rootRotations: number;
  /** delegated roles visited for one path */
  readonly delegatedRoles: number;
  /** for one file, from the question to its last byte */
  readonly fetchMillis: number;
}
/** Room for some hundred keys, a thousand roles and ten thousand targets, in what a small device can hold. */
export const LIMITS: Limits = {
  rootBytes: 512 * 1024,
  timestampBytes: 16 * 1024,
  snapshotBytes: 1024 * 1024,
  targetsBytes: 4 * 1024 * 1024,
  rootRotations: 256,
  delegatedRoles: 32,
  fetchMillis: 30_000,
};

export interface MetadataWorld {
  readonly store: MetadataStore;
  /** the root that the device was made with, or that a later release brought */
  readonly factoryRoot: Uint8Array;
  readonly fetch: FetchMetadata;
  /** has a floor of its own (`channel/clock`): what was vouched for stays past */
  readonly clock: Clock;
  /** when this software was released: it is later than that, whatever a clock says */
  readonly notBefore: Millis;
  readonly limits?: Limits;
  /** hears of a file in the store that is not what was written there */
  readonly damaged?: (name: string) => void;
}

export const openMetadata = (world: MetadataWorld): UpdateMetadata => {
  let last: Promise<unknown> = Promise.resolve();
  return {
    refresh: () => {
      const next = last.then(() => runCycle(world, world.limits ?? LIMITS));
      last = next.catch(() => undefined); // whoever asked for it hears of it
      return next;
    },
  };
};
