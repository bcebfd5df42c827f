import type { DeviceFacts, OfferedRelease, SlotsStatus } from '../../src/updates/steps/events.ts';
import type { Installed } from '../../src/updates/slots/records.ts';

/** Releases, offers and slots as the update machine hears of them. */

export const HUB: DeviceFacts = { product: 'hub', model: 'H1', deviceId: 'unit-1', slotBytes: 1000 };

export const numbered = (number: number, securityVersion = 3): Installed => ({
  digest: String(number).padStart(64, '0'),
  number,
  securityVersion,
});

export const offered = (
  image: Installed,
  change: {
    readonly offer?: Partial<OfferedRelease['offer']>;
    readonly release?: Partial<OfferedRelease['release']>;
  } = {},
): OfferedRelease => {
  const path = `hub/releases/${image.number}.0.0/image.json`;
  return {
    offer: {
      version: `${image.number}.0.0`,
      number: image.number,
      image: path,
      state: 'offered',
      salt: '0'.repeat(32),
      below: 10_000,
      members: [],
      jitterSeconds: 0,
      ...change.offer,
    },
    release: {
      v: 1,
      product: 'hub',
      version: `${image.number}.0.0`,
      number: image.number,
      models: ['H1'],
      kind: 'security',
      securityVersion: image.securityVersion,
      summary: { en: 'It mends.' },
      risksRemoved: [],
      downtimeSeconds: 5,
      keepsWorking: [],
      unpackedBytes: 500,
      pack: 'full.pack',
      deltas: [],
      sbom: 'sbom.cdx.json',
      provenance: 'provenance.intoto.json',
      ...change.release,
    },
    target: { path, sha256: image.digest, length: 100 },
  };
};

/** Slots that run `running`, with nothing else going on. */
export const slotsWith = (running: Installed, change: Partial<SlotsStatus> = {}): SlotsStatus => ({
  running,
  onTrial: false,
  next: running,
  staged: null,
  failed: null,
  floor: 3,
  ...change,
});
