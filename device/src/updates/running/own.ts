import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Declaration } from '@hearthward/product';
import { IMAGE_LIMITS, readImage, type FactoryBundle } from '@hearthward/protocol';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { openClock } from '../../channel/clock/clock.ts';
import { DeviceFault } from '../../driver/faults.ts';
import { createOutbound } from '../../exposure/outbound.ts';
import { bringSignatures } from '../../incoming/signatures/bring.ts';
import { openSignatureFolder } from '../../incoming/signatures/folder.ts';
import type { DeviceParts } from '../../parts.ts';
import type { Clock, Millis, StateStore } from '../../seams.ts';
import type { FloorCounter } from '../backend.ts';
import type { SystemInstaller } from '../backends/installer.ts';
import { systemSlots } from '../backends/system-slots.ts';
import { openContents } from '../download/contents.ts';
import type { HttpGet } from '../download/ranges.ts';
import type { FetchingWorld } from '../fetching.ts';
import { openUpdates, type Updates } from '../open.ts';
import { systemDisk } from '../slots/disk.ts';
import type { SlotName } from '../slots/records.ts';
import { readRecord } from '../slots/slots.ts';
import { digestOf, placesOf, readSmall } from '../slots/verify.ts';
import type { Notice } from '../state.ts';
import type { Health } from '../steps/events.ts';
import { metadataOver } from '../tuf/fetch.ts';
import { folderStore } from '../tuf/store.ts';
import { openDocuments } from './documents.ts';
import { slotsFolderOf, updatesFolderOf } from './folders.ts';
import { HEALTH_HOLDS_MILLIS } from './link.ts';
import { repositoryOver } from './transport.ts';

/** What the product says of its slots; part of its software. */
export interface SlotSettings {
  /** what one slot holds */
  readonly slotBytes: number;
  /** how long an image on trial is looked at, from when it first says how it feels; two minutes where absent */
  readonly trialMillis?: Millis;
  /** of a TPM (`tpmCounter`), where the board has one: an old copy of the whole disk does not bring an old release back */
  readonly counter?: FloorCounter;
  /** of a product whose images are those of a whole operating system (`raucInstaller`, `swupdateInstaller`) */
  readonly system?: {
    readonly installer: SystemInstaller;
    /** of the whole system, in good order: its boot loader starts what the installer has named */
    readonly reboot: () => void;
  };
}
const TRIAL_MILLIS = 120_000;
/** An image that has not come up by then is not coming up. */
const START_MILLIS = 180_000;
const EVERY_MILLIS = 60_000;

/** What core says of itself, and which roots it believes. */
export interface Feelings {
  readonly feel: (health: Health) => void;
  readonly trust: (anchors: readonly string[]) => void;
}

/**
 * The device's own updates, in the process that may write its slots: everything real behind `openUpdates`. It opens no
 * listener; its one way out is the declared mechanism, to the site that the factory named.
 * Faults: not-declared, slots-unusable, bundle-invalid.
 */
