import { preferred, statusOf, type SealingId, type SignatureId } from '@hearthward/protocol';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import type { Clock, Millis } from '../seams.ts';
import type { SealedStore } from '../store/store.ts';
import { fingerprintOf } from './certificates.ts';
import { KEY_REGISTER } from './register.ts';
import { createSealer } from './sealer.ts';
import type { ReleasedKey, Signer } from './signer.ts';
import { wiping } from './wiping.ts';

/** The room's name in the store; a factory reset leaves it, since the keys that it tells of stay. */
export const KEYS = 'keys';
const strict = { additionalProperties: false } as const;
const KeysState = Type.Object(
  {
    /** when the data key and the store key were made last */
    sealedAt: Type.Integer(),
    /** SHA-256 of the panel's certificates, lower-case hex, that of the label first */
    panel: Type.Array(Type.String()),
  },
  strict,
);
type KeysState = Static<typeof KeysState>;

/** What an owner, or the declared age of a key, can have made anew. */
export type RenewedKey = 'keystore' | 'data' | 'panel' | 'channel';

/** Replaces keys of a running device. Each step is durable before the next, and a start finishes what was interrupted. */
export interface Renewal {
  readonly renew: (keys: readonly RenewedKey[]) => Promise<void>;
  /** everything sealed moves to this algorithm, under new keys; nothing where it is used already */
  readonly sealWith: (algorithm: SealingId) => Promise<void>;
  /** what is older than the register allows, sealed by an algorithm that is no longer to be used, or was begun and failed */
  readonly renewDue: () => Promise<void>;
  readonly panelFingerprints: () => readonly string[];
  /** of the operational certificate in use, SHA-256 as lower-case hex; undefined before enrolment */
  readonly channelFingerprint: () => string | undefined;
  /** what the key of that certificate signs with */
  readonly channelAlgorithm: () => SignatureId | undefined;
  readonly sealing: () => SealingId;
  /** resolves when what was begun is finished */
  readonly idle: () => Promise<void>;
}

export const openRenewal = (world: {
  readonly store: SealedStore;
  readonly signer: Signer;
  readonly clock: Clock;
  /** the panel's certificate in use, PEM */
  readonly panelCertificate: string;
  /** new connections to the panel use this key from now on */
  readonly usePanelKey: (key: ReleasedKey) => void;
  readonly channel: {
    /** whether there is a new key: without a connection there is none */
    readonly renew: () => Promise<boolean>;
    readonly fingerprint: () => string | undefined;
    readonly algorithm: () => SignatureId | undefined;
  };
  readonly renewed: (key: RenewedKey) => void;
}): Renewal => {
  const { store, signer, clock } = world;
  let working: Promise<void> = Promise.resolve();
  /** a new data key was made, and what it seals did not follow yet */
  let unfinished = false;
  note(store, world.panelCertificate, clock.now());

  const renewData = async (algorithm: SealingId): Promise<void> => {
    unfinished = true;
    const { key, earlier } = await signer.renew('data');
    earlier?.fill(0);
    const under = wiping(key, () => createSealer(key, algorithm));
    store.renew(algorithm, under);
    await signer.settle();
    unfinished = false;
    store.write(KEYS, { ...stateOf(store, clock.now()), sealedAt: clock.now() });
    world.renewed('data');
  };
  const renewKeystore = async (): Promise<void> => {
    await signer.renew('keystore');
    world.renewed('keystore');
  };
  const renewPanel = async (): Promise<void> => {
    const renewed = await signer.renew('panel');
    wiping(renewed.key, () => world.usePanelKey(renewed));
    note(store, renewed.certificates[0] ?? '', clock.now());
    world.renewed('panel');
  };

  /** One after the other: two renewals of one key at once would leave one of them unfinished. */
  const next = (work: () => Promise<void>): Promise<void> => {
    const done = working.then(work);
    working = done.catch(() => undefined);
    return done;
  };

  return {
    // EN 303 645 5.5-8, G044 6.5.8, G045 AU-1-10: keys are replaced on demand and by age, while the device works
    renew: (keys) =>
      next(async () => {
        if (keys.includes('keystore')) await renewKeystore();
        if (keys.includes('data')) await renewData(store.sealing());
        if (keys.includes('panel')) await renewPanel();
        if (keys.includes('channel') && (await world.channel.renew())) world.renewed('channel');
      }),
    // EN 303 645 5.5-3, G044 6.5.3: an algorithm is replaced without a new device
    sealWith: (algorithm) =>
      next(async () => {
        if (algorithm !== store.sealing()) await renewData(algorithm);
      }),
    renewDue: () =>
      next(async () => {
        const now = clock.now();
        const status = statusOf('sealing', store.sealing(), now);
        const old = now - stateOf(store, now).sealedAt >= DATA_KEY_LASTS;
        if (status === 'deprecated' || status === 'refused') await renewData(preferred('sealing', now));
        else if (old) {
          await renewKeystore();
          await renewData(store.sealing());
        } else if (unfinished) await renewData(store.sealing());
      }),
    sealing: store.sealing,
    idle: () => working,
    channelFingerprint: world.channel.fingerprint,
    channelAlgorithm: world.channel.algorithm,
    panelFingerprints: () => stateOf(store, clock.now()).panel,
  };
};

const DAY = 24 * 3_600_000;
const DATA_KEY_LASTS = (() => {
  const rotation = KEY_REGISTER.find(({ id }) => id === 'data')?.rotation;
  return rotation && 'everyDays' in rotation ? rotation.everyDays * DAY : Infinity;
})();

const stateOf = (store: SealedStore, now: Millis): KeysState => {
  const stored = store.read(KEYS);
  return Value.Check(KeysState, stored) ? stored : { sealedAt: now, panel: [] };
};

/** At start as well: the panel's key may have been replaced just before the power went. */
const note = (store: SealedStore, certificate: string, now: Millis): void => {
  const state = stateOf(store, now);
  const fingerprint = fingerprintOf(certificate);
  if (state.panel.at(-1) === fingerprint) return;
  store.write(KEYS, { ...state, panel: [...state.panel, fingerprint] });
};