export const openOwnUpdates = (given: {
  readonly declaration: Declaration;
  readonly dataDir: string;
  readonly bundle: FactoryBundle;
  /** the slot that this start began with */
  readonly slot: SlotName;
  readonly settings: SlotSettings;
  readonly parts: Pick<DeviceParts, 'metadata' | 'updates' | 'slots' | 'clientTls' | 'mayDial'>;
  readonly restart: () => void;
  /** resolves when the notice is where it cannot be lost */
  readonly tell: (notice: Notice) => void | Promise<void>;
  readonly draw: () => number;
  readonly fault: (thrown: unknown) => void;
  readonly clock?: Clock;
  readonly quarantined: () => boolean;
  /** where the scanner of this product reads the manufacturer's signatures */
  readonly signatures?: string | undefined;
  /** in place of HTTPS to the site, for tests */
  readonly repository?: HttpGet;
}): Feelings & { readonly updates: Updates; readonly close: () => Promise<void> } => {
  const { declaration, bundle, parts, settings } = given;
  if (!bundle.updates)
    throw new DeviceFault(
      'bundle-invalid',
      'The factory gave no root of updates',
      'Have the factory make the bundle anew.',
    );
  const folder = updatesFolderOf(given.dataDir);
  const slots = slotsFolderOf(given.dataDir);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const store = openDocuments(systemDisk, join(folder, 'state'));
  const clock = openClock({
    store,
    system: given.clock ?? { now: () => Date.now() },
    madeAt: bundle.madeAt,
    // core tells of it
    setBack: () => undefined,
  });
  const stored = store.read(ANCHORS_ROOM);
  let anchors: readonly string[] = Value.Check(Anchors, stored) ? stored : bundle.anchors;
  let health: { readonly at: Millis; readonly said: Health } | undefined;
  const running = performance.now.bind(performance);
  const felt = Promise.withResolvers<void>();

  const outbound = createOutbound(declaration, bundle.services, given.quarantined, parts.mayDial);
  const mechanism = mechanismOf(declaration);
  // what is not declared is said now, and not at each check
  outbound.target(mechanism);
  const { repository } = given;
  const network = repository
    ? { get: throughOutbound(repository, () => outbound.mustBeOpen(mechanism)), close: () => undefined }
    : repositoryOver({
        outbound,
        mechanism,
        anchors: () => anchors,
        now: clock.now,
        clientTls: parts.clientTls,
      });
  const { get } = network;
  const { system, slotBytes } = settings;
  const place = {
    disk: systemDisk,
    folder: slots,
    slotBytes,
    ...(settings.counter ? { counter: settings.counter } : {}),
  };
  // an installer keeps no copy of what it wrote: there is nothing that a delta could begin from
  const image = system ? undefined : runningImage(slots, given.slot);
  const metadata = parts.metadata({
    store: folderStore(systemDisk, join(folder, 'metadata')),
    factoryRoot: Buffer.from(bundle.updates.root),
    fetch: metadataOver((name, headers, signal) => get(`metadata/${name}`, headers, signal)),
    clock,
    notBefore: Date.parse(bundle.madeAt),
  });
  const product = declaration.product.id;
  const set = declaration.malwareProtection?.signatureSet;
  const { signatures } = given;
  const updates = openUpdates({
    store,
    clock,
    ...(signatures !== undefined && set
      ? {
          besides: (signal) =>
            bringSignatures(
              { metadata, get, folder: openSignatureFolder(signatures, set.format) },
              { product, ...set },
              signal,
            ),
        }
      : {}),
    fetching: {
      metadata,
      get,
      contents: openContents(
        join(folder, 'fetched'),
        image && { image: image.manifest, slot: placesOf(slots, given.slot).files },
      ),
      signatures: signaturesIn(store),
      product,
      slotBytes,
      ...(image ? { runningDigest: image.digest } : {}),
    },
    backend: system
      ? systemSlots({ ...place, installer: system.installer })
      : parts.slots({ ...place, running: given.slot }),
    device: {
      product,
      model: declaration.product.model.designation,
      deviceId: bundle.deviceId,
      slotBytes,
    },
    restart: system?.reboot ?? given.restart,
    // EN 303 645 5.3-13, G044 6.3.13: core is asked, and nobody beyond the home; one that is silent is not well
    watch: async (signal) => {
      await Promise.race([felt.promise, setTimeout(START_MILLIS, undefined, { signal, ref: false })]);
      await setTimeout(settings.trialMillis ?? TRIAL_MILLIS, undefined, { signal });
      return health && running() - health.at < HEALTH_HOLDS_MILLIS ? health.said : SILENT;
    },
    notify: given.tell,
    report: async (notice) => given.tell(notice),
    draw: given.draw,
    fault: given.fault,
    decide: parts.updates,
  });
  const timer = setInterval(() => void updates.tick().catch(given.fault), EVERY_MILLIS);
  return {
    updates,
    feel: (said) => {
      health = { at: running(), said };
      felt.resolve();
    },
    trust: (believed) => {
      if (believed.length === 0 || believed.join() === anchors.join()) return;
      anchors = believed;
      store.write(ANCHORS_ROOM, [...believed]);
    },
    close: async () => {
      clearInterval(timer);
      await updates.stopping();
      await updates.close();
      network.close();
      outbound.close();
    },
  };
};

/** Of one image at a time: what was fetched before it is in its slot, or given up. */
const signaturesIn = (store: Pick<StateStore, 'read' | 'write'>): NonNullable<FetchingWorld['signatures']> => ({
  read: (digest) => {
    const stored = store.read(SIGNED_ROOM);
    return Value.Check(SignedRoom, stored) && stored.digest === digest ? Buffer.from(stored.signed) : undefined;
  },
  write: (digest, signed) => store.write(SIGNED_ROOM, { digest, signed: Buffer.from(signed).toString('utf8') }),
});
const SIGNED_ROOM = 'signed';
const SignedRoom = Type.Object({ digest: Type.String(), signed: Type.String() });

const SILENT: Health = { apiUp: false, storeOpens: false, controlTicks: false };
const ANCHORS_ROOM = 'anchors';
const Anchors = Type.Array(Type.String(), { minItems: 1, maxItems: 8 });

/** What stands in for the network is behind the same door. */
const throughOutbound =
  (repository: HttpGet, mustBeOpen: () => void): HttpGet =>
  async (...asked) => {
    mustBeOpen();
    return repository(...asked);
  };

/** The communication mechanism by which the first update mechanism of the declaration comes. */
const mechanismOf = ({ updateMechanisms }: Declaration): string => {
  const over = updateMechanisms.find((each) => each.over !== undefined)?.over;
  if (over !== undefined) return over;
  throw new DeviceFault(
    'not-declared',
    'No update mechanism says over which connection it comes',
    'Declare it: updateMechanisms, over.',
  );
};

const runningImage = (slots: string, slot: SlotName) => {
  const bytes = readSmall(systemDisk, placesOf(slots, slot).manifest, IMAGE_LIMITS.manifestBytes);
  const read = bytes && readImage(bytes, Number.MAX_SAFE_INTEGER);
  if (!bytes || !read?.ok || !readRecord(systemDisk, slots)) {
    throw new DeviceFault(
      'slots-unusable',
      `Slot ${slot} does not say what it holds`,
      'Restart the device; install it anew if it comes back.',
    );
  }
  return { manifest: read.image, digest: digestOf([bytes]).digest };
};
